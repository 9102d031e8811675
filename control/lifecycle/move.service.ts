import type { Trx } from '#db'
import { type Shown, showTask } from '#fleet'
import { finishSubJob } from '#jobs'
import type { LifecycleDeps } from './deps.ts'
import { writeEnd } from './ends.ts'
import { renderFailure } from './failure.ts'
import { patienceOf, rulesOf, transition } from './rules.ts'
import { moveTask } from './task.store.ts'
import { isEnd, type Move, type Phase, type Task, type TaskEvent } from './task.ts'
import { driveTask } from './task.work.ts'

/**
 * Who runs the action of the state an event leads to: the caller, who is durable work already, or the queue, told in
 * the same transaction.
 */
export type Next = 'caller' | 'queue'

/**
 * Applies an event: the task, its sub-job and its server agree, and whatever is to be done next is queued, all of it or
 * nothing. Returns the task where it is now; undefined when the event means nothing to it, or somebody was faster.
 */
export async function moveOn(deps: LifecycleDeps, task: Task, event: TaskEvent, next: Next): Promise<Task | undefined> {
  const move = transition(task, event, deps.timing)
  if (!move) return undefined
  const at = deps.clock.now()
  const phase = phaseAfter(move, next)
  const seconds = phase === 'queued' ? deps.timing.queued : patienceOf(task, move, deps.timing)
  const isDue = event.type === 'deadline'
  const moved = await deps.db.transaction().execute(async (trx) => {
    const moved = await moveTask(trx, task, move, { at, phase, seconds, isDue })
    if (!moved) return undefined
    await show(deps, trx, moved, at)
    if (phase === 'queued') await deps.queue.enqueue(trx, driveTask, [{ id: moved.id }])
    return moved
  })
  if (moved) logMove(deps, task, move)
  return moved
}

function phaseAfter({ state, isPause }: Move, next: Next): Phase {
  if (isPause) return 'pausing'
  return next === 'queue' && !isEnd(state) ? 'queued' : 'running'
}

/** What the server shows, what the kind writes at its end, and the end of the sub-job. */
async function show(deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  const { ends, states } = rulesOf(task.kind)
  if (!isEnd(task.state)) {
    const shown = states[task.state]?.shows
    if (shown) await showTask(trx, task.serverId, shown, at)
    return
  }
  const failure = task.state === 'failed' ? renderFailure(task.failure) : null
  const end = failure ? ends.failed : ends.done(task)
  await writeEnd(deps, trx, task, at)
  if (end === 'handed_over') return
  if (end !== 'gone') await showTask(trx, task.serverId, withJob(task, end), at)
  if (task.subJobId !== null) await finishSubJob(trx, task.subJobId, { step: task.state, at, failure })
}

function withJob({ subJobId, state }: Task, shown: Shown): Shown {
  return subJobId === null ? shown : { ...shown, jobStatus: state === 'failed' ? 'FAILED' : 'SUCCESS' }
}

function logMove(deps: LifecycleDeps, task: Task, move: Move): void {
  const { serverId, jobId, kind } = task
  const fields = { serverId, jobId, kind, from: task.state, to: move.state, attempt: move.attempt }
  if (move.state === 'failed') deps.log.warn({ ...fields, failure: move.failure }, 'a task on a server failed')
  else deps.log.info(fields, 'a task on a server moved on')
}
