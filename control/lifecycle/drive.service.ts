import { secondsAfter } from '#kernel'
import { actionOf } from './actions.ts'
import { endLeftHost } from './create.actions.ts'
import { HostRefused, type LifecycleDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { patienceOf } from './rules.ts'
import { beginTask, findTask, listUnfinishedIds, queueAgain } from './task.store.ts'
import { isEnd, type Task, type TaskEvent } from './task.ts'
import { driveTask as driveWork } from './task.work.ts'

/** Runs a task from where it stands until it waits for the agent or for another try, or ends. Harmless to repeat. */
export async function driveTask(deps: LifecycleDeps, taskId: string): Promise<void> {
  await drive(deps, await findTask(deps.db, taskId))
  await endLeftHost(deps, await findTask(deps.db, taskId))
}

/** `driveTask` for one that was just read. */
export async function drive(deps: LifecycleDeps, from: Task | undefined): Promise<void> {
  let task = await begun(deps, from)
  // what pauses goes on when its deadline has passed
  while (task && !isEnd(task.state) && task.phase !== 'pausing') {
    const event = await act(deps, task)
    if (event === undefined) return
    task = await moveOn(deps, task, event, 'caller')
  }
}

/** The time of a state begins when its turn has come. Of two whose turn it is, one begins. */
async function begun({ db, clock, timing }: LifecycleDeps, task: Task | undefined): Promise<Task | undefined> {
  if (task?.phase !== 'queued') return task
  const seconds = patienceOf(task, task, timing)
  return beginTask(db, task, seconds === null ? null : secondsAfter(clock.now(), seconds))
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
 * After a start: whatever was under way goes on, and has its time again if that is soon over: nobody may have been
 * there to hear an agent. Comes before deadlines are looked for. Another replica may do the same; one of them wins each
 * step.
 */
export async function resumeTasks(deps: LifecycleDeps): Promise<number> {
  const { db, clock, timing } = deps
  const soon = secondsAfter(clock.now(), timing.acting)
  await queueAgain(db, soon, secondsAfter(clock.now(), timing.queued))
  const ids = await listUnfinishedIds(deps.db)
  const works = ids.map((id) => ({ id }))
  if (works.length > 0) await deps.queue.enqueue(deps.db, driveWork, works)
  return ids.length
}
