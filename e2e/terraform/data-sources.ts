import assert from 'node:assert/strict'
import type { Site } from '../support/site.ts'
import { listServers } from './actions.ts'
import type { Wire } from './wire.ts'

const HOUR_MS = 3_600_000

export interface Known {
  readonly groupId: string
  readonly serverId: string
  readonly flavorId: string
}

/** The data sources around servers (contract 9.2), each read once; every member that the provider reads must be there. */
export async function readDataSources(site: Site, wire: Wire, { groupId, serverId, flavorId }: Known): Promise<void> {
  const { project } = site.world
  const get = <T>(path: string) => wire.json<T>('GET', `/v1/${project.id}${path}`)
  const listed = await listServers(wire, project.id, `&server_group_id=${groupId}`)
  assert.deepEqual(
    listed.map(({ id }) => id),
    [serverId],
  )
  const { aps_status } = await get<{ aps_status: object }>(`/app-server-groups/${groupId}/state`)
  assert.ok(Object.keys(aps_status).length > 0, 'an empty map is an error to the provider')
  const { tags } = await get<{ tags: readonly object[] }>(`/server-group/${groupId}/tags`)
  assert.equal(tags.length, 2)
  const restrict = await get<{ max_session: number; max_group_count: number }>('/app-server-groups/resources/restrict')
  assert.ok(restrict.max_session > 0 && restrict.max_group_count > 0)
  const { session_types } = await get<{ session_types: readonly object[] }>('/session-type')
  assert.ok(session_types.length > 0)
  const quota = `product_id=${flavorId}&subscription_num=1&disk_size=80&disk_num=1`
  assert.equal((await get<{ is_enough: boolean }>(`/check/quota?${quota}`)).is_enough, true)
  assert.ok((await get<{ products: readonly object[] }>('/product?limit=100')).products.length > 0)
  assert.ok((await get<{ volume_types: readonly object[] }>('/volume-type')).volume_types.length > 0)
  assert.ok(Object.keys((await get<{ azs: object }>('/availability-zone/summary')).azs).length > 0)
}

/** `huaweicloud_workspace_app_configurations`: what is not known is left out, and none is an empty list. */
export async function readConfigurations(wire: Wire, projectId: string, items: readonly string[]) {
  const path = `/v1/${projectId}/bundles/batch-query-config-info`
  const { config_infos } = await wire.json<{
    config_infos: readonly { readonly config_key: string; readonly config_value: string }[]
  }>('POST', path, { body: { items } })
  return config_infos.map(({ config_key, config_value }) => [config_key, config_value])
}

interface Metric {
  readonly metric_name: string
  readonly datapoints: readonly { readonly timestamp: number; readonly unit: string }[]
}

/** `huaweicloud_workspace_app_server_metric_data`; a list that is null or absent would be a panic or nothing at all. */
export async function readMetricData(wire: Wire, projectId: string, serverId: string, endMs: number) {
  const span = `from=${endMs - HOUR_MS}&to=${endMs}`
  const query = `namespace=SYS.ECS&metric_name=cpu_util&${span}&period=300&filter=average`
  const path = `/v1/${projectId}/app-servers/server-metric-data/${serverId}?${query}`
  const { server_metrics } = await wire.json<{ server_metrics: readonly Metric[] }>('GET', path)
  assert.ok(Array.isArray(server_metrics))
  for (const { datapoints } of server_metrics) assert.ok(Array.isArray(datapoints))
  return server_metrics
}

/** ShowServerMetricData, of which the provider has no data source: every array is there when nothing was measured. */
export async function readFiveMinutes(wire: Wire, projectId: string, serverId: string, endMs: number) {
  const [start, end] = [endMs - HOUR_MS, endMs].map((ms) => encodeURIComponent(new Date(ms).toISOString()))
  const path = `/v1/${projectId}/app-servers/metric-data/${serverId}?start_time=${start}&end_time=${end}`
  return wire.json<Readonly<Record<string, readonly object[]>>>('GET', path)
}

/** Refused with 400 and a sentence, which is what the user of the provider reads. */
export async function refusal(wire: Wire, method: string, path: string, body?: object): Promise<string> {
  const sent = body === undefined ? {} : { body, contentType: 'application/json;charset=utf8' }
  const { status, text } = await wire.send(method, path, sent)
  assert.equal(status, 400, text)
  const { error_code, error_msg } = JSON.parse(text) as { error_code: string; error_msg: string }
  assert.match(error_code, /^WKS\.\d{8}$/)
  return error_msg
}
