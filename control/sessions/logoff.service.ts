import type { LogoffOrder } from '#agents'
import type { Db } from '#db'
import { AppError, type Clock, type Log, secondsAfter } from '#kernel'
import { insertLogoffs, type LogoffNotice, listDeafServers, listPendingLogoffs, repeatLogoffs } from './logoff.store.ts'
import { listMissingSessions } from './session.view.ts'

export interface LogoffRequest extends LogoffNotice {
  readonly projectId: string
  readonly sessionIds: readonly string[]
  readonly delaySeconds: number
}

const NAMED = 3

/**
 * Orders the sessions to end. One that is not the project's refuses the whole call, and so does one whose agent does not
 * know such orders; one that has ended is well.
 */
export async function requestLogoff({ db, clock }: { db: Db; clock: Clock }, request: LogoffRequest): Promise<void> {
  const { projectId, sessionIds, delaySeconds } = request
  const at = clock.now()
  await db.transaction().execute(async (trx) => {
    const missing = await listMissingSessions(trx, projectId, sessionIds)
    if (missing.length > 0) {
      throw new AppError('sessions.not_found', { sessionIds: missing.slice(0, NAMED).join(', ') })
    }
    const serverIds = await listDeafServers(trx, sessionIds)
    if (serverIds.length > 0) {
      throw new AppError('sessions.agent_too_old', { serverIds: serverIds.slice(0, NAMED).join(', ') })
    }
    await insertLogoffs(trx, sessionIds, request, at, secondsAfter(at, delaySeconds))
  })
}

const LONGEST_SECONDS = 999_999

/** What an agent is to be told: seconds from now, so that its clock and ours need not agree. */
export async function pendingLogoffs(db: Db, serverId: string, at: Date): Promise<readonly LogoffOrder[]> {
  const pending = await listPendingLogoffs(db, serverId)
  return pending.map((order) => ({
    session_id: order.host_session_id,
    started_at: order.host_started_at,
    delay_seconds: Math.min(Math.max(Math.ceil((order.due_at.getTime() - at.getTime()) / 1000), 0), LONGEST_SECONDS),
    severity: order.message_type,
    title: order.title,
    message: order.message,
  }))
}

export interface LogoffWatch {
  close(): Promise<void>
}

const EVERY_MS = 10_000
const NEW_SECONDS = 60

/** Says again and again what is to end, until it has. A failure is logged once, and the next round tries again. */
export function watchLogoffs(
  { db, clock, log }: { readonly db: Db; readonly clock: Clock; readonly log: Log },
  everyMs = EVERY_MS,
): LogoffWatch {
  let closed = false
  let isFailing = false
  let timer: NodeJS.Timeout
  let round = Promise.resolve()
  const repeat = async () => {
    try {
      const at = clock.now()
      await repeatLogoffs(db, secondsAfter(at, -NEW_SECONDS), at)
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn({ error: String(error) }, 'orders to log off cannot be repeated; trying again')
      isFailing = true
    }
    if (!closed) schedule()
  }
  const schedule = () => {
    timer = setTimeout(() => {
      round = repeat()
    }, everyMs)
  }
  schedule()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await round
    },
  }
}
