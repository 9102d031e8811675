import { AppError } from '#kernel'
import {
  type AccessKeyChanges,
  type AccessKeyRow,
  countAccessKeys,
  deleteAccessKey,
  findAccessKeyOf,
  insertAccessKey,
  lockAccessKey,
  lockUser,
  updateAccessKey,
} from './access-key.store.ts'
import { secretContext } from './account.service.ts'
import type { IdentityDeps } from './deps.ts'
import { newKeyPair } from './key-pair.ts'
import { endCredentials, type UserRow, userNotFound } from './user.store.ts'

/** Published: a user has at most so many permanent keys. */
export const KEY_LIMIT = 2

export interface NewAccessKey {
  readonly key: AccessKeyRow
  /** Shown this once; the database has it sealed only. */
  readonly secret: string
}

/** Makes a key. The row of the user is locked while its keys are counted: two at once do not both find room. */
export async function createAccessKey(
  { db, clock, keyring }: Pick<IdentityDeps, 'db' | 'clock' | 'keyring'>,
  user: UserRow,
  description: string,
): Promise<NewAccessKey> {
  const { access, secret } = newKeyPair()
  const secret_sealed = keyring.secrets.seal(secret, secretContext(access))
  const row = { access_key: access, user_id: user.id, secret_sealed, description, created_at: clock.now() }
  const key = await db.transaction().execute(async (trx) => {
    if (!(await lockUser(trx, user.id))) throw userNotFound(user.id)
    if ((await countAccessKeys(trx, user.id)) >= KEY_LIMIT)
      throw new AppError('iam.access_key_limit', { limit: KEY_LIMIT })
    return insertAccessKey(trx, row)
  })
  return { key, secret }
}

type DbDeps = Pick<IdentityDeps, 'db'>
type KeyDeps = Pick<IdentityDeps, 'db' | 'clock'>

/** Says the same of an unknown key and one of another account. */
export async function requireAccessKey({ db }: DbDeps, domainId: string, access: string): Promise<AccessKeyRow> {
  const key = await findAccessKeyOf(db, domainId, access)
  if (!key) throw keyNotFound(access)
  return key
}

/** Changes a key; the user is locked first, as whoever deletes it does. Switched off, it takes with it what was made by it: what its user has must be renewed. */
export async function changeAccessKey(
  { db, clock }: KeyDeps,
  { access_key, user_id }: AccessKeyRow,
  changes: AccessKeyChanges,
): Promise<AccessKeyRow> {
  return db.transaction().execute(async (trx) => {
    await lockUser(trx, user_id)
    const known = await lockAccessKey(trx, access_key)
    const changed = known && (await updateAccessKey(trx, access_key, changes))
    if (!changed) throw keyNotFound(access_key)
    if (known.enabled && !changed.enabled) await endCredentials(trx, user_id, clock.now())
    return changed
  })
}

/** Deletes a key and ends what was made by it: nobody could tell the two apart, so all that its user has must be renewed. */
export async function removeAccessKey({ db, clock }: KeyDeps, { access_key, user_id }: AccessKeyRow): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await endCredentials(trx, user_id, clock.now())
    if (!(await deleteAccessKey(trx, access_key))) throw keyNotFound(access_key)
  })
}

export function keyNotFound(access: string): AppError {
  return new AppError('iam.not_found', { target: 'access key', id: access })
}
