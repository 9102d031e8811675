import type { MetricName, Sample } from '../../contract/agent/metrics.ts'

/** What can be read at one moment. Counters only grow, since the boot; gauges are what is now. */
export interface Reading {
  /** Milliseconds of any clock that does not jump. */
  readonly at: number
  /** Time the processors were busy, and all their time, in one unit. */
  readonly cpu: { readonly busy: number; readonly total: number } | null
  readonly gauges: Sample
  readonly counters: Sample
}

/**
 * What two readings say of the time between them: gauges of the later, counters as rates in a second. A counter that
 * became smaller began anew in between and says nothing.
 */
export function measure(before: Reading, after: Reading): Sample {
  const seconds = (after.at - before.at) / 1000
  if (seconds <= 0) return {}
  const rates = Object.entries(after.counters).flatMap(([name, value]) => {
    const former = before.counters[name as MetricName]
    return former === undefined || value < former ? [] : [[name, (value - former) / seconds] as const]
  })
  return { ...cpuUtil(before, after), ...after.gauges, ...Object.fromEntries(rates) }
}

function cpuUtil({ cpu: before }: Reading, { cpu: after }: Reading): Sample {
  if (before === null || after === null) return {}
  const total = after.total - before.total
  if (total <= 0 || after.busy < before.busy) return {}
  return { cpu_util: percent(after.busy - before.busy, total) }
}

export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(100, Math.max(0, (part / whole) * 100))
}
