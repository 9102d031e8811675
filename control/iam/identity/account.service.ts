import { sql } from 'kysely'
import type { Db } from '#db'
import type { Clock } from '#kernel'
import type { Sealer } from '../keys/seal.ts'
import { checkPassword, hashPassword } from './password.ts'
import { endCredentials, nextCredentialsAt } from './user.store.ts'

export interface Account {
  readonly domain: { readonly id: string; readonly name: string }
  readonly project: { readonly id: string; readonly name: string }
  readonly user: { readonly id: string; readonly name: string; readonly password: string }
  readonly access_key: { readonly access: string; readonly secret: string }
}

export interface AccountDeps {
  readonly db: Db
  readonly clock: Clock
  readonly secrets: Sealer
}

/** The context that ties a sealed secret key to its access key. */
export function secretContext(accessKey: string): string {
  return `iam.access_key ${accessKey}`
}

/**
 * Makes an account with one project, its owner and a key, or brings password and secret in line; may be repeated. Another
 * password or secret than before ends what was made with the old one.
 */
export async function ensureAccount({ db, clock, secrets }: AccountDeps, account: Account): Promise<void> {
  const { domain, project, user, access_key: key } = account
  const created_at = clock.now()
  const password_hash = await keptOrNewHash(db, user)
  const isOtherSecret = await hasOtherSecret(db, secrets, key)
  const secret_sealed = secrets.seal(key.secret, secretContext(key.access))
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('iam.domain')
      .values({ ...domain, created_at })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    await trx
      .insertInto('iam.project')
      .values({ ...project, domain_id: domain.id, created_at })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    await trx
      .insertInto('iam.user')
      .values({ id: user.id, domain_id: domain.id, name: user.name, password_hash, is_owner: true, created_at })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ password_hash, credentials_at: movedWithHash(created_at) }),
      )
      .execute()
    await trx
      .insertInto('iam.access_key')
      .values({ access_key: key.access, user_id: user.id, secret_sealed, created_at })
      .onConflict((conflict) => conflict.column('access_key').doUpdateSet({ secret_sealed }))
      .execute()
    if (isOtherSecret) await endCredentials(trx, user.id, created_at)
  })
}

/** Whether the key is there with another secret; one that cannot be read is another. */
async function hasOtherSecret(db: Db, secrets: Sealer, { access, secret }: Account['access_key']): Promise<boolean> {
  const query = db.selectFrom('iam.access_key').select('secret_sealed').where('access_key', '=', access)
  const known = await query.executeTakeFirst()
  if (!known) return false
  try {
    return secrets.open(known.secret_sealed, secretContext(access)) !== secret
  } catch {
    return true
  }
}

/** In the statement that replaces the hash, so that no two of them at once miss each other. */
function movedWithHash(now: Date) {
  return sql<Date>`CASE WHEN iam.user.password_hash IS DISTINCT FROM excluded.password_hash
    THEN ${nextCredentialsAt(now)} ELSE iam.user.credentials_at END`
}

async function keptOrNewHash(db: Db, user: Account['user']): Promise<string> {
  const known = await db.selectFrom('iam.user').select('password_hash').where('id', '=', user.id).executeTakeFirst()
  const hash = known?.password_hash
  if (hash && (await checkPassword(user.password, hash))) return hash
  return hashPassword(user.password)
}
