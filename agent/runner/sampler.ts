import { METRIC_NAMES, type MetricName, type Metrics, MOST_SAMPLES, type Sample } from '../../contract/agent/metrics.ts'
import { type Clock, every } from '../clock.ts'
import type { MetricsDriver } from '../drivers/metrics.ts'
import { type Log, reasonOf } from '../log.ts'
import { measure, type Reading } from '../metrics/measure.ts'

export const SAMPLE_MS = 10_000
/** Looks that go together into one frame. */
const LOOKS = 6

export type SamplerDeps = {
  readonly metrics: MetricsDriver
  readonly clock: Clock
  readonly log: Log
  /** Takes a frame or drops it: what is measured is never kept for later. */
  readonly send: (metrics: Metrics) => void
}

/** Looks at the host every ten seconds and sends what it saw once a minute. The returned function ends it. */
export function startSampler({ metrics, clock, log, send }: SamplerDeps): () => void {
  let before: Reading | undefined
  let samples: Sample[] = []
  let isLooking = false
  let hasFailed = false

  const look = async () => {
    if (isLooking) return
    isLooking = true
    try {
      const reading = await metrics.read()
      if (before !== undefined) samples.push(measure(before, reading))
      before = reading
      hasFailed = false
    } catch (error) {
      if (!hasFailed) log('warn', 'the host cannot be measured; trying on', { reason: reasonOf(error) })
      hasFailed = true
      before = undefined
    }
    isLooking = false
    if (samples.length < LOOKS) return
    const values = gather(samples)
    samples = []
    if (Object.keys(values).length > 0) send({ type: 'metrics', values })
  }
  void look()
  return every(clock, SAMPLE_MS, () => void look())
}

/** Per metric what was seen of it, oldest first. */
export function gather(samples: readonly Sample[]): Metrics['values'] {
  const seen = (name: MetricName) => samples.flatMap((sample) => sample[name] ?? []).slice(-MOST_SAMPLES)
  return Object.fromEntries(METRIC_NAMES.map((name) => [name, seen(name)] as const).filter(([, all]) => all.length > 0))
}
