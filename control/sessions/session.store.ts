import { sql } from 'kysely'
import type { Db, Trx } from '#db'

export interface NewSession {
  readonly id: string
  readonly hostSessionId: string
  readonly userName: string
  readonly uid: number
  readonly clientIp: string | null
  readonly virtualIp: string
  readonly hostStartedAt: string
  readonly startTime: Date
}

export interface Host {
  readonly serverId: string
  readonly bootId: string
}

/**
 * Ends the live sessions of a server that are not among those kept, with their addresses; a trigger does the orders to
 * end them. Those of another boot ended by its reboot. Ending is final, and ending twice changes nothing. Whoever holds
 * several sessions takes them in the order of their ids.
 */
export async function endOtherSessions(
  db: Db,
  { serverId, bootId }: Host,
  keptIds: readonly string[],
  at: Date,
): Promise<number> {
  const { rows } = await sql`
    WITH held AS (
      SELECT id FROM sessions.session
      WHERE server_id = ${serverId} AND end_time IS NULL AND id <> ALL(${keptIds}::text[])
      ORDER BY id FOR NO KEY UPDATE
    ),
    ended AS (
      UPDATE sessions.session AS s
      SET state = 'SignedOut', state_at = ${at}::timestamptz, updated_at = ${at}::timestamptz,
          end_time = greatest(${at}::timestamptz, s.start_time),
          end_reason = CASE WHEN s.boot_id <> ${bootId} THEN 'reboot'
                            WHEN EXISTS (SELECT FROM sessions.logoff AS l
                                         WHERE l.session_id = s.id AND l.due_at <= ${at}::timestamptz) THEN 'logoff'
                            ELSE 'ended' END
      FROM held WHERE s.id = held.id AND s.end_time IS NULL
      RETURNING s.id
    ),
    closed AS (
      UPDATE sessions.assignment AS a SET held_until = greatest(${at}::timestamptz, a.held_from)
      FROM ended WHERE a.session_id = ended.id AND a.held_until IS NULL
    )
    SELECT id FROM ended`.execute(db)
  return rows.length
}

/** Live sessions of a server; most of the time there are none to deal with, and this says so in one look at an index. */
async function listLive(
  db: Db,
  serverId: string,
): Promise<readonly { readonly id: string; readonly boot_id: string }[]> {
  return db
    .selectFrom('sessions.session')
    .select(['id', 'boot_id'])
    .where('server_id', '=', serverId)
    .where('end_time', 'is', null)
    .execute()
}

export async function hasLiveSessions(db: Db, serverId: string): Promise<boolean> {
  return (await listLive(db, serverId)).length > 0
}

/** Ends what a host had in its former boots. Nothing when the server has gone on to another boot meanwhile. */
export async function endFormerBoots(db: Db, host: Host, at: Date): Promise<number> {
  const live = await listLive(db, host.serverId)
  if (live.every((session) => session.boot_id === host.bootId)) return 0
  return db.transaction().execute(async (trx) => {
    const current = await trx
      .selectFrom('agents.agent')
      .select('boot_id')
      .where('server_id', '=', host.serverId)
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (current?.boot_id !== host.bootId) return 0
    const kept = (await listLive(trx, host.serverId)).filter((session) => session.boot_id === host.bootId)
    return endOtherSessions(
      trx,
      host,
      kept.map((session) => session.id),
      at,
    )
  })
}

/**
 * Writes down the sessions that are new, with server and group as they are now. An address that is not the server's is
 * not believed. Returns the ids of the new ones that got no address for that reason.
 */
