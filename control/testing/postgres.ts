import { it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '#db'

/** A test of the suite on PostgreSQL; PGlite has one connection, and nothing to test there. */
export function onPostgres(name: string, test: () => Promise<void>): void {
  if (process.env.BERTH_TEST_DATABASE_URL !== undefined) it(name, test)
}

const LOOK_MS = 10

/** Until another connection to this database waits for a lock: PostgreSQL tells nobody, it has to be asked. */
export async function untilBlocked(db: Db): Promise<void> {
  while (!(await isAnyBlocked(db))) await delay(LOOK_MS)
}

async function isAnyBlocked(db: Db): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0 LIMIT 1`.execute(db)
  return rows.length > 0
}
