import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Inside a transaction the payload is delivered at commit, or never. */
export async function notify(db: Db, channel: string, payload: string): Promise<void> {
  await sql`SELECT pg_notify(${channel}, ${payload})`.execute(db)
}
