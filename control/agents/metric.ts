import { METRIC_NAMES, METRIC_UNITS, type MetricName } from '../../contract/agent/metrics.ts'
import type { Period } from '../../contract/operations/agents/metric.ts'

/** Instants from which to which (exclusive) something is asked; the period that the first falls in counts as a whole. */
export interface Span {
  readonly from: Date
  readonly to: Date
}

/** What a request asks for, or the sentence that says which rule it breaks. */
export type Asked<T> = T | { readonly problem: string }

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRIC_UNITS, name)
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Contract 3.4: ShowServerMetricData is asked over an hour at least and 30 days at most; no name asks for all. */
export function readShow(
  startTime: string,
  endTime: string,
  metricName: string,
): Asked<Span & { readonly names: readonly MetricName[] }> {
  const from = instantOf(startTime)
  const to = instantOf(endTime)
  if (from === undefined) return { problem: noInstant('start_time') }
  if (to === undefined) return { problem: noInstant('end_time') }
  if (metricName !== '' && !isMetricName(metricName)) return { problem: unknownName(metricName) }
  const length = to.getTime() - from.getTime()
  if (length < HOUR_MS || length > 30 * DAY_MS) {
    return { problem: 'end_time must be 1 hour to 30 days after start_time' }
  }
  return { from, to, names: metricName === '' ? METRIC_NAMES : [metricName] }
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?$/

/** RFC 3339; without an offset it is UTC, as official clients send it. */
function instantOf(text: string): Date | undefined {
  // in a query string an unescaped + arrives as a blank
  const escaped = text.replace(' ', '+')
  if (!INSTANT.test(escaped)) return undefined
  const at = new Date(/(?:Z|[+-]\d\d:\d\d)$/.test(escaped) ? escaped : `${escaped}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}

function noInstant(field: string): string {
  return `${field} must be a UTC time such as 2026-05-21T08:00:00Z`
}

function unknownName(name: string): string {
  return `metric_name '${name.slice(0, 64)}' is not measured; measured are ${METRIC_NAMES.join(', ')}`
}

/** As they were measured, they are asked for over four hours; else for so many periods as fit on a screen ten times. */
const RAW_MS = 4 * HOUR_MS
const MOST_POINTS = 3_000

export interface ListAsked extends Span {
  readonly period: Period
}

export function readList(query: { from: string; to: string; period: number }): Asked<ListAsked> {
  const [from, to] = [Number(query.from), Number(query.to)]
  const period = query.period as Period
  if (from >= to) return { problem: 'from must be before to' }
  if (period === 1 && to - from > RAW_MS) return { problem: 'with period 1, to must be 4 hours after from at most' }
  if (period > 1 && (to - from) / 1000 / period > MOST_POINTS) {
    return { problem: `from and to must be ${MOST_POINTS} periods of ${period} s apart at most; take a longer period` }
  }
  return { from: new Date(from), to: new Date(to), period }
}

/** SYS.ECS is what the host itself measures; AGT.ECS asks for GPUs, and no agent measures one. */
export function readName(namespace: string, name: string): Asked<{ readonly name: MetricName | null }> {
  if (namespace === 'AGT.ECS') return { name: null }
  return isMetricName(name) ? { name } : { problem: unknownName(name) }
}

/** The sums of one period of one metric. */
export interface Sums {
  readonly at: Date
  readonly count: number
  readonly sum: number
  readonly sum_of_squares: number
  readonly min: number
  readonly max: number
}

export const AGGREGATES = {
  average: ({ sum, count }: Sums) => sum / count,
  max: ({ max }: Sums) => max,
  min: ({ min }: Sums) => min,
  sum: ({ sum }: Sums) => sum,
  /** Of all that was measured, not of a part: divided by its number. Rounding must not make it negative. */
  variance: ({ sum, sum_of_squares, count }: Sums) => Math.max(0, sum_of_squares / count - (sum / count) ** 2),
} as const
