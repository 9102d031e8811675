import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { insertFleet, type TestFleet } from '#testing'
import { insertSubnet, insertVpc } from '#vpc'
import { type TestApi, testApi } from '../testing/api.ts'
import { create, created, groupsPath, newGroup, shown } from './test-groups.ts'

const STATIC_SUBNET = randomUUID()
const OTHER_VPC = randomUUID()

let api: TestApi
let foreign: TestFleet
let primaryId: string
before(async () => {
  api = await testApi({ servers: 0 })
  const { db, world } = api
  primaryId = (await created(api)).id
  foreign = await insertFleet(db, { cidr: '10.8.0.0/24' })
  const net = { projectId: world.project.id, name: 'other', cidr: '10.7.0.0/28' }
  await insertVpc(db, { ...net, id: OTHER_VPC }, new Date())
  const addressing = { gatewayIp: '10.7.0.1', dhcpEnable: false }
  await insertSubnet(db, { ...net, ...addressing, id: STATIC_SUBNET, vpcId: OTHER_VPC }, new Date())
})
after(() => api[Symbol.asyncDispose]())

/** Removes what has a name, at the commit that makes it: nobody can be quicker. */
async function removeAtOnce(name: string): Promise<void> {
  await sql`CREATE FUNCTION remove_group() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN DELETE FROM fleet.server_group WHERE id = NEW.id; RETURN NULL; END $$`.execute(api.db)
  await sql`CREATE CONSTRAINT TRIGGER remove_group AFTER INSERT ON fleet.server_group DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.name = ${sql.lit(name)}) EXECUTE FUNCTION remove_group()`.execute(api.db)
}

async function groupCount(): Promise<number> {
  return (await api.db.selectFrom('fleet.server_group').select('id').execute()).length
}

