import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { type TestApi, testApi } from '../testing/api.ts'
import { insertServer } from './server.store.ts'
import { callGroups, created, messageOf, remove, show } from './test-groups.ts'

let api: TestApi
let foreign: TestFleet
before(async () => {
  api = await testApi({ servers: 3 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24', servers: 1 })
})
after(() => api[Symbol.asyncDispose]())

/** What is written when a server is made, by whoever makes it. */
async function insertInto(groupId: string): Promise<void> {
  const template = await api.db.selectFrom('fleet.server').selectAll().limit(1).executeTakeFirstOrThrow()
  const { host_address, tags, ...row } = template
  const json = { host_address: JSON.stringify(host_address), tags: JSON.stringify(tags) }
  await insertServer(api.db, { ...row, ...json, id: randomUUID(), server_group_id: groupId })
}

describe('a group that is deleted', () => {
  it('is gone, without a word', async () => {
    const { id } = await created(api)
    const answer = await remove(api, id)
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.equal((await show(api, id)).status, 404)
  })

  it('is deleted again with success, as one that never was', async () => {
    const { id } = await created(api)
    for (const wanted of [id, id, randomUUID()]) assert.equal((await remove(api, wanted)).status, 200)
  })

  it('gives its name free', async () => {
    const { id, name } = await created(api)
    await remove(api, id)
    assert.notEqual((await created(api, { name })).id, id)
  })

  it('takes its scaling policy along', async () => {
    const { id: server_group_id } = await created(api)
    const scaling_policy_by_session = { shrink_after_session_idle_minutes: 5 }
    const policy = { server_group_id, max_scaling_amount: 1, single_expansion_count: 1, scaling_policy_by_session }
    await callGroups(api, 'CreateOrUpdateScalingPolicy', ['PUT', '/scaling-policy'], policy)
    assert.equal((await remove(api, server_group_id)).status, 200)
    assert.deepEqual(await api.db.selectFrom('fleet.scaling_policy').selectAll().execute(), [])
  })

  it('is deleted once by several at the same moment', async () => {
    const { id } = await created(api)
    const answers = await Promise.all(Array.from({ length: 4 }, () => remove(api, id)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    )
  })
})

describe('a group is not deleted', () => {
  it('while it has servers, whose number is said', async () => {
    const { id } = api.world.server_group
    const answer = await remove(api, id)
    assert.equal(answer.status, 409)
    assert.deepEqual(answer.body, {
      error_code: 'WKS.00211103',
      error_msg: `Conflict: the server group ${id} has 3 servers and 0 standby groups. Delete them first.`,
    })
    assert.equal((await show(api, id)).status, 200)
  })

  it('while it has standby groups', async () => {
    const primary = await created(api)
    const standby = await created(api, { primary_server_group_id: primary.id })
    assert.match(messageOf(await remove(api, primary.id)), /has 0 servers and 1 standby groups/)
    await remove(api, standby.id)
    assert.equal((await remove(api, primary.id)).status, 200)
  })

  it('and has the server too, when one is made at the same moment; else neither', async () => {
    for (const round of [1, 2, 3, 4]) {
      const { id } = await created(api)
      const insert = () => insertInto(id).then(...([() => true, () => false] as const))
      const calls = round % 2 === 0 ? [insert(), remove(api, id)] : [remove(api, id), insert()]
      await Promise.all(calls)
      const servers = await api.db.selectFrom('fleet.server').select('id').where('server_group_id', '=', id).execute()
      assert.equal((await show(api, id)).status, servers.length === 1 ? 200 : 404)
    }
  })

  it("when it is another account's, which looks like one that is not there", async () => {
    const answer = await remove(api, foreign.groupId)
    assert.deepEqual([answer.status, answer.text], [200, ''])
    const row = await api.db.selectFrom('fleet.server_group').select('id').where('id', '=', foreign.groupId).execute()
    assert.equal(row.length, 1)
  })
})
