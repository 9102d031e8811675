import { type HostSessions, holdLink, recordListed } from '#agents'
import type { Db } from '#db'
import type { Clock, Log } from '#kernel'
import type { SessionState } from '../../contract/agent/messages.ts'
import { endOtherSessions, hasLiveSessions, insertSessions, type NewSession, openAssignments } from './session.store.ts'
import { startOf } from './session.ts'
import { sessionIdOf } from './session-id.ts'

export interface ReportDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
}

/**
 * Makes the record of a server's sessions what its host says: what it no longer has is ended, what is new begins. One
 * transaction that holds the server's connection, so reports of one server are taken one after the other, in the order
 * in which it sent them; one that came by an older connection is late, and changes nothing.
 */
export async function recordSessions({ db, clock, log }: ReportDeps, host: HostSessions): Promise<void> {
  const { serverId } = host
  const at = clock.now()
  // nothing is reported and nothing is recorded: so it is with most reports, and a late one would change nothing either
  if (host.sessions.length === 0 && !(await hasLiveSessions(db, serverId))) return recordListed(db, host, at)
  const sessions = host.sessions.map((session) => newSession(host, session, at))
  const disbelieved = await db.transaction().execute(async (trx) => {
    if (!(await holdLink(trx, host))) return undefined
    const ids = sessions.map((session) => session.id)
    await endOtherSessions(trx, host, ids, at)
    const unowned = await insertSessions(trx, host, sessions, at)
    await openAssignments(trx, serverId, at)
    await recordListed(trx, host, at)
    return unowned
  })
  if (disbelieved === undefined) log.info({ serverId }, 'a late report of sessions was passed over')
  else if (disbelieved.length > 0) {
    const sessionIds = disbelieved.slice(0, 20)
    log.warn({ serverId, sessionIds }, 'a host reports sessions with addresses that are not its own')
  }
}

function newSession({ serverId, bootId }: HostSessions, session: SessionState, at: Date): NewSession {
  const { session_id: hostSessionId, started_at: hostStartedAt } = session
  return {
    id: sessionIdOf({ serverId, bootId, hostSessionId, startedAt: hostStartedAt }),
    hostSessionId,
    userName: session.user_name,
    uid: session.uid,
    clientIp: session.client_ip ?? null,
    virtualIp: session.virtual_ip,
    hostStartedAt,
    startTime: startOf(session, at),
  }
}
