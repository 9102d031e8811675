import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type TestApi, testApi } from '../testing/api.ts'
import { parseCatalogue } from './catalogue.store.ts'
import { callGroups, create, created, messageOf, shown, update } from './test-groups.ts'

const CATALOGUE = parseCatalogue(
  `
flavors:
  - { id: small, cpu: 2, memory: 4096 }
  - { id: graphics, cpu: 8, memory: 32768, gpu: { type: A40, description: one A40 } }
products:
  # what the group of the test's world is of
  - { product_id: workspace.appstream.general.xlarge.2, flavor_id: small, sessions: 4 }
  - { product_id: gpu, flavor_id: graphics, sessions: 8, series_type: g6, zones: { b: sellout } }
  - { product_id: gone, flavor_id: small, sessions: 4, status: sellout }
images:
  - { id: b1d0c3f2-5a4e-4c7d-8e9f-0a1b2c3d4e5f, name: Host, image_type: private, min_disk: 10 }
  - { id: win, name: Windows Server 2022, image_type: public, os_type: Windows, min_disk: 60 }
volume_types: [{ volume_type: SAS, resource_spec_code: high, en_us: High, zh_cn: 高, sold_out_zones: [b] }]
availability_zones:
  - { name: a, en_us: A, zh_cn: 甲, default: true }
  - { name: b, en_us: B, zh_cn: 乙 }
  - { name: edge, en_us: Edge, zh_cn: 边, site_type: IES }
session_types: [{ session_type: GPU, resource_spec_code: premium }, { session_type: CPU, resource_spec_code: standard }]
limits: { max_session: 30, max_group_count: 14 }
`,
  'test.yaml',
)

let api: TestApi
before(async () => {
  api = await testApi({ servers: 0, catalogue: CATALOGUE })
})
after(() => api[Symbol.asyncDispose]())

/** Of the catalogue, unlike what other tests ask for. */
const OURS = { product_id: 'gpu', system_disk_type: 'SAS' }

