import { type Insertable, type RawBuilder, type Selectable, sql, type Updateable } from 'kysely'
import { type Db, isUniqueViolation, type UserTable } from '#db'
import { AppError } from '#kernel'
import type { MarkerPage } from './page.ts'

/** A user as others may see it: the hash of the password stays in the database. */
export type UserRow = Omit<Selectable<UserTable>, 'password_hash' | 'credentials_at'>

const COLUMNS = [
  'id',
  'domain_id',
  'name',
  'is_owner',
  'enabled',
  'description',
  'email',
  'areacode',
  'phone',
  'access_mode',
  'tags',
  'password_reset',
  'xuser_id',
  'xuser_type',
  'created_at',
] as const

/** Two users of one name cannot be in an account: the constraint refuses the second. */
export async function insertUser(db: Db, row: Insertable<UserTable>): Promise<UserRow> {
  try {
    return await db.insertInto('iam.user').values(row).returning(COLUMNS).executeTakeFirstOrThrow()
  } catch (error) {
    throw nameTaken(error, row.name)
  }
}

export async function findUser(db: Db, domainId: string, id: string): Promise<UserRow | undefined> {
  return db
    .selectFrom('iam.user')
    .select(COLUMNS)
    .where('id', '=', id)
    .where('domain_id', '=', domainId)
    .executeTakeFirst()
}

/** Says the same of an unknown user and one of another account. */
export async function requireUser(db: Db, domainId: string, id: string): Promise<UserRow> {
  const user = await findUser(db, domainId, id)
  if (!user) throw userNotFound(id)
  return user
}

export function userNotFound(id: string): AppError {
  return new AppError('iam.not_found', { target: 'user', id })
}

export interface UserFilter {
  readonly name?: string | undefined
  readonly enabled?: boolean | undefined
  readonly groupId?: string | undefined
  readonly page?: MarkerPage
}

/** By id; of a page one row more than it holds. */
export async function listUsers(db: Db, domainId: string, { name, enabled, groupId, page }: UserFilter) {
  let query = db.selectFrom('iam.user').select(COLUMNS).where('domain_id', '=', domainId).orderBy('id')
  if (name !== undefined) query = query.where('name', '=', name)
  if (enabled !== undefined) query = query.where('enabled', '=', enabled)
  if (groupId !== undefined) {
    query = query.where('id', 'in', (of) =>
      of.selectFrom('iam.group_member').select('user_id').where('group_id', '=', groupId),
    )
  }
  if (page?.after !== undefined) query = query.where('id', '>', page.after)
  if (page !== undefined) query = query.limit(page.limit + 1)
  return query.execute()
}

/** The hash of a password, and what a new one is judged by. */
export interface PasswordRow {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly phone: string
  readonly password_hash: string | null
}

export async function listPasswordRows(db: Db, domainId: string): Promise<PasswordRow[]> {
  const query = db.selectFrom('iam.user').select(['id', 'name', 'email', 'phone', 'password_hash'])
  return query.where('domain_id', '=', domainId).execute()
}

export async function findPasswordHash(db: Db, id: string): Promise<string | null> {
  const row = await db.selectFrom('iam.user').select('password_hash').where('id', '=', id).executeTakeFirst()
  return row?.password_hash ?? null
}

type UserChanges = Omit<Updateable<UserTable>, 'credentials_at'> & { readonly credentials_at?: RawBuilder<Date> }

/** Undefined when the user is gone meanwhile. */
export async function updateUser(
  db: Db,
  domainId: string,
  id: string,
  changes: UserChanges,
): Promise<UserRow | undefined> {
  const update = db.updateTable('iam.user').set(changes).where('id', '=', id).where('domain_id', '=', domainId)
  try {
    return await update.returning(COLUMNS).executeTakeFirst()
  } catch (error) {
    throw nameTaken(error, changes.name)
  }
}

/**
 * The next value of `credentials_at`: another one than ever before, however the clocks go and however many changes fall
 * into one millisecond. It is compared for being the same, so that nothing made before can be taken for new.
 */
export function nextCredentialsAt(now: Date): RawBuilder<Date> {
  return sql`greatest(${now}::timestamptz, iam.user.credentials_at + interval '1 millisecond')`
}

/** Ends the tokens and temporary keys of the user, and its sessions of agencies. */
export async function endCredentials(db: Db, userId: string, now: Date): Promise<void> {
  const update = db.updateTable('iam.user').set({ credentials_at: nextCredentialsAt(now) })
  await update.where('id', '=', userId).execute()
}

/** False when the password is another one than it was when it was checked. */
export async function replacePassword(db: Db, id: string, oldHash: string, newHash: string, now: Date) {
  const result = await db
    .updateTable('iam.user')
    .set({ password_hash: newHash, password_reset: false, credentials_at: nextCredentialsAt(now) })
    .where('id', '=', id)
    .where('password_hash', '=', oldHash)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Keys, memberships, grants and temporary keys go with it. False when there was none that can be deleted. */
export async function deleteUser(db: Db, domainId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('iam.user')
    .where('id', '=', id)
    .where('domain_id', '=', domainId)
    .where('is_owner', '=', false)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}

function nameTaken(error: unknown, name: unknown): unknown {
  if (!isUniqueViolation(error, 'user_domain_id_name_key')) return error
  return new AppError('iam.conflict', { detail: `another user of the account is called ${name}` }, { cause: error })
}
