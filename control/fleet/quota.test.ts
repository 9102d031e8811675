import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { createOrder } from '../../contract/operations/fleet/order.ts'
import { type TestApi, testApi } from '../testing/api.ts'
import { parseCatalogue } from './catalogue.store.ts'
import { requireQuota } from './quota.service.ts'
import { amountsOf, compare, limitsOf } from './quota.ts'
import { holdActiveTenant } from './tenant.store.ts'
import { callGroups, messageOf } from './test-groups.ts'

const XLARGE = 'workspace.appstream.general.xlarge.2'

const QUOTA = { instances: 10, cores: 14, memory: 65536, volumes: 100, volume_gigabytes: 1000, gpu_instances: 0 }
const CATALOGUE = parseCatalogue(JSON.stringify({ quotas: { default: QUOTA } }), 'test.yaml')

let api: TestApi
before(async () => {
  // three servers of 2 vCPUs, 4 GB and a disk of 80 GB
  api = await testApi({ servers: 3, catalogue: CATALOGUE })
  await insertFleet(api.db, { cidr: '10.8.0.0/24', servers: 5 })
})
after(() => api[Symbol.asyncDispose]())

const check = (query: object) => {
  const search = new URLSearchParams({ product_id: XLARGE, disk_size: '100', disk_num: '2', ...query })
  return callGroups(api, 'CheckQuota', ['GET', `/check/quota?${search}`])
}

describe('the quota of a project', () => {
  it('is what is left of each thing when its own servers are counted, and no others', async () => {
    const answer = await check({ subscription_num: '4' })
    assert.deepEqual(answer.body, {
      is_enough: true,
      quota_remainder: [
        { type: 'INSTANCES', remainder: 7, need: 4 },
        { type: 'VOLUME_GIGABYTES', remainder: 760, need: 400 },
        { type: 'VOLUMES', remainder: 97, need: 8 },
        { type: 'CORES', remainder: 8, need: 8 },
        { type: 'MEMORY', remainder: 53248, need: 16384 },
      ],
    })
  })

  it('is not enough when one thing is not', async () => {
    assert.partialDeepStrictEqual((await check({ subscription_num: '5', is_period: 'true' })).body, {
      is_enough: false,
    })
  })

  it('is shown whole', async () => {
    const { status, body } = await api.call('GET', `/v2/${api.world.project.id}/quotas`)
    const resources = [
      { type: 'INSTANCES', quota: 10, used: 3 },
      { type: 'VOLUME_GIGABYTES', quota: 1000, used: 240, unit: 'GB' },
      { type: 'VOLUMES', quota: 100, used: 3 },
      { type: 'CORES', quota: 14, used: 6 },
      { type: 'MEMORY', quota: 65536, used: 12288, unit: 'MB' },
      { type: 'GPU_INSTANCES', quota: 0, used: 0 },
    ]
    assert.deepEqual([status, body], [200, { quotas: { resources }, site_quotas: [] }])
  })

  const REFUSALS: readonly (readonly [query: Record<string, string>, says: RegExp])[] = [
    [{ subscription_num: '0' }, /subscription_num must be at least 1/],
    [{ subscription_num: '101' }, /subscription_num must be at most 100/],
    [{ subscription_num: 'many' }, /subscription_num must be a whole number/],
    [{ subscription_num: '1', disk_size: '9' }, /disk_size must be at least 10/],
    [{ subscription_num: '1', disk_num: '12' }, /disk_num must be at most 11/],
    [{ subscription_num: '1', is_period: 'perhaps' }, /is_period must be one of true, false/],
    [{ subscription_num: '1', product_id: 'none' }, /'none' is not in the catalogue/],
  ]
  for (const [query, says] of REFUSALS) {
    it(`is not checked for ${JSON.stringify(query)}`, async () => {
      const answer = await check(query)
      assert.equal(answer.status, 400)
      assert.match(messageOf(answer), says)
    })
  }

  it('has nothing left, not less, where a project has more than it may', () => {
    const used = amountsOf({ count: 20, cpu: 2, memoryMb: 4096, isGpu: true, diskSize: 80, diskCount: 1 })
    const { is_enough, quota_remainder } = compare(limitsOf(QUOTA), used, used)
    assert.equal(is_enough, false)
    assert.deepEqual(
      quota_remainder.find(({ type }) => type === 'INSTANCES'),
      { type: 'INSTANCES', need: 20, remainder: 0 },
    )
    assert.ok(quota_remainder.some(({ type, need }) => type === 'GPU_INSTANCES' && need === 20))
  })
})

describe('servers that are wanted', () => {
  const require = (count: number) =>
    api.db.transaction().execute(async (trx) => {
      await holdActiveTenant(trx, api.world.project.id, new Date())
      await requireQuota(trx, api.world.project.id, { productId: XLARGE, count, diskSize: 80, diskCount: 1 })
    })

  it('are within the quota, or told what there is too little of', async () => {
    await require(4)
    await assert.rejects(require(5), {
      word: 'fleet.quota_exhausted',
      message: /CORES needs 10, and 8 of 14 are left\. Nothing was started\./,
    })
    await assert.rejects(require(8), { message: /INSTANCES needs 8, and 7 of 10 are left/ })
  })
})

describe('an order', () => {
  const order = (body: object) => callGroups(api, 'CreateOrder', ['POST', '/bundles/subscribe/order'], body)

  it('is refused in the shape of the service, because nothing is sold', async () => {
    const answer = await order(createOrder.example.body)
    assert.equal(answer.status, 400)
    assert.partialDeepStrictEqual(answer.body, { error_code: 'WKS.00129901' })
    assert.match(messageOf(answer), /Nothing is sold here/)
  })

  it('is looked at first', async () => {
    const [resource] = createOrder.example.body.resources
    const many = { type: 'createApps', resources: [{ ...resource, subscription_num: 101 }] }
    assert.match(messageOf(await order(many)), /subscription_num must be at most 100/)
    assert.match(messageOf(await order({ type: 'createApps', resources: [] })), /resources needs at least 1/)
    assert.match(
      messageOf(await order({ ...createOrder.example.body, type: 'other' })),
      /type must be one of createApps/,
    )
  })
})
