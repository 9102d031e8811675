import type { Db } from '#db'
import { startWatch, type Watch } from '#jobs'
import type { Clock, Log } from '#kernel'
import { pruneMetrics } from './metric.store.ts'

/** Deletes what of one thing is too old, in bounded steps, and returns how much that was. */
export type Prune = (db: Db, at: Date) => Promise<number>

export interface PruneDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  /** How long what servers measured is kept; a deleted server's ages alike. */
  readonly keptSeconds: number
  /** What of other modules ages, by name. */
  readonly others: Readonly<Record<string, Prune>>
}

const EVERY_MS = 3_600_000

/** Deletes what is too old now and then; replicas may do so together. What fails does not keep the others from it. */
export function watchAge({ db, clock, log, keptSeconds, others }: PruneDeps, everyMs = EVERY_MS): Watch[] {
  const all: Record<string, Prune> = { measurements: (db, at) => pruneMetrics(db, keptSeconds, at), ...others }
  return Object.entries(all).map(([what, prune]) => {
    const look = async () => {
      const pruned = await prune(db, clock.now())
      if (pruned > 0) log.info({ what, pruned }, 'what is too old was deleted')
    }
    return startWatch(`the age of ${what}`, look, log, everyMs)
  })
}
