import { sql } from 'kysely'
import type { Db } from '#db'

/** Whether a server owns session addresses beyond those its agent was told last. */
export async function ownsMoreThanTold(db: Db, serverId: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM vpc.address JOIN agents.agent ON agent.server_id = address.owner_id
    WHERE address.owner_id = ${serverId} AND address.kind = 'session'
      AND NOT coalesce(agent.desired -> 'virtual_ip' -> 'addresses', '[]'::jsonb) ? host(address.address)
    LIMIT 1`.execute(db)
  return rows.length > 0
}
