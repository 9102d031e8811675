import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { type TestApi, testApi } from '../testing/api.ts'
import { show, shown } from './test-groups.ts'

let api: TestApi
let foreign: TestFleet
before(async () => {
  api = await testApi({ servers: 3, maxSession: 4 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
})
after(() => api[Symbol.asyncDispose]())

describe('a server group', () => {
  it('is shown with its servers counted, its session maximum and its virtual addresses', async () => {
    const { world } = api
    const group = await shown(api, world.server_group.id)
    assert.partialDeepStrictEqual(group, {
      id: world.server_group.id,
      name: 'group',
      os_type: 'Windows',
      is_vdi: false,
      subnet_id: world.subnet.id,
      subnet_name: 'subnet',
      project_name: 'local-1',
      app_server_count: 3,
      app_server_flavor_count: 1,
      flavors: [{ id: 's2.large.2' }],
      image_name: 'Berth session host',
      image_min_disk: 10,
      image_type: 'private',
      image_product_id: '',
      ip_virtual: { enable: true },
    })
    assert.deepEqual(group.route_policy, { max_session: 4 })
  })

  it('never tells its VPC, nor the extra sessions it does not have', async () => {
    const group = await shown(api, api.world.server_group.id)
    for (const field of ['vpc_id', 'extra_session_type', 'extra_session_size']) assert.ok(!(field in group), field)
  })

  it('tells the extra sessions it has', async () => {
    await api.db
      .updateTable('fleet.server_group')
      .set({ extra_session_type: 'CPU', extra_session_size: 6 })
      .where('id', '=', api.world.server_group.id)
      .execute()
    const { extra_session_type, extra_session_size } = await shown(api, api.world.server_group.id)
    assert.deepEqual([extra_session_type, extra_session_size], ['CPU', 6])
  })
})

describe('a server group that is not there', () => {
  const MISSING: readonly (readonly [name: string, id: () => string])[] = [
    ['an unknown one', () => '0b6f4c1e-52a7-4a7d-9f0e-6d1c2b3a4f50'],
    ["another account's", () => foreign.groupId],
    ['one named in capitals', () => api.world.server_group.id.toUpperCase()],
  ]
  for (const [name, id] of MISSING) {
    it(`is not found: ${name}`, async () => {
      const answer = await show(api, id())
      assert.equal(answer.status, 404)
      assert.deepEqual(answer.body, {
        error_code: 'WKS.00211902',
        error_msg: `The server group ${id()} does not exist in this project.`,
      })
    })
  }

  it("in another account's project is refused alike, there or not", async () => {
    const there = await show(api, foreign.groupId, foreign.projectId)
    const nowhere = await show(api, 'nowhere', foreign.projectId)
    assert.equal(there.status, 403)
    assert.deepEqual(there.body, nowhere.body)
  })

  it('is an invalid parameter when its id is too long', async () => {
    assert.equal((await show(api, 'n'.repeat(129))).status, 400)
  })
})
