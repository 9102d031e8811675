import { sql } from 'kysely'
import type { Db } from '#db'

export async function insertRevokedToken(db: Db, tokenId: string, expiresAt: Date): Promise<void> {
  await db
    .insertInto('iam.revoked_token')
    .values({ token_id: tokenId, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function isAnyRevoked(db: Db, tokenIds: readonly string[]): Promise<boolean> {
  if (tokenIds.length === 0) return false
  const query = db
    .selectFrom('iam.revoked_token')
    .select('token_id')
    .where('token_id', 'in', [...tokenIds])
  return (await query.limit(1).executeTakeFirst()) !== undefined
}

/** As many as a request can afford; rows that somebody else removes right now are left to them. */
export async function deleteExpiredRevocations(db: Db, now: Date): Promise<void> {
  await sql`DELETE FROM iam.revoked_token WHERE token_id IN (
    SELECT token_id FROM iam.revoked_token WHERE expires_at <= ${now} LIMIT 100 FOR UPDATE SKIP LOCKED)`.execute(db)
}
