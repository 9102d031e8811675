import { sql } from 'kysely'
import type { Db } from '#db'
import { announce } from './agent.store.ts'

export interface NewUpgrade {
  /** The sub-job's own: an upgrade is what its sub-job does. */
  readonly id: string
  readonly serverId: string
  readonly targetVersion: string
}

/** Writes the record of an upgrade, if it is not there yet, and returns the version the agent is of now. */
export async function beginUpgrade(db: Db, { id, serverId, targetVersion }: NewUpgrade, at: Date): Promise<string> {
  const { rows } = await sql<{ agent_version: string }>`
    WITH now AS (
      SELECT server.id, server.project_id, server.name, server.machine_name, server_group.name AS group_name,
             agent.agent_version
      FROM fleet.server JOIN fleet.server_group ON server_group.id = server.server_group_id
      JOIN agents.agent ON agent.server_id = server.id
      WHERE server.id = ${serverId}
    ),
    recorded AS (
      INSERT INTO agents.upgrade (id, project_id, server_id, server_name, machine_name, server_group_name,
                                  current_version, target_version, status, updated_at)
      SELECT ${id}, project_id, id, name, machine_name, group_name, agent_version, ${targetVersion}, 'RUNNING',
             ${at}::timestamptz
      FROM now ON CONFLICT (id) DO NOTHING
    )
    SELECT agent_version FROM now`.execute(db)
  return rows[0]?.agent_version ?? ''
}

/** From now on the agent is told, now and on every connection. */
export async function tellUpgrade(db: Db, id: string, at: Date): Promise<void> {
  await sql`
    WITH told AS (
      UPDATE agents.upgrade SET told_at = coalesce(told_at, ${at}::timestamptz)
      WHERE id = ${id} AND status = 'RUNNING' RETURNING server_id
    )
    SELECT ${announce} FROM told`.execute(db)
}

export async function endUpgrade(db: Db, id: string, status: 'SUCCESS' | 'FAILED', at: Date): Promise<void> {
  await db.updateTable('agents.upgrade').set({ status, updated_at: at }).where('id', '=', id).execute()
}

export interface ToldUpgrade {
  readonly id: string
  readonly target_version: string
}

/** What the agent of a server is to be told, undefined when nothing. */
export function findToldUpgrade(db: Db, serverId: string): Promise<ToldUpgrade | undefined> {
  return db
    .selectFrom('agents.upgrade')
    .select(['id', 'target_version'])
    .where('server_id', '=', serverId)
    .where('status', '=', 'RUNNING')
    .where('told_at', 'is not', null)
    .executeTakeFirst()
}

export async function findAgentVersion(db: Db, serverId: string): Promise<string> {
  const query = db.selectFrom('agents.agent').select('agent_version').where('server_id', '=', serverId)
  return (await query.executeTakeFirst())?.agent_version ?? ''
}
