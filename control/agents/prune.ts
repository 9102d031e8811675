import type { Db } from '#db'
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
export function watchAge({ db, clock, log, keptSeconds }: PruneDeps, everyMs = EVERY_MS): { close(): Promise<void> } {
  const prune = async () => {
    try {
      const pruned = await pruneMetrics(db, keptSeconds, clock.now())
      if (pruned > 0) log.info({ pruned }, 'measurements that are too old were deleted')
    } catch (error) {
      log.warn({ error: String(error) }, 'old measurements cannot be deleted; trying again later')
    }
  }
  let pruning = prune()
  const timer = setInterval(() => {
    pruning = pruning.then(prune)
  }, everyMs)
  return {
    close: async () => {
      clearInterval(timer)
      await pruning
    },
  }
}
