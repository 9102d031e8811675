import { sql } from 'kysely'
import type { Db } from '#db'
import { AppError } from '#kernel'
import type { Origin } from './origin.ts'

export interface TemporaryKey {
  readonly accessKey: string
  readonly secretSealed: string
  /** In hex; the token itself is nowhere. */
  readonly securityTokenSha256: string
  readonly origin: Origin
  readonly sessionPolicy: string | null
  readonly projectId: string | null
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** Each has a secret and maybe a long policy in the database; a user has far less at work at once. */
export const MOST_TEMPORARY_KEYS = 300

/** Throws iam.temporary_key_limit; the row of the user makes those wait that are made at the same time. */
export async function insertTemporaryKey(db: Db, key: TemporaryKey): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { userId } = key.origin
    await trx.selectFrom('iam.user').select('id').where('id', '=', userId).forNoKeyUpdate().execute()
    const { live } = await trx
      .selectFrom('iam.temporary_key')
      .select((eb) => eb.fn.countAll<string>().as('live'))
      .where((eb) => eb.fn.coalesce('user_id', 'assumed_by'), '=', userId)
      .where('expires_at', '>', key.issuedAt)
      .executeTakeFirstOrThrow()
    if (Number(live) >= MOST_TEMPORARY_KEYS)
      throw new AppError('iam.temporary_key_limit', { limit: MOST_TEMPORARY_KEYS })
    await insertRow(trx, key)
  })
}

async function insertRow(db: Db, key: TemporaryKey): Promise<void> {
  const { userId, assumed, credentialsAt, tokenIds } = key.origin
  await db
    .insertInto('iam.temporary_key')
    .values({
      access_key: key.accessKey,
      secret_sealed: key.secretSealed,
      security_token_sha256: key.securityTokenSha256,
      user_id: assumed === null ? userId : null,
      agency_id: assumed?.agencyId ?? null,
      assumed_by: assumed === null ? null : userId,
      session_name: assumed?.sessionName ?? '',
      credentials_at: credentialsAt,
      token_ids: tokenIds.join(' '),
      session_policy: key.sessionPolicy,
      project_id: key.projectId,
      issued_at: key.issuedAt,
      expires_at: key.expiresAt,
    })
    .execute()
}

export async function findTemporaryKey(db: Db, accessKey: string): Promise<TemporaryKey | undefined> {
  const query = db.selectFrom('iam.temporary_key').selectAll().where('access_key', '=', accessKey)
  const row = await query.executeTakeFirst()
  if (!row) return undefined
  const { agency_id: agencyId, session_name: sessionName } = row
  const origin: Origin = {
    userId: row.user_id ?? row.assumed_by ?? '',
    assumed: agencyId === null ? null : { agencyId, sessionName },
    credentialsAt: row.credentials_at,
    tokenIds: row.token_ids.split(' ').filter((id) => id !== ''),
  }
  return {
    accessKey,
    secretSealed: row.secret_sealed,
    securityTokenSha256: row.security_token_sha256,
    origin,
    sessionPolicy: row.session_policy,
    projectId: row.project_id,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  }
}

/** As many as a request can afford. That is announced to nobody: what has ended is refused from every cache. */
export async function deleteExpiredTemporaryKeys(db: Db, now: Date): Promise<void> {
  await sql`DELETE FROM iam.temporary_key WHERE access_key IN (
    SELECT access_key FROM iam.temporary_key WHERE expires_at <= ${now} LIMIT 100 FOR UPDATE SKIP LOCKED)`.execute(db)
}
