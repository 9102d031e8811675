import { secondsAfter } from '#kernel'
import { runAction } from './actions.ts'
import type { TsviDeps } from './deps.ts'
import { moveOn } from './move.service.ts'
import { readTarget } from './target.ts'
import { findUpdate, listUnfinishedIds, postponeDeadlines } from './update.store.ts'
import { asksForAction, patience, type Update } from './update.ts'
import { driveUpdate as driveWork } from './update.work.ts'

/** Runs an update from where it stands until it waits for the agent, or ends. Harmless to repeat. */
export async function driveUpdate(deps: TsviDeps, updateId: string): Promise<void> {
  await drive(deps, await findUpdate(deps.db, updateId))
}

/** `driveUpdate` for one that was just read. */
export async function drive(deps: TsviDeps, from: Update | undefined): Promise<void> {
  if (!from || !asksForAction(from)) return
  let update: Update | undefined = from
  let target = await readTarget(deps.db, from)
  while (update && asksForAction(update)) {
    const event = await runAction(deps, update, target)
    if (event === undefined) return
    update = await moveOn(deps, update, event, 'caller')
    // the one event behind which the target has changed
    if (event.type === 'reserved' && update) target = await readTarget(deps.db, update)
  }
}

/** Starts the updates of a job, all at once: the pool of connections is the limit. */
export async function startJob(deps: TsviDeps, jobId: string): Promise<void> {
  const ids = await listUnfinishedIds(deps.db, jobId)
  await Promise.all(ids.map((id) => driveUpdate(deps, id)))
}

/**
 * After a start: whatever was under way goes on, and has its time again, because nobody may have been there to hear an
 * agent. Comes before deadlines are looked for. Another replica may do the same; one of them wins each step.
 */
export async function resumeUpdates(deps: TsviDeps): Promise<number> {
  const now = deps.clock.now()
  const deadlines = [...patience(deps.timing)].map(([state, seconds]) => [state, secondsAfter(now, seconds)] as const)
  await postponeDeadlines(deps.db, new Map(deadlines))
  const ids = await listUnfinishedIds(deps.db)
  const works = ids.map((id) => ({ id }))
  if (works.length > 0) await deps.queue.enqueue(deps.db, driveWork, works)
  return ids.length
}
