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
  { serverId, bootId }: { readonly serverId: string; readonly bootId: string | null },
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
          end_reason = CASE WHEN s.boot_id IS DISTINCT FROM ${bootId} THEN 'reboot'
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

/** Ends what a host had in its former boots, once it is in a new one. */
export async function endFormerBoots(db: Db, host: Host, at: Date): Promise<number> {
  const live = await listLive(db, host.serverId)
  if (live.every((session) => session.boot_id === host.bootId)) return 0
  return db.transaction().execute((trx) => endOtherBoots(trx, host.serverId, at))
}

/**
 * Ends what a server has in any boot but the one its agent is in; all of it when that is none, because the host was
 * switched off or lost its disk. Nobody records what the server says meanwhile. Returns how many were ended.
 */
export async function endOtherBoots(trx: Trx, serverId: string, at: Date): Promise<number> {
  const agent = await trx
    .selectFrom('agents.agent')
    .select('boot_id')
    .where('server_id', '=', serverId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  const bootId = agent?.boot_id ?? null
  const kept = (await listLive(trx, serverId)).filter((session) => session.boot_id === bootId)
  return endOtherSessions(
    trx,
    { serverId, bootId },
    kept.map((session) => session.id),
    at,
  )
}

/**
 * Writes down the sessions that are new, with server and group as they are now. A host whose clock is slow is not
 * believed: what is new began after its last whole list, which did not name it, and on no server that was not there. An
 * address that is not the server's, or that another of its live sessions has, is not believed either. Returns the ids of
 * the new ones that got no address for that.
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
    WITH reported AS (
      SELECT r.*, row_number() OVER (PARTITION BY virtual_ip ORDER BY start_time, id) AS claim
      FROM unnest(${column('id')}::text[], ${column('hostSessionId')}::text[], ${column('userName')}::text[],
                  ${column('uid')}::bigint[], ${column('clientIp')}::inet[], ${column('virtualIp')}::inet[],
                  ${column('hostStartedAt')}::text[], ${column('startTime')}::timestamptz[])
             AS r (id, host_session_id, user_name, uid, client_ip, virtual_ip, host_started_at, start_time)
    )
    INSERT INTO sessions.session
      (id, project_id, server_id, boot_id, host_session_id, user_name, uid, client_ip, virtual_ip, state, state_at,
       host_started_at, start_time, server_group_id, server_group_name, primary_server_group_id, session_type,
       server_name, machine_name, vm_ip, agent_version, updated_at)
    SELECT r.id, s.project_id, s.id, ${bootId}, r.host_session_id, r.user_name, r.uid, r.client_ip, own.address,
           'Active', begun.at, r.host_started_at, begun.at, g.id, g.name, g.primary_server_group_id,
           CASE g.app_type WHEN 'SESSION_DESKTOP_APP' THEN '1' ELSE '2' END,
           s.name, s.machine_name, s.host_address ->> 'addr', a.agent_version, ${at}::timestamptz
    FROM reported AS r
    JOIN fleet.server AS s ON s.id = ${serverId}
    JOIN fleet.server_group AS g ON g.id = s.server_group_id
    JOIN agents.agent AS a ON a.server_id = s.id
    CROSS JOIN LATERAL (
      SELECT greatest(r.start_time, least(coalesce(a.listed_at, s.created_at), ${at}::timestamptz)) AS at
    ) AS begun
    LEFT JOIN vpc.address AS own
           ON own.subnet_id = g.subnet_id AND own.address = r.virtual_ip AND own.owner_id = s.id AND own.kind = 'session'
          AND r.claim = 1 AND NOT EXISTS (SELECT FROM sessions.session AS other
                                          WHERE other.server_id = s.id AND other.virtual_ip = r.virtual_ip
                                            AND other.end_time IS NULL)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, virtual_ip`.execute(trx)
  return rows.filter((row) => row.virtual_ip === null).map((row) => row.id)
}

/** Sessions of the server that hold an address, which is still the server's, and have no interval yet. */
const holders = (serverId: string) => sql`holders AS (
    SELECT s.id, s.project_id, s.server_id, own.address, own.subnet_id, greatest(s.start_time, own.claimed_at) AS since
    FROM sessions.session AS s
    JOIN fleet.server AS f ON f.id = s.server_id
    JOIN fleet.server_group AS g ON g.id = f.server_group_id
    JOIN vpc.address AS own
      ON own.subnet_id = g.subnet_id AND own.address = s.virtual_ip AND own.owner_id = s.server_id AND own.kind = 'session'
    WHERE s.server_id = ${serverId} AND s.end_time IS NULL
      AND NOT EXISTS (SELECT FROM sessions.assignment AS a WHERE a.session_id = s.id)
  )`

/**
 * Writes down who holds which address from when. The address is the server's, so what another server still has open on
 * it ends here; what this server still has open on it stays, and the new session gets no interval. An interval begins
 * with its session, or when the server got the address or the one before it ended, whatever the clocks of hosts say.
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
           greatest(h.since, (SELECT max(a.held_until) FROM sessions.assignment AS a
                                   WHERE a.subnet_id = h.subnet_id AND a.address = h.address))
    FROM holders AS h
    WHERE NOT EXISTS (SELECT FROM sessions.assignment AS a
                      WHERE a.subnet_id = h.subnet_id AND a.address = h.address AND a.held_until IS NULL)
    `.execute(trx)
}
