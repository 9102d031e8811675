import { sql } from 'kysely'
import type { Db } from '#db'
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

export async function insertTemporaryKey(db: Db, key: TemporaryKey): Promise<void> {
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

/** As many as a request can afford; asked first, because removing none would be announced as a change all the same. */
export async function deleteExpiredTemporaryKeys(db: Db, now: Date): Promise<void> {
  const expired = db.selectFrom('iam.temporary_key').select('access_key').where('expires_at', '<=', now)
  if ((await expired.limit(1).executeTakeFirst()) === undefined) return
  await sql`DELETE FROM iam.temporary_key WHERE access_key IN (
    SELECT access_key FROM iam.temporary_key WHERE expires_at <= ${now} LIMIT 100 FOR UPDATE SKIP LOCKED)`.execute(db)
}
