import { sql } from 'kysely'
import type { Db } from '#db'
import { isReadyAndIdle, loseServersCte, returnServersCte } from '#fleet'
import { secondsAfter } from '#kernel'

/** `seen_at` may be this much behind: agents are heard every ten seconds, and a row a beat would be many rows. */
const FRESH_SECONDS = 20

export interface Wanted {
  readonly server_id: string
  readonly generation: number
  readonly maintain_status: boolean
  /** The upgrade its agent is to be told of; null when none. */
  readonly upgrade_id: string | null
}

/**
 * One statement for all agents a replica has just heard: when that was, and back to ready whoever was given up.
 * Returns what is wanted of each that there is and that has a key. Rows somebody else is writing are passed over; the
 * next beat has them.
 */
export async function recordHeard(db: Db, serverIds: readonly string[], at: Date): Promise<readonly Wanted[]> {
  const { rows } = await sql<Wanted>`
    WITH stale AS (
      SELECT server_id FROM agents.agent
      WHERE server_id = ANY(${serverIds}::text[])
        AND (seen_at IS NULL OR seen_at <= ${secondsAfter(at, -FRESH_SECONDS)}::timestamptz)
      ORDER BY server_id FOR NO KEY UPDATE SKIP LOCKED
    ),
    noted AS (
      UPDATE agents.agent SET seen_at = ${at}::timestamptz FROM stale WHERE agent.server_id = stale.server_id
    ),
    ${returnServersCte(serverIds, at)}
    SELECT agent.server_id, generation, maintain_status, upgrade.id AS upgrade_id
    FROM agents.agent JOIN fleet.server ON server.id = agent.server_id
    LEFT JOIN agents.upgrade ON upgrade.server_id = agent.server_id AND upgrade.status = 'RUNNING'
      AND upgrade.told_at IS NOT NULL
    WHERE agent.server_id = ANY(${serverIds}::text[]) AND agent.public_key IS NOT NULL`.execute(db)
  return rows
}

/**
 * Gives up the servers whose agents were not heard since `since`, unless a task is under way on them: a rebooting
 * server is expected to be silent. One statement decides, on rows it has locked: an agent that says hello meanwhile
 * has a newer row, a task that starts meanwhile a busy one, and of two replicas one finds nothing left to do.
 */
export async function giveUpSilent(db: Db, since: Date, at: Date): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH silent AS (
      SELECT agent.server_id
      FROM agents.agent JOIN fleet.server ON server.id = agent.server_id
      WHERE agent.seen_at < ${secondsAfter(since, -FRESH_SECONDS)}::timestamptz AND ${isReadyAndIdle}
      ORDER BY agent.server_id FOR NO KEY UPDATE OF agent, server SKIP LOCKED
    ),
    ${loseServersCte(at)}
    SELECT id FROM lost ORDER BY id`.execute(db)
  return rows.map((row) => row.id)
}
