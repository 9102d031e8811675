import { sql } from 'kysely'
import { look } from './database.ts'
import type { Site } from './site.ts'

/**
 * Between two control planes: work that died with the first is given to the second as soon as it starts, and not when
 * its time is up; so is work that the first had not taken yet, because an agent that linked had it done. Answers how
 * many deliveries that were.
 */
export function deliverAgain(site: Site): Promise<number> {
  return look(site, async (db) => {
    const { numAffectedRows } = await sql`
      UPDATE pgboss.job SET state = 'retry', start_after = now() WHERE state IN ('active', 'created')`.execute(db)
    return Number(numAffectedRows ?? 0n)
  })
}
