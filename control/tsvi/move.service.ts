import type { Trx } from '#db'
import { endTask, updatePower } from '#fleet'
import { finishSubJob, type SubJobFailure } from '#jobs'
import { renderMessage, SUB_JOB_ERRORS } from '../../contract/errors.ts'
import type { TsviDeps } from './deps.ts'
import { moveUpdate } from './update.store.ts'
import { asksForAction, type Failure, isEnd, type Move, transition, type Update, type UpdateEvent } from './update.ts'
import { driveUpdate } from './update.work.ts'

/**
 * Who runs the action of the state an event leads to: the caller, who is durable work already, or the queue, told in
 * the same transaction.
 */
export type Next = 'caller' | 'queue'

/**
 * Applies an event: the update, its sub-job and its server agree, and whatever is to be done next is queued, all of it
 * or nothing. Returns the update where it is now; undefined when the event means nothing to it, or somebody was faster.
 */
export async function moveOn(
  deps: TsviDeps,
  update: Update,
  event: UpdateEvent,
  next: Next,
): Promise<Update | undefined> {
  const move = transition(update, event, deps.timing)
  if (!move) return undefined
  const at = deps.clock.now()
  const writes = writesBeside(deps, { ...update, ...move }, next, at)
  const moved =
    writes.length === 0
      ? await moveUpdate(deps.db, update, move, at)
      : await deps.db.transaction().execute(async (trx) => {
          const moved = await moveUpdate(trx, update, move, at)
          if (moved) await Promise.all(writes.map((write) => write(trx)))
          return moved
        })
  if (moved) logMove(deps, update, move)
  return moved
}

type Write = (trx: Trx) => Promise<unknown>

/** What a move writes besides the update and its sub-job. */
function writesBeside({ queue }: TsviDeps, after: Update, next: Next, at: Date): readonly Write[] {
  if (isEnd(after.state)) return writesAtEnd(after, at)
  const { id, serverId, state, attempt } = after
  const writes: Write[] = []
  const vmStatus = attempt === 1 ? 'REBOOT' : 'HARD_REBOOT'
  if (state === 'rebooting') writes.push((trx) => updatePower(trx, serverId, { vmStatus }, at))
  if (next === 'queue' && asksForAction(after)) writes.push((trx) => queue.enqueue(trx, driveUpdate, [{ id }]))
  return writes
}

function writesAtEnd({ id, jobId, serverId, state, enable, failure: why }: Update, at: Date): readonly Write[] {
  const failure = state === 'failed' ? renderFailure(why) : null
  const end = failure
    ? ({ taskStatus: 'updating_tsvi_failed', jobStatus: 'FAILED', at } as const)
    : ({ taskStatus: 'null', jobStatus: 'SUCCESS', ipVirtualEnable: enable, at } as const)
  return [(trx) => finishSubJob(trx, id, { step: state, at, failure }), (trx) => endTask(trx, serverId, jobId, end)]
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
