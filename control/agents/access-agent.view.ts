import { sql } from 'kysely'
import type { Db } from '#db'
import { AGENT_VERSION } from '../../contract/agent/version.ts'
import type { ResponseOf } from '../../contract/operation.ts'
import type {
  listServerHdaDetails,
  listServerHdaUpgradeRecords,
} from '../../contract/operations/agents/access-agent.ts'

type Details = ResponseOf<typeof listServerHdaDetails>
type Records = ResponseOf<typeof listServerHdaUpgradeRecords>

export interface Page {
  readonly offset: number
  readonly limit: number
}

export interface DetailsFilter extends Page {
  /** Empty: all groups. */
  readonly serverGroupId: string
  /** Part of the name; empty: all. */
  readonly serverName: string
}

export async function listDetails(db: Db, projectId: string, filter: DetailsFilter): Promise<Details> {
  const { serverGroupId, serverName, offset, limit } = filter
  let matching = db
    .selectFrom('fleet.server as s')
    .innerJoin('fleet.server_group as g', 'g.id', 's.server_group_id')
    .leftJoin('agents.agent as a', 'a.server_id', 's.id')
    .where('s.project_id', '=', projectId)
  if (serverGroupId !== '') matching = matching.where('s.server_group_id', '=', serverGroupId)
  if (serverName !== '') matching = matching.where(sql<boolean>`strpos(s.name, ${serverName}) > 0`)
  const page = matching
    .select(['s.id', 's.name', 's.machine_name', 's.server_group_id', 's.session_count', 's.status'])
    .select(['s.maintain_status', 'g.name as server_group_name', 'a.agent_version'])
    .orderBy('s.created_at', 'desc')
    .orderBy('s.id')
  const [counted, rows] = await Promise.all([
    matching.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow(),
    page.offset(offset).limit(limit).execute(),
  ])
  const items = rows.map((row) => ({
    server_id: row.id,
    machine_name: row.machine_name,
    server_name: row.name,
    server_group_id: row.server_group_id,
    server_group_name: row.server_group_name,
    sid: row.id,
    session_count: row.session_count,
    status: row.status as Details['items'][number]['status'],
    maintain_status: row.maintain_status,
    current_version: row.agent_version ?? '',
  }))
  return { count: Number(counted.count), items }
}

/** Whether an agent that has enrolled is of another version than this control plane's. */
export async function isUpgradeDue(db: Db, projectId: string): Promise<boolean> {
  const row = await db
    .selectFrom('agents.agent as a')
    .innerJoin('fleet.server as s', 's.id', 'a.server_id')
    .select('a.server_id')
    .where('s.project_id', '=', projectId)
    .where('a.agent_version', 'not in', ['', AGENT_VERSION])
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function listUpgrades(db: Db, projectId: string, { offset, limit }: Page): Promise<Records> {
  const matching = db.selectFrom('agents.upgrade').where('project_id', '=', projectId)
  const page = matching.selectAll().orderBy('updated_at', 'desc').orderBy('id')
  const [counted, rows] = await Promise.all([
    matching.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow(),
    page.offset(offset).limit(limit).execute(),
  ])
  const items = rows.map((row) => ({
    server_id: row.server_id,
    machine_name: row.machine_name,
    server_name: row.server_name,
    server_group_name: row.server_group_name,
    sid: row.server_id,
    current_version: row.current_version,
    target_version: row.target_version,
    upgrade_status: row.status as Records['items'][number]['upgrade_status'],
    upgrade_time: row.updated_at.toISOString().slice(0, 19).replace('T', ' '),
  }))
  return { count: Number(counted.count), items }
}
