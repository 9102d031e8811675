import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from '#db'

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
    WITH ${claimedCtes(claim, sql`${claim.count}::bigint`)}
    SELECT address FROM claimed`.execute(db)
  if (rows.length === claim.count) return rows.map((row) => row.address)
  return { free: await countFree(db, claim.subnetId, claim.at) }
}

/**
 * The part of a statement that brings the session addresses of an owner up to `count`, or claims none, if its CTE `seen`
 * has a row: the CTEs `short (needed)`, how many it lacks, and `claimed (address)`. Addresses that were leaving stay.
 * `seen` must let only one through of two that count the same.
 */
export function claimMissingCtes(claim: Omit<Claim, 'kind'>): RawBuilder<unknown> {
  return sql`staying AS (
      UPDATE vpc.address SET leaving_at = NULL
      FROM seen WHERE owner_id = ${claim.ownerId} AND leaving_at IS NOT NULL
    ),
    short AS (
      SELECT greatest(0, ${claim.count}::bigint - (
        SELECT count(*) FROM vpc.address WHERE owner_id = ${claim.ownerId} AND kind = 'session'
      )) AS needed FROM seen
    ),
    ${claimedCtes({ ...claim, kind: 'session' }, sql`coalesce((SELECT needed FROM short), 0)`)}`
}

/**
 * The part of a statement that claims so many addresses or none, `most` at the most: the CTE `claimed (address)`. The
 * outer limit says the same again as a number, because without one the planner expects thousands and reads the table.
 */
function claimedCtes({ subnetId, ownerId, kind, count: most, at }: Claim, count: RawBuilder<unknown>) {
  return sql`free AS (
      SELECT address FROM (
        SELECT address FROM vpc.address
        WHERE subnet_id = ${subnetId} AND owner_id IS NULL
          AND (quarantined_until IS NULL OR quarantined_until <= ${at}::timestamptz)
        ORDER BY released_at NULLS FIRST, address
        LIMIT ${count} FOR UPDATE SKIP LOCKED
      ) AS next
      LIMIT ${most}
    ),
    claimed AS (
      UPDATE vpc.address AS a
      SET owner_id = ${ownerId}, kind = ${kind}, claimed_at = ${at}::timestamptz, quarantined_until = NULL
      FROM free
      WHERE a.subnet_id = ${subnetId} AND a.address = free.address AND (SELECT count(*) FROM free) = ${count}
      RETURNING host(a.address) AS address
    )`
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

/** An address on its way out: still its owner's, and which going-away it is. */
export interface LeavingAddress {
  readonly address: string
  readonly leavingAt: Date
}

/**
 * Marks the session addresses of an owner that are not in use as leaving: its port is to be closed for them, and then
 * they are released. Those that leave already keep their mark.
 */
export async function markLeaving(trx: Trx, ownerId: string, used: readonly string[], at: Date): Promise<void> {
  await sql`
    UPDATE vpc.address SET leaving_at = ${at}::timestamptz
    WHERE owner_id = ${ownerId} AND kind = 'session' AND leaving_at IS NULL
      AND address <> ALL(${used}::inet[])`.execute(trx)
}

/** What the port of an owner is to be open for, in address order, and what it is to be closed for. */
export async function readPortAddresses(
  db: Db,
  ownerId: string,
): Promise<{ readonly open: readonly string[]; readonly leaving: readonly LeavingAddress[] }> {
  const { rows } = await sql<{ address: string; leaving_at: Date | null }>`
    SELECT host(address) AS address, leaving_at FROM vpc.address
    WHERE owner_id = ${ownerId} AND kind = 'session' ORDER BY vpc.address.address`.execute(db)
  return {
    open: rows.flatMap(({ address, leaving_at }) => (leaving_at === null ? [address] : [])),
    leaving: rows.flatMap(({ address, leaving_at }) =>
      leaving_at === null ? [] : [{ address, leavingAt: leaving_at }],
    ),
  }
}

/**
 * Gives addresses back into quarantine that the port is closed for. One that has stayed meanwhile, or left anew, or has
 * another owner, is left alone.
 */
export async function releaseAddresses(
  db: Db,
  ownerId: string,
  closed: readonly LeavingAddress[],
  at: Date,
  quarantinedUntil: Date,
): Promise<void> {
  if (closed.length === 0) return
  await sql`
    UPDATE vpc.address AS a
    SET owner_id = NULL, kind = NULL, claimed_at = NULL, leaving_at = NULL, released_at = ${at}::timestamptz,
        quarantined_until = ${quarantinedUntil}::timestamptz
    FROM unnest(${closed.map(({ address }) => address)}::inet[],
                ${closed.map(({ leavingAt }) => leavingAt)}::timestamptz[]) AS closed (address, leaving_at)
    WHERE a.owner_id = ${ownerId} AND a.kind = 'session'
      AND a.address = closed.address AND a.leaving_at = closed.leaving_at`.execute(db)
}

/** An address of a subnet that a port may not be opened for, and whose session it is for, if anybody's. */
export interface PoolAddress {
  readonly address: string
  readonly subnetId: string
  readonly sessionOwnerId: string | null
}

/**
 * The first address of a subnet of the project that is one of these places or in one of these blocks, and that a session
 * may be given. Not that: what a port without a device has reserved, what is the port's own, and the session addresses its
 * device has and keeps, each named by itself: a block would stay open for what is given back in it.
 */
export async function findPoolAddress(
  db: Db,
  { id, projectId, deviceId }: { readonly id: string; readonly projectId: string; readonly deviceId: string },
  places: readonly string[],
): Promise<PoolAddress | undefined> {
  const { rows } = await sql<PoolAddress>`
    SELECT host(a.address) AS address, a.subnet_id AS "subnetId",
           CASE WHEN a.kind = 'session' THEN a.owner_id END AS "sessionOwnerId"
    FROM unnest(${places}::inet[]) AS wanted (place)
    JOIN vpc.subnet AS s ON s.project_id = ${projectId} AND s.cidr && wanted.place
    JOIN vpc.address AS a ON a.subnet_id = s.id
     AND a.address BETWEEN host(network(wanted.place))::inet AND host(broadcast(wanted.place))::inet
    LEFT JOIN vpc.port AS p ON a.kind = 'fixed' AND p.id = a.owner_id
    WHERE masklen(wanted.place) < 32 OR NOT coalesce(
      p.device_id = '' OR p.id = ${id} OR (a.kind = 'session' AND a.owner_id = ${deviceId} AND a.leaving_at IS NULL),
      false)
    LIMIT 1`.execute(db)
  return rows[0]
}
