import type { TsviDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { listOverdue } from './update.store.ts'

/** Moves every update whose deadline has passed. Replicas may do so together: one wins each. */
export async function checkDeadlines(deps: TsviDeps): Promise<void> {
  for (const update of await listOverdue(deps.db, deps.clock.now())) {
    await moveOn(deps, update, { type: 'deadline' }, 'queue')
  }
}

export interface Watch {
  close(): Promise<void>
}

const EVERY_MS = 1_000

/** A deadline is a column of its update: nothing is queued for it, and a look each second misses none. */
export function watchDeadlines(deps: TsviDeps, everyMs = EVERY_MS): Watch {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let isFailing = false
  const look = async () => {
    try {
      await checkDeadlines(deps)
      isFailing = false
    } catch (error) {
      if (!isFailing) deps.log.warn({ error: String(error) }, 'deadlines cannot be checked; trying again')
      isFailing = true
    }
    if (!closed) timer = setTimeout(start, everyMs)
  }
  let looking = Promise.resolve()
  const start = () => {
    looking = look()
  }
  start()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await looking
    },
  }
}
