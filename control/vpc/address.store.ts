import { sql } from 'kysely'
import type { Db } from '#db'

export interface Claim {
  readonly subnetId: string
  readonly ownerId: string
  readonly kind: 'fixed' | 'session'
  readonly count: number
  readonly at: Date
}

/**
 * Gives `count` free addresses to an owner in one statement, least recently released first, or none at all: the
 * shortfall is answered as what was free. Rows another claim is taking are passed over, never waited for; the primary
 * key of the table makes two owners of one address impossible.
 */
export async function claimAddresses(db: Db, claim: Claim): Promise<readonly string[] | { readonly free: number }> {
  if (claim.count === 0) return []
  const { rows } = await sql<{ address: string }>`
    WITH free AS (
      SELECT address FROM vpc.address
      WHERE subnet_id = ${claim.subnetId} AND owner_id IS NULL
        AND (quarantined_until IS NULL OR quarantined_until <= ${claim.at}::timestamptz)
      ORDER BY released_at NULLS FIRST, address
      LIMIT ${claim.count} FOR UPDATE SKIP LOCKED
    )
    UPDATE vpc.address AS a
    SET owner_id = ${claim.ownerId}, kind = ${claim.kind}, claimed_at = ${claim.at}::timestamptz, quarantined_until = NULL
    FROM free
    WHERE a.subnet_id = ${claim.subnetId} AND a.address = free.address
      AND (SELECT count(*) FROM free) = ${claim.count}
    RETURNING host(a.address) AS address`.execute(db)
  if (rows.length === claim.count) return rows.map((row) => row.address)
  return { free: await countFree(db, claim.subnetId, claim.at) }
}

/** Takes one named address; false when it has an owner, is in quarantine, or is not of the subnet. */
export async function claimAddress(db: Db, claim: Omit<Claim, 'count'>, address: string): Promise<boolean> {
  const result = await db
    .updateTable('vpc.address')
    .set({ owner_id: claim.ownerId, kind: claim.kind, claimed_at: claim.at, quarantined_until: null })
    .where('subnet_id', '=', claim.subnetId)
    .where(sql<boolean>`address = ${address}::inet`)
    .where('owner_id', 'is', null)
    .where((eb) => eb.or([eb('quarantined_until', 'is', null), eb('quarantined_until', '<=', claim.at)]))
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function countFree(db: Db, subnetId: string, at: Date): Promise<number> {
  const row = await db
    .selectFrom('vpc.address')
    .select(({ fn }) => fn.countAll().as('free'))
    .where('subnet_id', '=', subnetId)
    .where('owner_id', 'is', null)
    .where((eb) => eb.or([eb('quarantined_until', 'is', null), eb('quarantined_until', '<=', at)]))
    .executeTakeFirstOrThrow()
  return Number(row.free)
}

/** The session addresses of an owner in address order. */
export async function listSessionAddresses(db: Db, ownerId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ address: string }>`
    SELECT host(address) AS address FROM vpc.address
    WHERE owner_id = ${ownerId} AND kind = 'session' ORDER BY vpc.address.address`.execute(db)
  return rows.map((row) => row.address)
}

/** Gives addresses back into quarantine. An address that has another owner by now is left alone. */
export async function releaseAddresses(
  db: Db,
  ownerId: string,
  addresses: readonly string[],
  at: Date,
  quarantinedUntil: Date,
): Promise<void> {
  if (addresses.length === 0) return
  await sql`
    UPDATE vpc.address
    SET owner_id = NULL, kind = NULL, claimed_at = NULL, released_at = ${at}, quarantined_until = ${quarantinedUntil}
    WHERE owner_id = ${ownerId} AND kind = 'session' AND address = ANY(${addresses}::inet[])`.execute(db)
}
