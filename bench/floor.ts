import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'

/** The same number of connections as the control plane has. */
const POOL = 12

/**
 * The floor: the least that can be called starting a durable job. One handler, one statement, one committed row; no
 * credentials, no checks, no servers, no queue.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: POOL })
await pool.query(
  'CREATE TABLE IF NOT EXISTS job (id text PRIMARY KEY, body jsonb NOT NULL, begin_time timestamptz NOT NULL)',
)

const INSERT = { name: 'insert', text: 'INSERT INTO job VALUES ($1, $2, $3)' }

const app = Fastify({ logger: false })
app.patch('/v1/:project_id/app-servers/actions/batch-update-tsvi', async (request) => {
  const id = randomUUID()
  await pool.query({ ...INSERT, values: [id, JSON.stringify(request.body), new Date()] })
  return { job_id: id }
})
const endpoint = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ ready: true, endpoint })}\n`)
