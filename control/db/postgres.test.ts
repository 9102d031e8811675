import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { silentLog } from '#testing'
import { isDatabaseUnavailable } from './failure.ts'
import { openPostgres } from './postgres.ts'

/** These belong to the suite on PostgreSQL; on PGlite there is nothing to test here. */
const url = process.env.BERTH_TEST_DATABASE_URL
const onPostgres = (name: string, test: () => Promise<void>) => url !== undefined && it(name, test)

/** Ends a connection as a restarting server does, and waits until it is gone. */
async function terminate(pid: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('SELECT pg_terminate_backend($1, 10000)', [pid])
  } finally {
    await client.end()
  }
}

onPostgres('a connection lost between two statements of a transaction fails that transaction alone', async () => {
  const { db, close } = openPostgres(url ?? '', silentLog)
  try {
    const lost = db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx)
      await terminate(rows[0]?.pid ?? 0)
      await sql`SELECT 1`.execute(trx)
    })
    await assert.rejects(lost, isDatabaseUnavailable)
    assert.deepEqual((await sql`SELECT 1 AS one`.execute(db)).rows, [{ one: 1 }])
  } finally {
    await close()
  }
})
