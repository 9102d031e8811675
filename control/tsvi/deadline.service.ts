import { eachAlone, startWatch, type Watch } from '#jobs'
import type { TsviDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { listOverdue } from './update.store.ts'

/** Moves every update whose deadline has passed. Replicas may do so together: one wins each, and none holds up another. */
export async function checkDeadlines(deps: TsviDeps): Promise<void> {
  const overdue = await listOverdue(deps.db, deps.clock.now())
  await eachAlone(overdue, (update) => moveOn(deps, update, { type: 'deadline' }, 'queue'))
}

export function watchDeadlines(deps: TsviDeps, everyMs?: number): Watch {
  return startWatch('deadlines', () => checkDeadlines(deps), deps.log, everyMs)
}
