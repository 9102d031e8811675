import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type TestApi, testApi } from '../testing/api.ts'
import { callGroups, created } from './test-groups.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 4 })
  const [stopped, lost] = api.world.servers
  const set = (id: string, status: string) =>
    api.db.updateTable('fleet.server').set({ status }).where('id', '=', id).execute()
  await set(stopped?.id ?? '', 'STOPPED')
  await set(lost?.id ?? '', 'NONE')
})
after(() => api[Symbol.asyncDispose]())

async function stateOf(id: string): Promise<unknown> {
  const answer = await callGroups(api, 'ShowServerGroupState', ['GET', `/app-server-groups/${id}/state`])
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

describe('the state of a group', () => {
  const NOTHING = { UNREGISTER: 0, REGISTERED: 0, MAINTAINING: 0, FREEZE: 0, STOPPED: 0, NONE: 0 }

  it('counts its servers by status', async () => {
    const aps_status = { ...NOTHING, UNREGISTER: 2, STOPPED: 1, NONE: 1 }
    assert.deepEqual(await stateOf(api.world.server_group.id), { aps_status })
  })

  it('is a map of zeros, never an empty one, where there are no servers', async () => {
    assert.deepEqual(await stateOf((await created(api)).id), { aps_status: NOTHING })
  })

  it('is not found of an unknown group', async () => {
    const answer = await callGroups(api, 'ShowServerGroupState', ['GET', '/app-server-groups/nowhere/state'])
    assert.equal(answer.status, 404)
  })
})

describe('the name of a group to be', () => {
  const NAMES: readonly (readonly [name: string, verdict: object])[] = [
    ['free', { result: true }],
    ['应用组_1', { result: true }],
    ['group', { result: false, validate_rule: 'duplicate' }],
    ['two words', { result: false, validate_rule: 'naming' }],
    ['', { result: false, validate_rule: 'naming' }],
    ['n'.repeat(65), { result: false, validate_rule: 'naming' }],
  ]
  for (const [name, verdict] of NAMES) {
    it(`'${name.slice(0, 12)}' is ${Object.values(verdict).join(': ')}`, async () => {
      const path = '/app-server-groups/rules/validate'
      const answer = await callGroups(api, 'ValidateServerGroup', ['POST', path], { name })
      assert.deepEqual([answer.status, answer.body], [200, verdict])
    })
  }
})

it('the limits of the project are those of the catalogue', async () => {
  const path = '/app-server-groups/resources/restrict'
  const answer = await callGroups(api, 'ShowServerGroupRestrict', ['GET', path])
  assert.deepEqual(answer.body, { max_session: 1024, max_group_count: 1000 })
})
