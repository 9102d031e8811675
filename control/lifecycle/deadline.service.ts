import { eachAlone, startWatch, type Watch } from '#jobs'
import type { LifecycleDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { listOverdue } from './task.store.ts'

/**
 * Moves every task whose deadline has passed. Replicas may do so together: one wins each. Throws when some could not be
 * moved, say because their kind is of a newer version, after all the others were.
 */
export async function checkTaskDeadlines(deps: LifecycleDeps): Promise<void> {
  const overdue = await listOverdue(deps.db, deps.clock.now())
  await eachAlone(overdue, (task) => moveOn(deps, task, { type: 'deadline' }, 'queue'))
}

export function watchTaskDeadlines(deps: LifecycleDeps, everyMs?: number): Watch {
  return startWatch('deadlines of tasks', () => checkTaskDeadlines(deps), deps.log, everyMs)
}
