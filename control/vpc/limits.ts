import { sql } from 'kysely'
import type { Trx } from '#db'
import { AppError } from '#kernel'

/** How many of each a project may have. */
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

/** A subnet has a row for each of its addresses; all of a project together are at most four of the largest. */
export const MOST_ADDRESSES = 4 * 2 ** 16

/** Refuses a subnet with more addresses than the project may still have. After `holdRoom`: nobody adds beside it. */
export async function requireAddressRoom(trx: Trx, projectId: string, cidr: string): Promise<void> {
  const { rows } = await sql<{ n: number }>`
    SELECT sum(2 ^ (32 - masklen(cidr)))::int AS n FROM (
      SELECT cidr FROM vpc.subnet WHERE project_id = ${projectId} UNION ALL SELECT ${cidr}::cidr
    ) AS blocks`.execute(trx)
  if ((rows[0]?.n ?? 0) <= MOST_ADDRESSES) return
  throw new AppError('vpc.quota_exceeded', { limit: MOST_ADDRESSES, kind: 'addresses in its subnets' })
}
