import { startWatch, type Watch } from '#jobs'
import type { TsviDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { listOverdue } from './update.store.ts'

/** Moves every update whose deadline has passed. Replicas may do so together: one wins each. */
export async function checkDeadlines(deps: TsviDeps): Promise<void> {
  for (const update of await listOverdue(deps.db, deps.clock.now())) {
    await moveOn(deps, update, { type: 'deadline' }, 'queue')
  }
}

export function watchDeadlines(deps: TsviDeps, everyMs?: number): Watch {
  return startWatch('deadlines', () => checkDeadlines(deps), deps.log, everyMs)
}
