import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { insertFleet, onPostgres, type TestFleet, untilBlocked } from '#testing'
import { insertSubnet } from '#vpc'
import { type TestApi, testApi } from '../testing/api.ts'
import { type TestClock, testClock } from '../testing/clock.ts'
import { holdServerGroup, insertServerGroup } from './server-group.store.ts'
import { created, type Group, messageOf, shown, update, updated } from './test-groups.ts'

const STATIC_SUBNET = randomUUID()

let api: TestApi
let clock: TestClock
let foreign: TestFleet
before(async () => {
  clock = testClock(new Date())
  api = await testApi({ servers: 1, clock })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  const { project, vpc } = api.world
  const net = { name: 'static', cidr: '10.9.1.0/28', gatewayIp: '10.9.1.1', dhcpEnable: false }
  await insertSubnet(api.db, { ...net, projectId: project.id, id: STATIC_SUBNET, vpcId: vpc.id }, new Date())
})
after(() => api[Symbol.asyncDispose]())

describe('a change of a group', () => {
  const CHANGES: readonly (readonly [name: string, members: object, change: object, seen: object])[] = [
    ['gives a name', {}, { name: 'renamed' }, { name: 'renamed' }],
    ['describes', {}, { description: 'for CAD' }, { description: 'for CAD' }],
    ['clears a description', { description: 'old' }, { description: '' }, { description: '' }],
    ['clears the OU', { ou_name: 'old' }, { ou_name: '' }, { ou_name: '' }],
    [
      'names another image',
      {},
      { image_id: 'other', image_type: 'gold', image_product_id: 'sold' },
      { image_id: 'other', image_type: 'gold', image_product_id: 'sold', image_name: 'other' },
    ],
    [
      'asks for another disk',
      {},
      { system_disk_type: 'SAS', system_disk_size: 200 },
      { system_disk_type: 'SAS', system_disk_size: 200, product_info: { system_disk_size: '200' } },
    ],
    ['makes desktops of it', {}, { app_type: 'SESSION_DESKTOP_APP' }, { app_type: 'SESSION_DESKTOP_APP' }],
    ['mounts folders', {}, { storage_mount_policy: 'SHARE' }, { storage_mount_policy: 'SHARE' }],
    ['switches it off', {}, { server_group_status: false }, { server_group_status: false }],
    ['wishes for virtual addresses', {}, { ip_virtual: { enable: true } }, { ip_virtual: { enable: true } }],
    [
      'wishes for none any more',
      { ip_virtual: { enable: true } },
      { ip_virtual: { enable: false } },
      { ip_virtual: { enable: false } },
    ],
  ]
  for (const [name, members, change, seen] of CHANGES) {
    it(`${name}, and changes nothing else`, async () => {
      const { id } = await created(api, members)
      const before = await shown(api, id)
      clock.advance(5)
      await updated(api, id, change)
      const now = await shown(api, id)
      assert.partialDeepStrictEqual(now, seen)
      const same = Object.keys(before).filter(
        (field) => ![...Object.keys(seen), 'update_time', 'product_info'].includes(field),
      )
      for (const field of same) assert.deepEqual(now[field], before[field], field)
      assert.ok(String(now.update_time) > String(before.update_time))
    })
  }

  it('of nothing is fine', async () => {
    const { id } = await created(api)
    await updated(api, id, {})
  })

  const ROUTES: readonly (readonly [name: string, change: object, policy: object])[] = [
    ['replaces a number', { max_session: 9 }, { max_session: 9, cpu_threshold: 80, gpu_threshold: 70 }],
    ['takes a number away with 0', { cpu_threshold: 0 }, { max_session: 5, gpu_threshold: 70 }],
    [
      'takes what Terraform does not have away, and leaves what it does not name',
      { max_session: 7, cpu_threshold: 0, mem_threshold: 0 },
      { max_session: 7, gpu_threshold: 70 },
    ],
  ]
  for (const [name, route_policy, policy] of ROUTES) {
    it(`of the route policy ${name}`, async () => {
      const { id } = await created(api, { route_policy: { max_session: 5, cpu_threshold: 80, gpu_threshold: 70 } })
      await updated(api, id, { route_policy })
      assert.deepEqual((await shown(api, id)).route_policy, policy)
    })
  }

  it('of a group for single sessions may have a route policy of zeros, as Terraform sends it', async () => {
    const { id } = await created(api, { is_vdi: true })
    await updated(api, id, { route_policy: { max_session: 0, cpu_threshold: 0, mem_threshold: 0 } })
    assert.deepEqual((await shown(api, id)).route_policy, {})
  })

  it('of the wish for addresses leaves the servers as they are', async () => {
    const { server_group, servers } = api.world
    const read = () =>
      api.db
        .selectFrom('fleet.server')
        .selectAll()
        .where('id', '=', servers[0]?.id ?? '')
        .execute()
    const before = await read()
    await updated(api, server_group.id, { ip_virtual: { enable: false } })
    assert.deepEqual(await read(), before)
    await updated(api, server_group.id, { ip_virtual: { enable: true } })
  })
})

