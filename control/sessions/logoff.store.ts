import { sql } from 'kysely'
import { LOGOFF_CHANNEL } from '#agents'
import type { Db, Trx } from '#db'
import type { Feature } from '../../contract/agent/messages.ts'

const FEATURE: Feature = 'logoff'

export interface LogoffNotice {
  readonly messageType: number
  readonly title: string
  readonly message: string
  readonly transactionId: string
}

/** Servers that have some of these sessions, and whose agents did not say that they know orders to end one. */
export async function listDeafServers(db: Db, sessionIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ server_id: string }>`
    SELECT DISTINCT s.server_id FROM sessions.session AS s JOIN agents.agent AS a ON a.server_id = s.server_id
    WHERE s.id = ANY(${sessionIds}::text[]) AND s.end_time IS NULL AND NOT ${FEATURE} = ANY(a.features)
    ORDER BY s.server_id`.execute(db)
  return rows.map((row) => row.server_id)
}

/**
 * Orders these sessions to end, where they have not, and tells the replicas that hold their servers' connections. The
 * sessions are held, so that none ends meanwhile and leaves its order open. Of two orders for one session the earlier end
 * is kept, with its text.
 */
export async function insertLogoffs(
  trx: Trx,
  sessionIds: readonly string[],
  { messageType, title, message, transactionId }: LogoffNotice,
  at: Date,
  dueAt: Date,
): Promise<void> {
  await sql`
    WITH live AS (
      SELECT id, server_id FROM sessions.session WHERE id = ANY(${sessionIds}::text[]) AND end_time IS NULL
      ORDER BY id FOR NO KEY UPDATE
    ),
    ordered AS (
      INSERT INTO sessions.logoff
        (session_id, server_id, requested_at, due_at, message_type, title, message, transaction_id)
      SELECT id, server_id, ${at}::timestamptz, ${dueAt}::timestamptz, ${messageType}::integer, ${title}, ${message},
             ${transactionId}
      FROM live
      ON CONFLICT (session_id) DO UPDATE
      SET requested_at = excluded.requested_at, due_at = excluded.due_at, message_type = excluded.message_type,
          title = excluded.title, message = excluded.message, transaction_id = excluded.transaction_id
      WHERE logoff.done_at IS NULL AND excluded.due_at < logoff.due_at
      RETURNING server_id
    )
    SELECT pg_notify(${LOGOFF_CHANNEL}, server_id) FROM (SELECT DISTINCT server_id FROM ordered) AS servers`.execute(
    trx,
  )
}

export interface PendingLogoff {
  readonly host_session_id: string
  readonly host_started_at: string
  readonly due_at: Date
  readonly message_type: number
  readonly title: string
  readonly message: string
}

/** Orders of a server whose sessions have not been reported to have ended. */
export async function listPendingLogoffs(db: Db, serverId: string): Promise<readonly PendingLogoff[]> {
  return db
    .selectFrom('sessions.logoff as l')
    .innerJoin('sessions.session as s', 's.id', 'l.session_id')
    .select(['s.host_session_id', 's.host_started_at', 'l.due_at', 'l.message_type', 'l.title', 'l.message'])
    .where('l.server_id', '=', serverId)
    .where('l.done_at', 'is', null)
    .where('s.end_time', 'is', null)
    .orderBy('l.due_at')
    .orderBy('l.session_id')
    .execute()
}

/** Tells again of orders that are new, since the word of them may have got lost, and of those that are overdue. */
export async function repeatLogoffs(db: Db, newSince: Date, at: Date): Promise<void> {
  await sql`
    SELECT pg_notify(${LOGOFF_CHANNEL}, server_id) FROM (
      SELECT DISTINCT l.server_id FROM sessions.logoff AS l JOIN sessions.session AS s ON s.id = l.session_id
      WHERE l.done_at IS NULL AND s.end_time IS NULL
        AND (l.requested_at > ${newSince}::timestamptz OR l.due_at <= ${at}::timestamptz)
    ) AS servers`.execute(db)
}
