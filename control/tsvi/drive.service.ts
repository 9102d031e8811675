import type { Trx } from '#db'
import { endTask, updatePower } from '#fleet'
import { finishSubJob, type SubJobFailure, updateProgress } from '#jobs'
import type { Observed } from '../../contract/agent/messages.ts'
import { renderMessage, SUB_JOB_ERRORS } from '../../contract/errors.ts'
import { release, runAction } from './actions.ts'
import type { TsviDeps } from './deps.ts'
import { readTarget, type Target } from './target.ts'
import { findRunningUpdate, findUpdate, listUnfinishedIds, moveUpdate } from './update.store.ts'
import { type Failure, type Move, transition, type Update, type UpdateEvent } from './update.ts'
import { checkDeadline, driveUpdate as driveWork } from './update.work.ts'

/** Runs an update from where it stands until it waits for the agent, or ends. Harmless to repeat. */
export async function driveUpdate(deps: TsviDeps, updateId: string): Promise<void> {
  for (;;) {
    const update = await findUpdate(deps.db, updateId)
    if (!update) return
    const event = await runAction(deps, update)
    if (event === undefined || !(await moveOn(deps, update, event))) return
  }
}

/** Starts the updates of a job, all at once: the pool of connections is the limit. */
export async function startJob(deps: TsviDeps, jobId: string): Promise<void> {
  const ids = await listUnfinishedIds(deps.db, jobId)
  await Promise.all(ids.map((id) => driveUpdate(deps, id)))
}

/** After a start: whatever was under way goes on. Another replica may do the same; one of them wins each step. */
export async function resumeUpdates(deps: TsviDeps): Promise<number> {
  const ids = await listUnfinishedIds(deps.db)
  if (ids.length > 0)
    await deps.queue.enqueue(
      deps.db,
      driveWork,
      ids.map((id) => ({ id })),
    )
  return ids.length
}

/** The queue calls at the deadline of a state; by then the update may long be elsewhere. */
export async function checkUpdate(deps: TsviDeps, updateId: string): Promise<void> {
  const update = await findUpdate(deps.db, updateId)
  if (!update?.deadlineAt || update.deadlineAt > deps.clock.now()) return
  if (await moveOn(deps, update, { type: 'deadline' })) await driveUpdate(deps, update.id)
}

export async function onLinked(deps: TsviDeps, serverId: string, bootId: string): Promise<void> {
  const update = await findRunningUpdate(deps.db, serverId)
  if (update && (await moveOn(deps, update, { type: 'linked', bootId }))) await driveUpdate(deps, update.id)
}

export async function onObserved(deps: TsviDeps, observed: Observed): Promise<void> {
  const update = await findRunningUpdate(deps.db, observed.server_id)
  if (!update) return releaseSurplus(deps, observed)
  const event = await observationOf(deps, update, observed)
  if (!(await moveOn(deps, update, event))) return
  // the report that shows a reboot is also the one that verifies it
  const next = await findUpdate(deps.db, update.id)
  if (next?.state === 'verifying' && update.state === 'rebooting') await moveOn(deps, next, event)
  await driveUpdate(deps, update.id)
}

async function observationOf(deps: TsviDeps, update: Update, observed: Observed): Promise<UpdateEvent> {
  const { generation, boot_id: bootId, error } = observed
  const rebootNeeded = update.state !== 'configuring' || (await needsReboot(deps, update))
  const probe = deps.probe === null || !update.enable ? 'not_asked' : (observed.probe ?? 'not_yet')
  return { type: 'observed', generation, bootId, error, probe, rebootNeeded }
}

async function needsReboot(deps: TsviDeps, update: Update): Promise<boolean> {
  const { server } = await readTarget(deps.db, update)
  return server.reboot_policy === 'on_change'
}

/**
 * Without an update under way, an agent that has applied its newest desired state uses nothing beside it: what the
 * server still owns was left by an update that failed while the agent was away.
 */
async function releaseSurplus(deps: TsviDeps, { server_id: serverId, generation, error }: Observed): Promise<void> {
  if (error !== null) return
  const target = await findIdleTarget(deps, serverId)
  if (!target || target.agent.generation !== generation) return
  if (target.owned.length <= (target.current?.addresses.length ?? 0)) return
  deps.log.info({ serverId }, 'addresses left by a failed update are released')
  await release(deps, { serverId }, target)
}

async function findIdleTarget({ db }: TsviDeps, serverId: string): Promise<Target | undefined> {
  const server = await db
    .selectFrom('fleet.server')
    .select('project_id')
    .where('id', '=', serverId)
    .where('task_status', '=', 'updating_tsvi_failed')
    .executeTakeFirst()
  return server && readTarget(db, { projectId: server.project_id, serverId })
}

/** Applies an event in one transaction: the update, its sub-job, its server and its next deadline agree. */
async function moveOn(deps: TsviDeps, update: Update, event: UpdateEvent): Promise<boolean> {
  const move = transition(update, event, deps.timing)
  if (!move) return false
  const moved = await deps.db.transaction().execute(async (trx) => {
    const at = deps.clock.now()
    if (!(await moveUpdate(trx, update, move, at))) return false
    await Promise.all(consequences(deps, trx, update, move, at))
    return true
  })
  if (moved) logMove(deps, update, move)
  return moved
}

function consequences(deps: TsviDeps, trx: Trx, update: Update, move: Move, at: Date): Promise<unknown>[] {
  if (move.state === 'done' || move.state === 'failed') return [...ending(trx, update, move, at)]
  const status = move.failure ? 'ROLLBACK' : 'RUNNING'
  const progress = updateProgress(trx, update.id, { step: move.state, attempt: move.attempt, at, status })
  const watch =
    move.deadlineSeconds === null
      ? []
      : [deps.queue.enqueue(trx, checkDeadline, [{ id: update.id }], move.deadlineSeconds)]
  const power =
    move.state === 'rebooting'
      ? [updatePower(trx, update.serverId, { vmStatus: move.attempt === 1 ? 'REBOOT' : 'HARD_REBOOT' }, at)]
      : []
  return [progress, ...watch, ...power]
}

function ending(trx: Trx, update: Update, move: Move, at: Date): Promise<unknown>[] {
  const failure = move.state === 'failed' ? renderFailure(move.failure) : null
  const end = failure
    ? ({ taskStatus: 'updating_tsvi_failed', jobStatus: 'FAILED', at } as const)
    : ({ taskStatus: 'null', jobStatus: 'SUCCESS', ipVirtualEnable: update.enable, at } as const)
  return [
    finishSubJob(trx, update.id, { step: move.state, at, failure }),
    endTask(trx, update.serverId, update.jobId, end),
  ]
}

const SUB_JOB_MESSAGE_LIMIT = 255

function renderFailure(failure: Failure | null): SubJobFailure {
  const { word, facts } = failure ?? { word: 'tsvi.failed', facts: { detail: 'no reason was recorded' } }
  const { code, message } = SUB_JOB_ERRORS[word]
  return { code, message: renderMessage(message, facts).slice(0, SUB_JOB_MESSAGE_LIMIT) }
}

function logMove(deps: TsviDeps, update: Update, move: Move): void {
  const { serverId, jobId } = update
  const fields = { serverId, jobId, from: update.state, to: move.state, attempt: move.attempt }
  if (move.state === 'failed') deps.log.warn({ ...fields, failure: move.failure }, 'an update failed')
  else deps.log.info(fields, 'an update moved on')
}
