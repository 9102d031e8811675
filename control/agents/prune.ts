import type { Db } from '#db'
import { startWatch, type Watch } from '#jobs'
import type { Clock, Log } from '#kernel'
import { pruneMetrics } from './metric.store.ts'

export interface PruneDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  /** How long what servers measured is kept. */
  readonly keptSeconds: number
}

const EVERY_MS = 3_600_000

/** Deletes what is too old now and then; replicas may do so together. */
export function watchAge({ db, clock, log, keptSeconds }: PruneDeps, everyMs = EVERY_MS): Watch {
  const prune = async () => {
    const pruned = await pruneMetrics(db, keptSeconds, clock.now())
    if (pruned > 0) log.info({ pruned }, 'measurements that are too old were deleted')
  }
  return startWatch('the age of measurements', prune, log, everyMs)
}
