import Fastify from 'fastify'
import pg from 'pg'

/** The same number of connections as the control plane has. */
const POOL = 12

/**
 * The floor of ShowServer: one handler, the same single query, the row as it comes; no credentials, no checks, no shape.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: POOL })

const SELECT = {
  name: 'show',
  text: `
    SELECT s.*, g.name AS server_group_name, g.flavor_id, g.image_id, g.availability_zone, g.ou_name, g.os_type,
           g.product_id, g.system_disk_type, g.system_disk_size, g.enterprise_project_id
    FROM fleet.server AS s JOIN fleet.server_group AS g ON g.id = s.server_group_id
    WHERE s.project_id = $1 AND s.id = $2`,
}

const app = Fastify({ logger: false })
app.get<{ Params: { project_id: string; server_id: string } }>(
  '/v1/:project_id/app-servers/:server_id',
  async ({ params }, reply) => {
    const { rows } = await pool.query({ ...SELECT, values: [params.project_id, params.server_id] })
    return rows[0] ?? reply.code(404).send({})
  },
)
const endpoint = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ ready: true, endpoint })}\n`)
