import { isIP } from 'node:net'
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '#db'
import type { SessionFilter } from './filter.ts'

/** A session as the lists need it. */
export interface SessionRow {
  readonly id: string
  readonly project_id: string
  readonly server_id: string
  readonly host_session_id: string
  readonly user_name: string
  readonly client_ip: string | null
  readonly virtual_ip: string | null
  readonly state: string
  readonly state_at: Date
  readonly start_time: Date
  readonly end_time: Date | null
  readonly server_group_id: string
  readonly server_group_name: string
  readonly primary_server_group_id: string | null
  readonly session_type: string
  readonly server_name: string
  readonly machine_name: string
  readonly vm_ip: string
  readonly agent_version: string
  readonly updated_at: Date
}

export interface Page {
  readonly offset: number
  readonly limit: number
}

const COLUMNS = sql`id, project_id, server_id, host_session_id, user_name, host(client_ip) AS client_ip,
  host(virtual_ip) AS virtual_ip, state, state_at, start_time, end_time, server_group_id, server_group_name,
  primary_server_group_id, session_type, server_name, machine_name, vm_ip, agent_version, updated_at`

function conditions(projectId: string, filter: SessionFilter): RawBuilder<unknown> {
  const { period, virtualIp, states, hasFailed, tenantId } = filter
  const tests = [
    sql`project_id = ${projectId}`,
    sql`start_time >= ${period.from}::timestamptz AND start_time <= ${period.to}::timestamptz`,
    filter.isImpossible || (tenantId !== undefined && tenantId !== projectId) ? sql`false` : undefined,
    filter.id === undefined ? undefined : sql`id = ${filter.id}`,
    filter.userName === undefined ? undefined : sql`user_name = ${filter.userName}`,
    filter.userNamePart === undefined ? undefined : sql`strpos(user_name, ${filter.userNamePart}) > 0`,
    filter.machineName === undefined ? undefined : sql`machine_name = ${filter.machineName}`,
    filter.serverId === undefined ? undefined : sql`server_id = ${filter.serverId}`,
    filter.vmIp === undefined ? undefined : sql`vm_ip = ${filter.vmIp}`,
    virtualIp === undefined ? undefined : isIP(virtualIp) === 0 ? sql`false` : sql`virtual_ip = ${virtualIp}::inet`,
    filter.agentVersion === undefined ? undefined : sql`agent_version = ${filter.agentVersion}`,
    filter.serverGroupId === undefined ? undefined : sql`server_group_id = ${filter.serverGroupId}`,
    filter.sessionType === undefined ? undefined : sql`session_type = ${filter.sessionType}`,
    states === undefined ? undefined : sql`state = ANY(${states}::text[])`,
    hasFailed === undefined ? undefined : sql`(state = 'InitFail') = ${hasFailed}::boolean`,
    filter.updatedSince === undefined ? undefined : sql`updated_at >= ${filter.updatedSince}::timestamptz`,
  ]
  return sql.join(
    tests.filter((test) => test !== undefined),
    sql` AND `,
  )
}

/** Newest first; the id decides between sessions of the same instant, so that pages never overlap. */
export async function listSessionRows(
  db: Db,
  projectId: string,
  filter: SessionFilter,
  { offset, limit }: Page,
): Promise<readonly SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    SELECT ${COLUMNS} FROM sessions.session WHERE ${conditions(projectId, filter)}
    ORDER BY start_time DESC, id LIMIT ${limit} OFFSET ${offset}`.execute(db)
  return rows
}

/** The same page by page, each after the last row of the one before: as quick at the end as at the beginning. */
export async function listSessionRowsAfter(
  db: Db,
  projectId: string,
  filter: SessionFilter,
  last: Pick<SessionRow, 'id' | 'start_time'> | undefined,
  limit: number,
): Promise<readonly SessionRow[]> {
  const start = last && sql`${last.start_time}::timestamptz`
  const after = last ? sql`start_time <= ${start} AND (start_time < ${start} OR id > ${last.id})` : sql`true`
  const { rows } = await sql<SessionRow>`
    SELECT ${COLUMNS} FROM sessions.session WHERE ${conditions(projectId, filter)} AND ${after}
    ORDER BY start_time DESC, id LIMIT ${limit}`.execute(db)
  return rows
}

export async function countSessions(db: Db, projectId: string, filter: SessionFilter): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    SELECT count(*) AS count FROM sessions.session WHERE ${conditions(projectId, filter)}`.execute(db)
  return Number(rows[0]?.count ?? 0)
}

/** A page has no end here: a user has one session on each server, and no project has so many. */
const MOST_OF_A_USER = 1000

export async function listLiveSessionsOf(db: Db, projectId: string, userName: string): Promise<readonly SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    SELECT ${COLUMNS} FROM sessions.session
    WHERE project_id = ${projectId} AND user_name = ${userName} AND end_time IS NULL
    ORDER BY start_time DESC, id LIMIT ${MOST_OF_A_USER}`.execute(db)
  return rows
}

/** Those of these ids that are no session of the project, in their order. */
export async function listMissingSessions(db: Db, projectId: string, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM sessions.session WHERE project_id = ${projectId} AND id = ANY(${ids}::text[])`.execute(db)
  const found = new Set(rows.map((row) => row.id))
  return ids.filter((id) => !found.has(id))
}
