import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { listServerMetricData, showServerMetricData } from '../../contract/operations/agents/metric.ts'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { insertMetrics, type Measured } from './metric.store.ts'

const START = Date.parse('2026-05-21T08:00:00Z')
const minutes = (count: number) => START + count * 60_000

let api: TestApi
let foreign: TestFleet
let serverId: string
before(async () => {
  api = await testApi({ servers: 2 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  serverId = String(api.world.servers[0]?.id)
  const measure = (at: number, values: Measured['values']) =>
    insertMetrics(api.db, [{ serverId, values }], new Date(at))
  await measure(minutes(0), { cpu_util: [10, 20], mem_util: [40] })
  await measure(minutes(4), { cpu_util: [60] })
  await measure(minutes(5), { cpu_util: [5], network_vm_connections: [3] })
  await measure(minutes(25), { cpu_util: [100] })
  await insertMetrics(api.db, [{ serverId: foreign.serverIds[0] ?? '', values: { cpu_util: [77] } }], new Date(START))
})
after(() => api[Symbol.asyncDispose]())

async function ask(operation: string, folder: string, query: Record<string, string>, id = serverId): Promise<Answer> {
  const path = `/v1/${api.world.project.id}/app-servers/${folder}/${id}?${new URLSearchParams(query)}`
  const answer = await api.call('GET', path)
  assertDeclared(operation, answer)
  return answer
}

const HOUR = { start_time: '2026-05-21T08:00:00Z', end_time: '2026-05-21T09:00:00Z' }
const show = (query: Record<string, string>, id = serverId) => ask('ShowServerMetricData', 'metric-data', query, id)
const LIST = {
  namespace: 'SYS.ECS',
  metric_name: 'cpu_util',
  from: String(START),
  to: String(minutes(60)),
  period: '300',
  filter: 'average',
}
const list = (query: Record<string, string> = {}, id = serverId) =>
  ask('ListServerMetricData', 'server-metric-data', { ...LIST, ...query }, id)

async function points(query: Record<string, string>): Promise<unknown> {
  const { body, status, text } = await list(query)
  assert.equal(status, 200, text)
  const [metric] = (body as { server_metrics: { datapoints: unknown }[] }).server_metrics
  return metric?.datapoints
}

describe('ShowServerMetricData', () => {
  it('shows all metrics by five minutes, with nothing for what was not measured', async () => {
    const { body } = await show(HOUR)
    const shown = body as Record<string, unknown>
    assert.deepEqual(shown.cpu_info, [
      { average: 30, timestamp: START },
      { average: 5, timestamp: minutes(5) },
      { average: 100, timestamp: minutes(25) },
    ])
    assert.deepEqual(shown.memory_info, [{ average: 40, timestamp: START }])
    assert.deepEqual(shown.network_vm_connections, [{ average: 3, timestamp: minutes(5) }])
    assert.deepEqual(shown.disk_util_inband, [])
    assert.equal(Object.keys(shown).length, 12)
  })

  it('begins with the five minutes in which the range begins, whole', async () => {
    const { body } = await show({ start_time: '2026-05-21T08:04:00Z', end_time: '2026-05-21T09:04:00Z' })
    assert.deepEqual((body as { cpu_info: readonly unknown[] }).cpu_info[0], { average: 30, timestamp: START })
  })

  it('says so in the contract', () => {
    const described = [showServerMetricData.query.properties.start_time, listServerMetricData.query.properties.from]
    for (const field of described) assert.match(JSON.stringify(field), /may begin before/)
  })

  it('shows one metric where one is named', async () => {
    assert.deepEqual((await show({ ...HOUR, metric_name: 'mem_util' })).body, {
      memory_info: [{ average: 40, timestamp: START }],
    })
  })

  it('refuses a range and a name that are none, with the rule', async () => {
    const short = await show({ ...HOUR, end_time: '2026-05-21T08:30:00Z' })
    assert.equal(short.status, 400)
    assert.match(short.text, /WKS\.00129901.*1 hour to 30 days/)
    assert.equal((await show({ ...HOUR, metric_name: 'nothing' })).status, 400)
    assert.equal((await show({ start_time: HOUR.start_time })).status, 400)
  })

  it('knows neither a server that is unknown nor one of another project', async () => {
    for (const id of ['nobody', foreign.serverIds[0]]) assert.equal((await show(HOUR, id)).status, 404)
  })
})

describe('ListServerMetricData', () => {
  it('gives one aggregate by the period', async () => {
    assert.deepEqual(await points({ period: '1200', filter: 'sum' }), [
      { sum: 95, timestamp: START, unit: '%' },
      { sum: 100, timestamp: minutes(20), unit: '%' },
    ])
    assert.deepEqual(await points({ period: '3600', filter: 'max' }), [{ max: 100, timestamp: START, unit: '%' }])
    assert.deepEqual(await points({ period: '300', filter: 'min', to: String(minutes(5)) }), [
      { min: 10, timestamp: START, unit: '%' },
    ])
    const [variance] = (await points({ period: '300', filter: 'variance' })) as { variance: number }[]
    assert.ok(Math.abs((variance?.variance ?? 0) - 1400 / 3) < 1e-9)
  })

  it('gives minutes where it is asked for what was measured', async () => {
    const answer = await points({ period: '1', to: String(minutes(5)) })
    assert.deepEqual(answer, [
      { average: 15, timestamp: START, unit: '%' },
      { average: 60, timestamp: minutes(4), unit: '%' },
    ])
  })

  it('begins with the period in which the range begins', async () => {
    assert.deepEqual(await points({ from: String(minutes(1)), to: String(minutes(6)) }), [
      { average: 30, timestamp: START, unit: '%' },
      { average: 5, timestamp: minutes(5), unit: '%' },
    ])
  })

  it('has nothing of GPUs, and an empty list for what was not measured', async () => {
    assert.deepEqual((await list({ namespace: 'AGT.ECS', metric_name: 'gpu_usage_gpu' })).body, { server_metrics: [] })
    assert.deepEqual(await points({ metric_name: 'disk_util_inband' }), [])
  })

  for (const [what, query] of [
    ['a namespace', { namespace: 'SYS' }],
    ['a period', { period: '60' }],
    ['a filter', { filter: 'median' }],
    ['a metric', { metric_name: 'gpu_usage_gpu' }],
    ['a time', { from: '2026-05-21T08:00:00Z' }],
    ['an order', { from: LIST.to, to: LIST.from }],
    ['a length', { period: '1', to: String(minutes(241)) }],
  ] as const) {
    it(`refuses ${what} that is none`, async () => assert.equal((await list(query)).status, 400))
  }

  it('knows neither a server that is unknown nor one of another project', async () => {
    for (const id of ['nobody', foreign.serverIds[0]]) assert.equal((await list({}, id)).status, 404)
  })
})
