import { type Static, type TArray, type TNumber, type TOptional, Type } from 'typebox'

/** What an agent measures, by the name the API knows it by, with its unit. All of it is of the host as the agent sees it. */
export const METRIC_UNITS = {
  cpu_util: '%',
  mem_util: '%',
  /** Of the root file system, how much of it is used. */
  disk_util_inband: '%',
  disk_read_bytes_rate: 'byte/s',
  disk_write_bytes_rate: 'byte/s',
  disk_read_requests_rate: 'request/s',
  disk_write_requests_rate: 'request/s',
  /** Of the interface the default route leaves by. */
  network_incoming_bytes_rate_inband: 'byte/s',
  network_outgoing_bytes_rate_inband: 'byte/s',
  /** Of all interfaces but the loopback. */
  network_incoming_bytes_aggregate_rate: 'byte/s',
  network_outgoing_bytes_aggregate_rate: 'byte/s',
  /** TCP and UDP sockets in use. */
  network_vm_connections: 'count',
} as const
export type MetricName = keyof typeof METRIC_UNITS
export const METRIC_NAMES = Object.keys(METRIC_UNITS) as readonly MetricName[]

/** What one look at the host gives: a host that cannot measure something leaves it out. */
export type Sample = Readonly<Partial<Record<MetricName, number>>>

/** Looks in one frame, at most. */
export const MOST_SAMPLES = 12
const LARGEST = 1e18

const Samples = Type.Array(Type.Number({ minimum: 0, maximum: LARGEST }), { minItems: 1, maxItems: MOST_SAMPLES })
const Percentages = Type.Array(Type.Number({ minimum: 0, maximum: 100 }), { minItems: 1, maxItems: MOST_SAMPLES })

const Values = Object.fromEntries(
  METRIC_NAMES.map((name) => [name, Type.Optional(METRIC_UNITS[name] === '%' ? Percentages : Samples)]),
) as Record<MetricName, TOptional<TArray<TNumber>>>

/** The looks of about a minute, oldest first. When they were is what the control plane's clock says on arrival. */
export const Metrics = Type.Object(
  {
    type: Type.Literal('metrics'),
    values: Type.Object(Values, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
export type Metrics = Static<typeof Metrics>
