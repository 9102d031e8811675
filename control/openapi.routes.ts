import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

const DOCUMENT = new URL('../contract/openapi.json', import.meta.url)

/** The generated contract, and whether this replica can do its work; both without credentials. */
export function openapiRoutes(app: FastifyInstance, isReady: () => Promise<boolean>): void {
  const document = readFileSync(DOCUMENT, 'utf8')
  app.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(document))
  app.get('/healthz', async (_request, reply) => {
    const ready = await isReady()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'the database cannot be reached' })
  })
}
