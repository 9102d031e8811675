import { sql } from 'kysely'
import type { Site } from './site.ts'

/**
 * Between two control planes: work that died with the first is given to the second as soon as it starts, and not when
 * its time is up. Answers how many deliveries that were.
 */
export async function deliverAgain(site: Site): Promise<number> {
  const database = await site.database.open()
  try {
    const { numAffectedRows } = await sql`
      UPDATE pgboss.job SET state = 'retry', start_after = now() WHERE state = 'active'`.execute(database.db)
    return Number(numAffectedRows ?? 0n)
  } finally {
    await database.close()
  }
}
