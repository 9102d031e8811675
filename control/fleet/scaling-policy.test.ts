import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { type Answer, type TestApi, testApi } from '../testing/api.ts'
import { callGroups, created, messageOf, shown } from './test-groups.ts'

let api: TestApi
let foreign: TestFleet
before(async () => {
  api = await testApi({ servers: 0 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
})
after(() => api[Symbol.asyncDispose]())

const POLICY = {
  enable: false,
  max_scaling_amount: 10,
  single_expansion_count: 2,
  scaling_policy_by_session: { session_usage_threshold: 85, shrink_after_session_idle_minutes: 60 },
  scaling_policy_by_resource: { cpu_usage_threshold: 85, mem_usage_threshold: 60 },
}

const put = (server_group_id: string, policy: object) =>
  callGroups(api, 'CreateOrUpdateScalingPolicy', ['PUT', '/scaling-policy'], { server_group_id, ...policy })
const get = (id: string) => callGroups(api, 'ShowScalingPolicy', ['GET', `/scaling-policy?server_group_id=${id}`])
const drop = (id: string) => callGroups(api, 'DeleteScalingPolicy', ['DELETE', `/scaling-policy?server_group_id=${id}`])

function assertIs({ status, body }: Answer, policy: object): void {
  assert.deepEqual([status, body], [200, policy])
}

describe('a scaling policy', () => {
  it('is kept, and shown with its group', async () => {
    const { id } = await created(api)
    assertIs(await put(id, POLICY), POLICY)
    assertIs(await get(id), POLICY)
    assert.deepEqual((await shown(api, id)).scaling_policy, POLICY)
  })

  it('is on unless it says otherwise, and replaces the one before it whole', async () => {
    const { id } = await created(api)
    await put(id, POLICY)
    const { enable: _, scaling_policy_by_resource: __, ...least } = POLICY
    assertIs(await put(id, least), { enable: true, ...least })
    assertIs(await get(id), { enable: true, ...least })
  })

  it('is one of several that are set at the same moment', async () => {
    const { id } = await created(api)
    const policies = [1, 2, 3].map((max_scaling_amount) => ({ ...POLICY, max_scaling_amount }))
    const answers = await Promise.all(policies.map((policy) => put(id, policy)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    )
    const { body } = await get(id)
    assert.ok(policies.some(({ max_scaling_amount: amount }) => amount === (body as typeof POLICY).max_scaling_amount))
  })

  it('is gone once it is deleted', async () => {
    const { id } = await created(api)
    await put(id, POLICY)
    const answer = await drop(id)
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.ok(!('scaling_policy' in (await shown(api, id))))
    for (const gone of [await get(id), await drop(id)]) {
      assert.equal(gone.status, 404)
      assert.equal(messageOf(gone), `The server group ${id} has no scaling policy.`)
    }
  })

  const REFUSALS: readonly (readonly [name: string, members: object, says: RegExp])[] = [
    ['of no server', { max_scaling_amount: 0 }, /max_scaling_amount must be at least 1/],
    ['of 101 servers', { max_scaling_amount: 101 }, /max_scaling_amount must be at most 100/],
    ['of 11 servers at once', { single_expansion_count: 11 }, /single_expansion_count must be at most 10/],
    [
      'that shrinks after 4 minutes',
      { scaling_policy_by_session: { shrink_after_session_idle_minutes: 4 } },
      /at least 5/,
    ],
    ['that never shrinks', { scaling_policy_by_session: {} }, /lacks shrink_after_session_idle_minutes/],
    ['above 101 percent', { scaling_policy_by_resource: { cpu_usage_threshold: 101 } }, /must be at most 100/],
    ['with an unknown field', { schedule: 'daily' }, /unknown field schedule/],
  ]
  for (const [name, members, says] of REFUSALS) {
    it(`is refused: one ${name}`, async () => {
      const { id } = await created(api)
      const answer = await put(id, { ...POLICY, ...members })
      assert.equal(answer.status, 400)
      assert.match(messageOf(answer), says)
      assert.equal((await get(id)).status, 404)
    })
  }

  it("of an unknown group, or another account's, is not found", async () => {
    for (const id of ['nowhere', foreign.groupId]) {
      for (const answer of [await put(id, POLICY), await get(id), await drop(id)]) {
        assert.equal(answer.status, 404)
        assert.equal(messageOf(answer), `The server group ${id} does not exist in this project.`)
      }
    }
  })
})
