import { sql } from 'kysely'
import type { Trx } from '#db'
import { AppError } from '#kernel'

/** How many of each a project may have; a subnet has a row for each of its addresses. */
export const LIMITS = { vpc: 100, subnet: 200, port: 10_000 } as const

const KINDS = { vpc: 'VPCs', subnet: 'subnets', port: 'ports of its own' } as const

const COUNTED = {
  vpc: sql`vpc.vpc`,
  subnet: sql`vpc.subnet`,
  port: sql`(SELECT project_id FROM vpc.port WHERE device_id = '') AS own`,
} as const

/** What would count or compare the network of the project waits until the end of the transaction. */
export async function holdNetwork(trx: Trx, projectId: string): Promise<void> {
  await sql`SELECT FROM iam.project WHERE id = ${projectId} FOR NO KEY UPDATE`.execute(trx)
}

/** Refuses one more than the project may have. Its network is held until the end: two at once are counted one by one. */
export async function holdRoom(trx: Trx, projectId: string, kind: keyof typeof LIMITS, more = 1): Promise<void> {
  await holdNetwork(trx, projectId)
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM ${COUNTED[kind]} WHERE project_id = ${projectId}`.execute(trx)
  const limit = LIMITS[kind]
  if ((rows[0]?.n ?? 0) + more > limit) throw new AppError('vpc.quota_exceeded', { limit, kind: KINDS[kind] })
}
