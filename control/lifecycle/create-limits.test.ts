import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCatalogue, setCatalogue } from '../fleet/catalogue.store.ts'
import { newGroup } from '../fleet/test-groups.ts'
import { type TestApi, testApi } from '../testing/api.ts'
import { newServers, send } from './test-servers.ts'

const LARGER = 'workspace.appstream.general.2xlarge.2'
const QUOTA = { instances: 4, cores: 100, memory: 262_144, volumes: 10, volume_gigabytes: 350, gpu_instances: 0 }

const catalogueWith = (change: object) => parseCatalogue(JSON.stringify(change), 'test.yaml')
const LIMITED = catalogueWith({ quotas: { default: QUOTA } })

const create = (api: TestApi, change: object = {}) => send(api, 'CreateAppServers', newServers(api, change))

async function countServers({ db }: TestApi): Promise<number> {
  return (await db.selectFrom('fleet.server').select('id').execute()).length
}

const usedOf = async (api: TestApi) => {
  const { body } = await api.call('GET', `/v2/${api.world.project.id}/quotas`)
  const { resources } = (body as { quotas: { resources: { type: string; used: number }[] } }).quotas
  return Object.fromEntries(resources.map(({ type, used }) => [type, used]))
}

describe('a creation of servers', () => {
  it('is refused for more than the quota has, of servers or of their disks, and nothing is begun', async () => {
    await using api = await testApi({ servers: 0, hosts: true, catalogue: LIMITED })
    for (const [change, why] of [
      [{ subscription_num: 5, root_volume: { type: 'SSD', size: 10 } }, /INSTANCES needs 5, and 4 of 4/],
      [{ subscription_num: 2, root_volume: { type: 'SSD', size: 200 } }, /VOLUME_GIGABYTES needs 400, and 350 of 350/],
    ] as const) {
      const answer = await create(api, change)
      assert.equal(answer.status, 403, answer.text)
      assert.match(answer.text, why)
    }
    assert.equal(await countServers(api), 0)
    assert.deepEqual(await api.db.selectFrom('jobs.job').select('id').execute(), [])
  })

  it('counts with what servers are themselves, not with what their group would make now', async () => {
    await using api = await testApi({ servers: 1, hosts: true })
    const before = await usedOf(api)
    assert.equal((await create(api, { product_id: LARGER, root_volume: { type: 'SSD', size: 300 } })).status, 200)
    const after = await usedOf(api)
    const more = (type: string) => (after[type] ?? 0) - (before[type] ?? 0)
    assert.deepEqual(['INSTANCES', 'VOLUME_GIGABYTES', 'CORES', 'MEMORY'].map(more), [1, 300, 4, 8192])
  })

  it('of two at once does not take more than is left', async () => {
    await using api = await testApi({ servers: 0, hosts: true, catalogue: LIMITED })
    const wanted = { subscription_num: 3, root_volume: { type: 'SSD', size: 10 } }
    const answers = await Promise.all([create(api, wanted), create(api, wanted), create(api, wanted)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403, 403])
    assert.equal(await countServers(api), 3)
  })

  it('is refused while the tenant is switched off', async () => {
    await using api = await testApi({ servers: 0, hosts: true })
    await api.db
      .insertInto('fleet.tenant')
      .values({ project_id: api.world.project.id, service_status: 'inactive', ...now() })
      .onConflict((conflict) => conflict.column('project_id').doUpdateSet({ service_status: 'inactive' }))
      .execute()
    const answer = await create(api)
    assert.equal(answer.status, 403, answer.text)
    assert.match(answer.text, /switched off for this project/)
    assert.equal(await countServers(api), 0)
  })

  it('is refused of a package that is sold out', async () => {
    const products = catalogueWith({}).products.map((product) =>
      product.product_id === LARGER ? { ...product, status: 'sellout' } : product,
    )
    await using api = await testApi({ servers: 0, hosts: true, catalogue: catalogueWith({ products }) })
    const answer = await create(api, { product_id: LARGER })
    assert.equal(answer.status, 400, answer.text)
    assert.match(answer.text, /cannot be had now: the catalogue has it as sellout/)
    assert.equal((await create(api)).status, 200)
  })

  it('is refused of a listed image that needs a larger disk, or is of another system by now', async () => {
    const [image] = catalogueWith({}).images
    for (const [change, why] of [
      [{ min_disk: 120 }, /needs a system_disk_size of at least 120 GB/],
      [{ os_type: 'Linux' }, /has os_type Linux, the group Windows/],
    ] as const) {
      await using api = await testApi({ servers: 0, hosts: true })
      setCatalogue(catalogueWith({ images: [{ ...image, ...change }] }))
      const answer = await create(api)
      setCatalogue(null)
      assert.equal(answer.status, 400, answer.text)
      assert.match(answer.text, why)
      assert.equal(await countServers(api), 0)
    }
  })

  it('is refused in a zone, or of a disk, that the catalogue does not have, or not there', async () => {
    const plain = catalogueWith({})
    const [zone] = plain.availability_zones
    const products = plain.products.map((product) =>
      product.product_id === LARGER ? { ...product, zones: { az2: 'sellout' } } : product,
    )
    const volume_types = plain.volume_types.flatMap((type) => {
      if (type.volume_type === 'ESSD') return []
      return type.volume_type === 'SAS' ? { ...type, sold_out_zones: ['az2'] } : type
    })
    const availability_zones = [zone, { ...zone, name: 'az2', default: false }]
    const catalogue = catalogueWith({ products, volume_types, availability_zones })
    await using api = await testApi({ servers: 0, hosts: true, catalogue })
    for (const [change, why] of [
      [{ availability_zone: 'moon-1z' }, /availability_zone must be one of az1, az2/],
      [{ root_volume: { type: 'ESSD', size: 100 } }, /root_volume.type must be one of SAS, SSD, GPSSD, SATA/],
      [{ root_volume: { type: 'SAS', size: 100 }, availability_zone: 'az2' }, /SAS is sold out in az2/],
      [{ product_id: LARGER, availability_zone: 'az2' }, /the catalogue has it as sellout/],
    ] as const) {
      const answer = await create(api, change)
      assert.equal(answer.status, 400, answer.text)
      assert.match(answer.text, why)
    }
    assert.equal(await countServers(api), 0)
    assert.equal((await create(api, { product_id: LARGER })).status, 200)
    assert.equal((await create(api, { availability_zone: 'az2' })).status, 200)
    const rows = await api.db.selectFrom('fleet.server').select('availability_zone').orderBy('created_at').execute()
    assert.deepEqual(
      rows.map((row) => row.availability_zone),
      ['az1', 'az2'],
      'the default one where none is named',
    )
  })

  it('holds its subnet before its servers have a port in it', async () => {
    await using api = await testApi({ servers: 0, hosts: true })
    const { project } = api.world
    const network = await api.call('POST', `/v1/${project.id}/vpcs`, {
      body: { vpc: { name: 'v', cidr: '10.77.0.0/16' } },
    })
    assert.equal(network.status, 200, network.text)
    const { vpc } = network.body as { vpc: { id: string } }
    const body = { subnet: { name: 'other', cidr: '10.77.0.0/24', gateway_ip: '10.77.0.1', vpc_id: vpc.id } }
    const made = await api.call('POST', `/v1/${project.id}/subnets`, { body })
    assert.equal(made.status, 200, made.text)
    const { id } = (made.body as { subnet: { id: string } }).subnet
    assert.equal((await create(api, { vpc_id: vpc.id, subnet_id: id })).status, 200)
    const gone = await api.call('DELETE', `/v1/${project.id}/vpcs/${vpc.id}/subnets/${id}`)
    assert.equal(gone.status, 409, gone.text)
    assert.match(gone.text, /server /)
  })
})

it('a group counts the flavors that its servers have', async () => {
  await using api = await testApi({ servers: 1, hosts: true })
  const { project, server_group } = api.world
  const shown = async (id: string) => {
    const { body } = await api.call('GET', `/v1/${project.id}/app-server-groups/${id}`)
    return (body as { app_server_flavor_count: number }).app_server_flavor_count
  }
  assert.equal(await shown(server_group.id), 1)
  assert.equal((await create(api, { product_id: LARGER, subscription_num: 2 })).status, 200)
  assert.equal(await shown(server_group.id), 2)
  const empty = await api.call('POST', `/v1/${project.id}/app-server-groups`, { body: newGroup(api, {}) })
  assert.equal(await shown((empty.body as { id: string }).id), 0)
})

function now() {
  return { created_at: new Date(), updated_at: new Date() }
}
