import { startWatch, type Watch } from '#jobs'
import type { LifecycleDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { listOverdue } from './task.store.ts'

/** Moves every task whose deadline has passed. Replicas may do so together: one wins each. */
export async function checkTaskDeadlines(deps: LifecycleDeps): Promise<void> {
  for (const task of await listOverdue(deps.db, deps.clock.now())) {
    await moveOn(deps, task, { type: 'deadline' }, 'queue')
  }
}

export function watchTaskDeadlines(deps: LifecycleDeps, everyMs?: number): Watch {
  return startWatch('deadlines of tasks', () => checkTaskDeadlines(deps), deps.log, everyMs)
}
