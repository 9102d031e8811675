import { secondsAfter } from '#kernel'
import { actionOf } from './actions.ts'
import { HostRefused, type LifecycleDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { findTask, listUnfinishedIds, postponeDeadlines } from './task.store.ts'
import { isEnd, type Task, type TaskEvent } from './task.ts'
import { driveTask as driveWork } from './task.work.ts'

/** Runs a task from where it stands until it waits for the agent or for another try, or ends. Harmless to repeat. */
export async function driveTask(deps: LifecycleDeps, taskId: string): Promise<void> {
  await drive(deps, await findTask(deps.db, taskId))
}

/** `driveTask` for one that was just read. */
export async function drive(deps: LifecycleDeps, from: Task | undefined): Promise<void> {
  let task = from
  while (task && !isEnd(task.state)) {
    const event = await act(deps, task)
    if (event === undefined) return
    const moved: Task | undefined = await moveOn(deps, task, event, 'caller')
    // the same state once more: after a pause, when its deadline has passed
    if (moved?.state === task.state) return
    task = moved
  }
}

async function act(deps: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  try {
    return await actionOf(task)?.(deps, task)
  } catch (error) {
    if (!(error instanceof HostRefused)) throw error
    const { serverId, kind } = task
    deps.log.warn({ serverId, kind, error: String(error.cause ?? error) }, 'a host refused what was asked')
    return { type: 'refused', failure: { word: 'lifecycle.host_refused', facts: { detail: error.message } } }
  }
}

/**
 * After a start: whatever was under way goes on, and has its time again. Comes before deadlines are looked for. Another
 * replica may do the same; one of them wins each step.
 */
export async function resumeTasks(deps: LifecycleDeps): Promise<number> {
  await postponeDeadlines(deps.db, secondsAfter(deps.clock.now(), deps.timing.acting))
  const ids = await listUnfinishedIds(deps.db)
  const works = ids.map((id) => ({ id }))
  if (works.length > 0) await deps.queue.enqueue(deps.db, driveWork, works)
  return ids.length
}
