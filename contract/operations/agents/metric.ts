import { Type } from 'typebox'
import { CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { ProjectParams } from '../field.ts'

export const PERIODS = [1, 300, 1200, 3600, 14400, 86400] as const
export type Period = (typeof PERIODS)[number]
export const FILTERS = ['average', 'max', 'min', 'sum', 'variance'] as const
export type Filter = (typeof FILTERS)[number]
export const NAMESPACES = ['SYS.ECS', 'AGT.ECS'] as const

const ServerParams = Type.Object({
  ...ProjectParams.properties,
  server_id: Type.String({ minLength: 1, maxLength: 128 }),
})

const Averages = Type.Optional(
  Type.Array(
    Type.Object({
      average: Type.Number(),
      timestamp: Type.Integer({ description: 'Beginning of the five minutes, in milliseconds.' }),
    }),
  ),
)

const FIRST_PERIOD = 'The first period is the one it falls in, whole: that may begin before.'

const METRIC_ERRORS = [
  'http.invalid',
  ...CALLER_ERRORS,
  'agents.metrics_refused',
  'fleet.server_not_found',
  'http.method_not_allowed',
] as const

/** Contract section 3.4. With a metric_name the answer has that array only. */
export const showServerMetricData = defineOperation({
  id: 'ShowServerMetricData',
  module: 'agents',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/metric-data/{server_id}',
  summary: 'Show what a server measured, by five minutes, over an hour to 30 days.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:getMetricData',
    level: 'Read',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: ServerParams,
  query: Type.Object({
    start_time: Type.String({ minLength: 1, maxLength: 32, description: `UTC, RFC 3339. ${FIRST_PERIOD}` }),
    end_time: Type.String({ minLength: 1, maxLength: 32, description: 'UTC, RFC 3339.' }),
    metric_name: Type.Optional(Type.String({ maxLength: 255, description: 'Empty: all of them.' })),
  }),
  body: null,
  status: 200,
  response: Type.Object({
    cpu_info: Averages,
    memory_info: Averages,
    disk_util_inband: Averages,
    disk_read_bytes_rate: Averages,
    disk_write_bytes_rate: Averages,
    disk_read_requests_rate: Averages,
    disk_write_requests_rate: Averages,
    network_incoming_bytes_rate_inband: Averages,
    network_outgoing_bytes_rate_inband: Averages,
    network_incoming_bytes_aggregate_rate: Averages,
    network_outgoing_bytes_aggregate_rate: Averages,
    network_vm_connections: Averages,
  }),
  errors: METRIC_ERRORS,
})

/** Contract section 3.4. The name of the permission is not published; it follows that of ShowServerMetricData. */
export const listServerMetricData = defineOperation({
  id: 'ListServerMetricData',
  module: 'agents',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/server-metric-data/{server_id}',
  summary: 'Query one metric of a server with period and aggregation.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:listMetricData',
    level: 'Read',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: ServerParams,
  query: Type.Object({
    namespace: Type.Enum([...NAMESPACES]),
    metric_name: Type.String({ minLength: 1, maxLength: 255 }),
    from: Type.String({ pattern: '^\\d{1,15}$', description: `Milliseconds since the epoch. ${FIRST_PERIOD}` }),
    to: Type.String({ pattern: '^\\d{1,15}$', description: 'Milliseconds since the epoch, after from.' }),
    period: Type.Integer({ enum: [...PERIODS], description: 'Seconds; 1: as measured.' }),
    filter: Type.Enum([...FILTERS]),
  }),
  body: null,
  status: 200,
  response: Type.Object({
    server_metrics: Type.Array(
      Type.Object({
        metric_name: Type.String(),
        dimension_value: Type.Optional(Type.String({ description: 'The GPU, where it is about one.' })),
        datapoints: Type.Array(
          Type.Object({
            average: Type.Optional(Type.Number()),
            max: Type.Optional(Type.Number()),
            min: Type.Optional(Type.Number()),
            sum: Type.Optional(Type.Number()),
            variance: Type.Optional(Type.Number()),
            timestamp: Type.Integer({ description: 'Beginning of the period, in milliseconds.' }),
            unit: Type.String(),
          }),
        ),
      }),
    ),
  }),
  errors: METRIC_ERRORS,
})