async function get(operationId: string, path: string): Promise<unknown> {
  const answer = await callGroups(api, operationId, ['GET', path])
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

describe('the catalogue over the API', () => {
  it('lists packages as they are told everywhere', async () => {
    const { products } = (await get('ListProduct', '/product?product_id=gpu')) as { products: readonly object[] }
    assert.deepEqual(products, [
      {
        product_id: 'gpu',
        flavor_id: 'graphics',
        type: 'BASE',
        architecture: 'x86',
        cpu: '8',
        cpu_desc: 'graphics | 8 vCPUs | 32 GB',
        memory: '32768',
        is_gpu: true,
        gpu_desc: 'one A40',
        support_gpu_type: 'A40',
        descriptions: 'graphics | 8 vCPUs | 32 GB',
        system_disk_type: 'SAS',
        system_disk_size: '80',
        charge_mode: '0',
        contain_data_disk: false,
        resource_type: 'hws.resource.type.workspace.appstream',
        cloud_service_type: 'hws.service.type.vdi',
        volume_product_type: 'workspace',
        package_type: 'general',
        series_type: 'g6',
        sessions: 8,
        status: 'normal',
        cond_operation_az: 'b(sellout)',
      },
    ])
  })

  it('says again what packages were asked for', async () => {
    const answer = await get('ListProduct', '/product?availability_zone=a&os_type=Other')
    assert.deepEqual(answer, { products: [], availability_zone: 'a', os_type: 'Other' })
  })

  it('lists kinds of extra sessions, in both forms', async () => {
    const more = {
      resource_type: 'hws.resource.type.workspace.appstreamsession',
      cloud_service_type: 'hws.service.type.vdi',
    }
    const [gpu, cpu] = [
      { session_type: 'GPU', resource_spec_code: 'premium', ...more },
      { session_type: 'CPU', resource_spec_code: 'standard', ...more },
    ]
    const old = async (body: object) =>
      (await callGroups(api, 'ShowSessionTypes', ['POST', '/session-type'], body)).body
    assert.deepEqual(await get('ListSessionType', '/session-type'), { session_types: [gpu, cpu] })
    assert.deepEqual(await old({}), { session_types: [gpu, cpu] })
    assert.deepEqual(await old({ session_type: 'CPU', resource_spec_code: '' }), { session_types: [cpu] })
  })

  it('lists zones with a total, and by the type of their site', async () => {
    const { availability_zones, total_count } = (await get('ListAvailabilityZone', '/availability-zone')) as {
      availability_zones: readonly { availability_zone: string; i18n: object; sold_out: object }[]
      total_count: number
    }
    assert.deepEqual([availability_zones.map((zone) => zone.availability_zone), total_count], [['a', 'b', 'edge'], 3])
    assert.deepEqual(availability_zones[1]?.i18n, { en_us: 'B', zh_cn: '乙' })
    assert.deepEqual(availability_zones[1]?.sold_out, { products: ['gpu', 'gone'] })
    const [a, b, edge] = availability_zones
    assert.deepEqual(await get('ListAz', '/availability-zone/summary'), {
      azs: { CENTER: [a, b], IES: [edge] },
      default_type: 'CENTER',
      support_type: ['CENTER', 'IES'],
    })
  })

  it('lists types of disks', async () => {
    assert.deepEqual(await get('ListVolumeType', '/volume-type'), {
      volume_types: [
        {
          volume_type: 'SAS',
          resource_spec_code: 'high',
          resource_type: 'hws.resource.type.workspace.volume',
          cloud_service_type: 'hws.service.type.vdi',
          volume_product_type: 'workspace',
          name: [
            { language: 'en-us', value: 'High' },
            { language: 'zh-cn', value: '高' },
          ],
          volume_type_extra_specs: { availability_zone: 'a,b,edge', sold_out_availability_zone: 'b' },
        },
      ],
    })
  })
})

describe('a group of the catalogue', () => {
  it('is told with the names that the catalogue has', async () => {
    const { id } = await created(api, { ...OURS, image_id: 'win', image_type: 'public' })
    assert.partialDeepStrictEqual(await shown(api, id), {
      image_name: 'Windows Server 2022',
      image_min_disk: 60,
      flavors: [{ id: 'graphics' }],
      product_info: { cpu: '8', memory: '32768', is_gpu: true, sessions: 8, system_disk_size: '100' },
    })
  })

  it('may have an image that the catalogue does not list', async () => {
    const { id } = await created(api, { ...OURS, image_id: 'their-own', image_type: 'shared' })
    assert.partialDeepStrictEqual(await shown(api, id), { image_name: 'their-own', image_min_disk: 0 })
  })

  const WIN = { image_id: 'win', image_type: 'public' }
  const REFUSALS: readonly (readonly [name: string, members: object, says: RegExp])[] = [
    ['of an image of another system', { ...WIN, os_type: 'Linux' }, /has os_type Windows, the group Linux/],
    ['of another kind of image', { ...WIN, image_type: 'gold', image_product_id: 'x' }, /image_type public, not gold/],
    [
      'with a disk too small for the image',
      { ...WIN, system_disk_size: 59 },
      /needs a system_disk_size of at least 60/,
    ],
    ['with a kind of disk that is not there', { system_disk_type: 'SSD' }, /system_disk_type must be one of SAS here/],
    [
      'of a package that is sold out',
      { product_id: 'gone' },
      /gone cannot be had now: the catalogue has it as sellout/,
    ],
    ['with more sessions than servers may have', { route_policy: { max_session: 31 } }, /is at most 30 here/],
  ]
  for (const [name, members, says] of REFUSALS) {
    it(`is refused: one ${name}`, async () => {
      const answer = await create(api, { ...OURS, ...members })
      assert.equal(answer.status, 400, answer.text)
      assert.match(messageOf(answer), says)
    })
  }

  it('is not changed to what the catalogue does not have', async () => {
    const { id } = await created(api, { ...OURS, ...WIN })
    assert.match(messageOf(await update(api, id, { system_disk_size: 40 })), /at least 60 GB/)
    assert.match(messageOf(await update(api, id, { system_disk_type: 'SSD' })), /must be one of SAS here/)
    assert.match(messageOf(await update(api, id, { route_policy: { max_session: 31 } })), /is at most 30 here/)
  })

  it('is one of as many as a project may have, whoever makes the last ones at the same moment', async () => {
    const count = async () => (await api.db.selectFrom('fleet.server_group').select('id').execute()).length
    const room = CATALOGUE.limits.max_group_count - (await count())
    assert.ok(room > 0)
    const answers = await Promise.all(Array.from({ length: room + 3 }, () => create(api, OURS)))
    const refused = answers.filter(({ status }) => status === 400)
    assert.equal(refused.length, 3)
    for (const answer of refused) assert.match(messageOf(answer), /as many server groups as it may have: 14/)
    assert.equal(await count(), CATALOGUE.limits.max_group_count)
  })
})