export async function insertSessions(
  trx: Trx,
  { serverId, bootId }: Host,
  sessions: readonly NewSession[],
  at: Date,
): Promise<readonly string[]> {
  if (sessions.length === 0) return []
  const column = <K extends keyof NewSession>(name: K) => sessions.map((session) => session[name])
  const { rows } = await sql<{ id: string; virtual_ip: string | null }>`
    INSERT INTO sessions.session
      (id, project_id, server_id, boot_id, host_session_id, user_name, uid, client_ip, virtual_ip, state, state_at,
       host_started_at, start_time, server_group_id, server_group_name, primary_server_group_id, session_type,
       server_name, machine_name, vm_ip, agent_version, updated_at)
    SELECT r.id, s.project_id, s.id, ${bootId}, r.host_session_id, r.user_name, r.uid, r.client_ip, own.address,
           'Active', r.start_time, r.host_started_at, r.start_time, g.id, g.name, g.primary_server_group_id,
           CASE g.app_type WHEN 'SESSION_DESKTOP_APP' THEN '1' ELSE '2' END,
           s.name, s.machine_name, s.host_address ->> 'addr', a.agent_version, ${at}::timestamptz
    FROM unnest(${column('id')}::text[], ${column('hostSessionId')}::text[], ${column('userName')}::text[],
                ${column('uid')}::bigint[], ${column('clientIp')}::inet[], ${column('virtualIp')}::inet[],
                ${column('hostStartedAt')}::text[], ${column('startTime')}::timestamptz[])
           AS r (id, host_session_id, user_name, uid, client_ip, virtual_ip, host_started_at, start_time)
    JOIN fleet.server AS s ON s.id = ${serverId}
    JOIN fleet.server_group AS g ON g.id = s.server_group_id
    JOIN agents.agent AS a ON a.server_id = s.id
    LEFT JOIN vpc.address AS own
           ON own.subnet_id = g.subnet_id AND own.address = r.virtual_ip AND own.owner_id = s.id AND own.kind = 'session'
    ON CONFLICT (id) DO NOTHING
    RETURNING id, virtual_ip`.execute(trx)
  return rows.filter((row) => row.virtual_ip === null).map((row) => row.id)
}

/** Sessions of the server that hold an address and have no interval yet; of two that claim one, the older. */
const holders = (serverId: string) => sql`holders AS (
    SELECT DISTINCT ON (s.virtual_ip) s.id, s.project_id, s.server_id, s.virtual_ip AS address, s.start_time, g.subnet_id
    FROM sessions.session AS s
    JOIN fleet.server AS f ON f.id = s.server_id
    JOIN fleet.server_group AS g ON g.id = f.server_group_id
    WHERE s.server_id = ${serverId} AND s.end_time IS NULL AND s.virtual_ip IS NOT NULL
      AND NOT EXISTS (SELECT FROM sessions.assignment AS a WHERE a.session_id = s.id)
    ORDER BY s.virtual_ip, s.start_time, s.id
  )`

/**
 * Writes down who holds which address from when. The address is the server's, so what another server still has open on
 * it ends here; what this server still has open on it stays, and the new session gets no interval. An interval begins
 * with its session, or when the one before it ended, whatever the clocks of hosts say.
 */
export async function openAssignments(trx: Trx, serverId: string, at: Date): Promise<void> {
  await sql`
    WITH ${holders(serverId)}
    UPDATE sessions.assignment AS a SET held_until = greatest(${at}::timestamptz, a.held_from)
    FROM holders AS h
    WHERE a.subnet_id = h.subnet_id AND a.address = h.address AND a.held_until IS NULL AND a.server_id <> h.server_id
    `.execute(trx)
  await sql`
    WITH ${holders(serverId)}
    INSERT INTO sessions.assignment (session_id, project_id, server_id, subnet_id, address, held_from)
    SELECT h.id, h.project_id, h.server_id, h.subnet_id, h.address,
           greatest(h.start_time, (SELECT max(a.held_until) FROM sessions.assignment AS a
                                   WHERE a.subnet_id = h.subnet_id AND a.address = h.address))
    FROM holders AS h
    WHERE NOT EXISTS (SELECT FROM sessions.assignment AS a
                      WHERE a.subnet_id = h.subnet_id AND a.address = h.address AND a.held_until IS NULL)
    `.execute(trx)
}