describe('a change of a primary group', () => {
  async function family(members: object = {}): Promise<readonly [primary: Group, standbys: readonly Group[]]> {
    const primary = await created(api, members)
    const standby = () => created(api, { ...members, primary_server_group_id: primary.id })
    return [primary, [await standby(), await standby()]]
  }

  it('reaches its standby groups where these have to agree with it', async () => {
    const [primary, standbys] = await family()
    const change = { app_type: 'SESSION_DESKTOP_APP', storage_mount_policy: 'USER', ip_virtual: { enable: true } }
    await updated(api, primary.id, change)
    for (const { id } of [primary, ...standbys]) assert.partialDeepStrictEqual(await shown(api, id), change)
  })

  it('does not reach them elsewhere', async () => {
    const [primary, standbys] = await family()
    const before = await shown(api, standbys[0]?.id ?? '')
    await updated(api, primary.id, { description: 'primary', image_id: 'newer', server_group_status: false })
    assert.deepEqual(await shown(api, before.id), before)
  })

  it('is what a standby group of later begins with', async () => {
    const primary = await created(api)
    await updated(api, primary.id, { storage_mount_policy: 'SHARE' })
    assert.equal((await created(api, { primary_server_group_id: primary.id })).storage_mount_policy, 'SHARE')
  })

  it('reaches one that is made at the same moment', async () => {
    const primary = await created(api)
    const [standby] = await Promise.all([
      created(api, { primary_server_group_id: primary.id }),
      updated(api, primary.id, { storage_mount_policy: 'USER' }),
    ])
    assert.equal((await shown(api, standby.id)).storage_mount_policy, 'USER')
  })

  onPostgres('reaches one that was being made when the change began', async () => {
    const primary = await created(api)
    const { project } = api.world
    const [standbyId, held, made] = [randomUUID(), Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const making = api.db.transaction().execute(async (trx) => {
      const row = await holdServerGroup(trx, project.id, primary.id)
      assert.ok(row)
      const lists = { tags: '[]', route_policy: '{}', enterprise_project_row: undefined }
      const own = { id: standbyId, name: standbyId, primary_server_group_id: primary.id }
      await insertServerGroup(trx, { ...row, ...lists, ...own })
      held.resolve()
      await made.promise
    })
    await held.promise
    const changing = updated(api, primary.id, { storage_mount_policy: 'USER' })
    await untilBlocked(api.db)
    made.resolve()
    await Promise.all([making, changing])
    assert.equal((await shown(api, standbyId)).storage_mount_policy, 'USER')
  })

  it('is refused when a standby group cannot follow', async () => {
    const primary = await created(api)
    await created(api, { primary_server_group_id: primary.id, subnet_id: STATIC_SUBNET })
    const answer = await update(api, primary.id, { ip_virtual: { enable: true } })
    assert.equal(answer.status, 400)
    assert.match(messageOf(answer), new RegExp(`needs DHCP; subnet ${STATIC_SUBNET} has it off`))
    assert.deepEqual((await shown(api, primary.id)).ip_virtual, { enable: false })
  })
})

describe('a change is refused', () => {
  type Refusal = readonly [name: string, members: object, change: object, says: RegExp]
  const REFUSALS: readonly Refusal[] = [
    ['of an unknown field', {}, { os_type: 'Linux' }, /unknown field os_type/],
    ['to an empty name', {}, { name: '' }, /name contains characters/],
    ['to a name with a space', {}, { name: 'a b' }, /name contains characters/],
    ['to a description of 256 characters', {}, { description: 'd'.repeat(256) }, /description must not be longer/],
    ['to 101 sessions', {}, { route_policy: { max_session: 101 } }, /max_session must be at most 100/],
    ['to a GPU threshold', {}, { route_policy: { gpu_threshold: 5 } }, /unknown field gpu_threshold/],
    ['to an unknown mount', {}, { storage_mount_policy: 'NONE' }, /must be one of USER, SHARE, ANY/],
    ['to a market image without its product', {}, { image_type: 'gold' }, /image_type gold needs image_product_id/],
    [
      'to another kind of image than the catalogue says',
      { image_id: 'b1d0c3f2-5a4e-4c7d-8e9f-0a1b2c3d4e5f' },
      { image_type: 'public' },
      /has image_type private, not public/,
    ],
    ['to sessions of a single one', { is_vdi: true }, { route_policy: { max_session: 2 } }, /needs is_vdi=false/],
    ['to addresses of single sessions', { is_vdi: true }, { ip_virtual: { enable: true } }, /needs is_vdi=false/],
    [
      'to addresses of no known system',
      { os_type: 'Other' },
      { ip_virtual: { enable: true } },
      /needs os_type Windows/,
    ],
    ['to addresses that say nothing', {}, { ip_virtual: {} }, /ip_virtual lacks enable/],
  ]
  for (const [name, members, change, says] of REFUSALS) {
    it(`${name}, and nothing changes`, async () => {
      const { id } = await created(api, members)
      const before = await shown(api, id)
      const answer = await update(api, id, { description: 'never', ...change })
      assert.equal(answer.status, 400, answer.text)
      assert.match(messageOf(answer), says)
      assert.deepEqual(await shown(api, id), before)
    })
  }

  it('to addresses where DHCP is off', async () => {
    const { id } = await created(api, { subnet_id: STATIC_SUBNET })
    assert.match(messageOf(await update(api, id, { ip_virtual: { enable: true } })), /needs DHCP/)
  })

  const OF_STANDBYS = [
    [{ app_type: 'SESSION_DESKTOP_APP' }, /has the app_type of its primary one/],
    [{ storage_mount_policy: 'USER' }, /has the storage_mount_policy of its primary one/],
    [{ ip_virtual: { enable: true } }, /has the ip_virtual of its primary one/],
  ] as const
  for (const [change, says] of OF_STANDBYS) {
    it(`of ${Object.keys(change)} of a standby group alone`, async () => {
      const primary = await created(api)
      const { id } = await created(api, { primary_server_group_id: primary.id })
      const answer = await update(api, id, change)
      assert.equal(answer.status, 400)
      assert.match(messageOf(answer), says)
      assert.ok(messageOf(answer).includes(primary.id))
    })
  }

  it('to the name of another group', async () => {
    const { id } = await created(api)
    const answer = await update(api, id, { name: api.world.server_group.name })
    assert.equal(answer.status, 400)
    assert.match(messageOf(answer), /'group' is taken/)
  })

  it('of all but one, when several take one name at the same moment', async () => {
    const groups = [await created(api), await created(api), await created(api)]
    const answers = await Promise.all(groups.map(({ id }) => update(api, id, { name: 'wanted-by-three' })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400])
  })

  for (const [name, id] of [
    ['an unknown group', () => randomUUID()],
    ["another account's group", () => foreign.groupId],
  ] as const) {
    it(`of ${name}`, async () => {
      const wanted = id()
      const answer = await update(api, wanted, { description: 'never' })
      assert.equal(answer.status, 404)
      assert.equal(messageOf(answer), `The server group ${wanted} does not exist in this project.`)
    })
  }
})

it('a standby group cannot be a primary one', async () => {
  const primary = await created(api)
  const standby = await created(api, { primary_server_group_id: primary.id })
  await assert.rejects(created(api, { primary_server_group_id: standby.id }), /is a standby group itself/)
})