describe('a new group', () => {
  it('is answered as made though somebody removes it at once', async () => {
    await removeAtOnce('fleeting')
    const before = await groupCount()
    assert.equal((await created(api, { name: 'fleeting' })).name, 'fleeting')
    assert.equal(await groupCount(), before)
  })

  it('has what was asked for and the defaults of everything else, and does not tell ip_virtual', async () => {
    const group = await created(api, { name: 'first', ip_virtual: { enable: true } })
    assert.match(group.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.ok(!('ip_virtual' in group))
    assert.partialDeepStrictEqual(group, {
      name: 'first',
      description: '',
      image_id: 'some-image',
      os_type: 'Windows',
      subnet_id: api.world.subnet.id,
      subnet_name: 'subnet',
      system_disk_type: 'SSD',
      system_disk_size: 100,
      is_vdi: false,
      app_type: 'COMMON_APP',
      storage_mount_policy: 'ANY',
      enterprise_project_id: '0',
      primary_server_group_ids: [],
      secondary_server_group_ids: [],
      server_group_status: true,
      site_type: 'CENTER',
      app_server_count: 0,
      app_server_flavor_count: 0,
      app_group_count: 0,
      product_info: { cpu: '4', memory: '8192', sessions: 20, system_disk_type: 'SSD', system_disk_size: '100' },
      tags: [],
      ou_name: '',
    })
  })

  const KEPT: readonly (readonly [name: string, members: object, seen: object])[] = [
    ['without ip_virtual has it off', {}, { ip_virtual: { enable: false } }],
    ['with ip_virtual on has it on', { ip_virtual: { enable: true } }, { ip_virtual: { enable: true } }],
    [
      'for single sessions may say that ip_virtual is off',
      { is_vdi: true, ip_virtual: { enable: false } },
      { is_vdi: true, ip_virtual: { enable: false } },
    ],
    [
      'for single sessions may say that a route policy has no number',
      { is_vdi: true, route_policy: { max_session: 0, cpu_threshold: 0, mem_threshold: 0 } },
      { is_vdi: true, route_policy: {} },
    ],
    [
      'may have virtual addresses on Linux too',
      { os_type: 'Linux', ip_virtual: { enable: true } },
      { os_type: 'Linux', ip_virtual: { enable: true } },
    ],
    [
      'has as many paid extra sessions as its package can carry',
      { extra_session_type: 'CPU', extra_session_size: 20 },
      { extra_session_type: 'CPU', extra_session_size: 20 },
    ],
    ['is rebooted on a change unless it says otherwise', {}, { reboot_policy: 'on_change' }],
    [
      'of Linux may ask to be rebooted only if needed',
      { os_type: 'Linux', reboot_policy: 'if_needed' },
      { reboot_policy: 'if_needed' },
    ],
    ['has the flavour of its package', {}, { flavors: [{ id: 's2.xlarge.2' }] }],
    ['has the flavour it asks for', { flavor_id: 'c7.large' }, { flavors: [{ id: 'c7.large' }] }],
    [
      'keeps its tags',
      { tags: [{ key: 'team', value: 'a b' }, { key: 'bare' }] },
      { tags: [{ key: 'team', value: 'a b' }, { key: 'bare' }] },
    ],
    ['may be off', { server_group_status: false }, { server_group_status: false }],
    ['has the default enterprise project for none', { enterprise_project_id: '' }, { enterprise_project_id: '0' }],
  ]
  for (const [name, members, seen] of KEPT) {
    it(name, async () => {
      const { id } = await created(api, members)
      assert.partialDeepStrictEqual(await shown(api, id), seen)
    })
  }

  it('keeps its route policy to what was set', async () => {
    const { id } = await created(api, { route_policy: { max_session: 8, cpu_threshold: 0, mem_threshold: 0 } })
    assert.deepEqual((await shown(api, id)).route_policy, { max_session: 8 })
  })

  it('of a primary one is named there', async () => {
    const primary = await created(api)
    const standby = await created(api, { primary_server_group_id: primary.id })
    assert.deepEqual(standby.primary_server_group_ids, [primary.id])
    assert.deepEqual((await shown(api, primary.id)).secondary_server_group_ids, [standby.id])
  })

  const NAMES = ['a', 'A-b_9', '应用组', 'n'.repeat(64), '字'.repeat(64)]
  for (const name of NAMES) {
    it(`may be called '${name}'`, async () => assert.equal((await created(api, { name })).name, name))
  }
})

describe('a group is refused', () => {
  type Refusal = readonly [name: string, status: number, members: () => object, says: RegExp]
  const longTags = () => ({ tags: Array.from({ length: 21 }, (_, index) => ({ key: `k${index}` })) })
  const REFUSALS: readonly Refusal[] = [
    ...['', 'a b', 'a.b', 'a/b', 'n'.repeat(65), '😀', 'a\n'].map(
      (name): Refusal => [
        `called ${JSON.stringify(name.slice(0, 9))}`,
        400,
        () => ({ name }),
        /body name contains characters/,
      ],
    ),
    ['without a name', 400, () => ({ name: undefined }), /lacks name/],
    ['with an unknown field', 400, () => ({ max_session: 4 }), /unknown field max_session/],
    ['with ip_virtual as a bare boolean', 400, () => ({ ip_virtual: true }), /ip_virtual must be an object/],
    ['with ip_virtual that says nothing', 400, () => ({ ip_virtual: {} }), /ip_virtual lacks enable/],
    ['with ip_virtual in quotes', 400, () => ({ ip_virtual: { enable: 'true' } }), /enable must be a boolean/],
    ['with a small disk', 400, () => ({ system_disk_size: 9 }), /system_disk_size must be at least 10/],
    ['with a disk of no kind', 400, () => ({ system_disk_type: 'NVME' }), /must be one of ESSD/],
    ['with a session maximum of 1025', 400, () => ({ route_policy: { max_session: 1025 } }), /must be at most 1024/],
    ['with 21 tags', 400, longTags, /tags takes at most 20/],
    ['of an unknown package', 400, () => ({ product_id: 'none' }), /'none' is not in the catalogue.*2xlarge/],
    [
      'for single sessions with addresses of their own',
      400,
      () => ({ is_vdi: true, ip_virtual: { enable: true } }),
      /needs is_vdi=false/,
    ],
    [
      'with virtual addresses on an image of no known system',
      400,
      () => ({ os_type: 'Other', ip_virtual: { enable: true } }),
      /ip_virtual\.enable needs os_type Windows or Linux/,
    ],
    [
      'for single sessions with a route policy',
      400,
      () => ({ is_vdi: true, route_policy: { max_session: 5, cpu_threshold: 0 } }),
      /route_policy needs is_vdi=false/,
    ],
    [
      'for single sessions with paid extra ones',
      400,
      () => ({ is_vdi: true, extra_session_type: 'CPU', extra_session_size: 5 }),
      /extra_session_size needs is_vdi=false/,
    ],
    [
      'with paid extra sessions of no kind',
      400,
      () => ({ extra_session_size: 5 }),
      /extra_session_size needs extra_session_type/,
    ],
    [
      'with more paid extra sessions than its package can carry',
      400,
      () => ({ extra_session_type: 'CPU', extra_session_size: 21 }),
      /extra_session_size is at most 20 for workspace\.appstream\.general\.2xlarge\.2: 10 for each of its 4 vCPUs/,
    ],
    [
      'of a market image that it does not name',
      400,
      () => ({ image_type: 'gold' }),
      /image_type gold needs image_product_id/,
    ],
    [
      'with a tag twice',
      400,
      () => ({
        tags: [
          { key: 'team', value: 'a' },
          { key: 'team', value: 'b' },
        ],
      }),
      /the tag team is there twice/,
    ],
    [
      'of Windows that is to be rebooted only if needed',
      400,
      () => ({ os_type: 'Windows', reboot_policy: 'if_needed' }),
      /reboot_policy if_needed needs os_type Linux/,
    ],
    [
      'with an unknown reboot policy',
      400,
      () => ({ reboot_policy: 'never' }),
      /reboot_policy must be one of on_change/,
    ],
    ...(
      [
        [{ os_type: 'Linux' }, /has os_type Windows, this one Linux/],
        [{ is_vdi: true }, /has is_vdi false, this one true/],
        [{ app_type: 'SESSION_DESKTOP_APP' }, /has app_type COMMON_APP, this one SESSION_DESKTOP_APP/],
        [{ ip_virtual: { enable: true } }, /has ip_virtual\.enable false, this one true/],
      ] as const
    ).map(
      ([members, says]): Refusal => [
        `as standby of a group that has another ${Object.keys(members)}`,
        400,
        () => ({ primary_server_group_id: primaryId, ...members }),
        says,
      ],
    ),
    [
      'with virtual addresses where DHCP is off',
      400,
      () => ({ vpc_id: OTHER_VPC, subnet_id: STATIC_SUBNET, ip_virtual: { enable: true } }),
      new RegExp(`needs DHCP; subnet ${STATIC_SUBNET} has it off`),
    ],
    ['in an unknown subnet', 404, () => ({ subnet_id: 'nowhere' }), /The subnet nowhere does not exist in VPC/],
    ["in another account's subnet", 404, () => ({ subnet_id: foreign.subnetId }), /does not exist in VPC/],
    ['in a subnet of another VPC', 404, () => ({ subnet_id: STATIC_SUBNET }), /does not exist in VPC/],
    ['in an unknown VPC', 404, () => ({ vpc_id: 'nowhere' }), /does not exist in VPC nowhere/],
    ['as standby of an unknown group', 404, () => ({ primary_server_group_id: 'nowhere' }), /server group nowhere/],
    [
      "as standby of another account's group",
      404,
      () => ({ primary_server_group_id: foreign.groupId }),
      /does not exist in this project/,
    ],
    ['under a name that is taken', 400, () => ({ name: api.world.server_group.name }), /'group' is taken/],
  ]
  for (const [name, status, members, says] of REFUSALS) {
    it(`${name}, and none is made`, async () => {
      const before = await groupCount()
      const answer = await create(api, members())
      assert.equal(answer.status, status, answer.text)
      assert.match((answer.body as { error_msg: string }).error_msg, says)
      assert.equal(await groupCount(), before)
    })
  }

  it("in another account's project, and none is made", async () => {
    const before = await groupCount()
    const answer = await api.call('POST', groupsPath(foreign.projectId), { body: newGroup(api) })
    assert.deepEqual([answer.status, await groupCount()], [403, before])
  })

  it('when another of the name is made at the same moment, and that one is there', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => create(api, { name: 'wanted-by-five' })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400, 400])
  })
})

it('a group may have a name that another account gave to one of its own', async () => {
  const { name } = await api.db
    .selectFrom('fleet.server_group')
    .select('name')
    .where('id', '=', foreign.groupId)
    .executeTakeFirstOrThrow()
  assert.equal((await created(api, { name })).name, name)
})

it('a group without DHCP is fine as long as it wants no virtual addresses', async () => {
  const group = await created(api, { vpc_id: OTHER_VPC, subnet_id: STATIC_SUBNET })
  assert.equal(group.subnet_name, 'other')
})
