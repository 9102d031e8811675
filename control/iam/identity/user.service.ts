import type { Insertable } from 'kysely'
import type { AccessMode, UserTable } from '#db'
import type { Principal } from '#http'
import { AppError } from '#kernel'
import type { IdentityDeps, ProvePassword } from './deps.ts'
import { newId } from './new-id.ts'
import { checkPassword, hashPassword } from './password.ts'
import { findPasswordFault, type PasswordOwner } from './password-rule.ts'
import { isSelf } from './self.ts'
import {
  deleteUser,
  findPasswordHash,
  insertUser,
  nextCredentialsAt,
  replacePassword,
  type UserRow,
  updateUser,
  userNotFound,
} from './user.store.ts'

type UserDeps = Pick<IdentityDeps, 'db' | 'clock'>

/** What may be said of a user in any generation of the API; absent leaves as it is. */
export interface UserFacts {
  readonly name?: string | undefined
  readonly password?: string | undefined
  readonly enabled?: boolean | undefined
  readonly description?: string | undefined
  readonly email?: string | undefined
  readonly areacode?: string | undefined
  readonly phone?: string | undefined
  readonly access_mode?: AccessMode | undefined
  readonly password_reset?: boolean | undefined
  readonly xuser_id?: string | undefined
  readonly xuser_type?: string | undefined
}

/** Makes a user, without a password unless one is given; whoever gave it is not who will use it, so it is to be changed. */
export async function createUser(
  { db, clock }: UserDeps,
  domainId: string,
  facts: UserFacts & { readonly name: string },
): Promise<UserRow> {
  const { name, password, email = '', areacode = '', phone = '' } = facts
  await refuseOutside(db, domainId)
  requirePhoneWhole(areacode, phone)
  const password_hash = password === undefined ? null : await newHash(password, { email, phone })
  const password_reset = facts.password_reset ?? password !== undefined
  const columns = { ...columnsOf(facts), name, password_hash, password_reset }
  return insertUser(db, { ...columns, id: newId(), domain_id: domainId, created_at: clock.now() })
}

/**
 * With a user of our own an account would not be taken from the identity service outside any more, and everybody whom
 * that one knows would be locked out. An account is outside from its first row on, so that nothing comes in between.
 */
async function refuseOutside(db: UserDeps['db'], domainId: string): Promise<void> {
  const query = db.selectFrom('iam.domain').select('outside').where('id', '=', domainId)
  if (!(await query.executeTakeFirst())?.outside) return
  throw new AppError('iam.conflict', { detail: 'the identity service outside keeps the users of this account' })
}

/** Changes a user. A new password or a disabled user ends its tokens; only the owner changes the owner. */
export async function changeUser(
  { db, clock }: UserDeps,
  principal: Principal,
  user: UserRow,
  facts: UserFacts,
): Promise<UserRow> {
  refuseForeignOwner(principal, user)
  if (user.is_owner && facts.enabled === false) throw new AppError('iam.owner_kept')
  const { password } = facts
  const columns = columnsOf(facts)
  const { email = user.email, areacode = user.areacode, phone = user.phone } = facts
  requirePhoneWhole(areacode, phone)
  const hash = password === undefined ? {} : { password_hash: await otherHash(db, user.id, password, { email, phone }) }
  const endsTokens = password !== undefined || facts.enabled === false
  const ended = endsTokens ? { credentials_at: nextCredentialsAt(clock.now()) } : {}
  const changes = { ...columns, ...hash, ...ended }
  if (Object.keys(changes).length === 0) return user
  const changed = await updateUser(db, user.domain_id, user.id, changes)
  if (!changed) throw userNotFound(user.id)
  return changed
}

export interface PasswordChange {
  readonly original: string
  readonly password: string
  readonly sourceIp: string
}

/** A user's own change of its password, proved by the old one as in a login; ends its tokens. */
export async function changeOwnPassword(
  { db, clock, provePassword }: UserDeps & { readonly provePassword: ProvePassword },
  user: UserRow,
  { original, password, sourceIp }: PasswordChange,
): Promise<void> {
  const { passwordHash: oldHash } = await provePassword({ user: { id: user.id }, password: original, sourceIp })
  if (oldHash === null) throw new AppError('iam.password_wrong')
  if (password === original) throw samePassword()
  const hash = await newHash(password, user)
  // somebody else changed it since it was checked: what the caller knows is not the password any more
  if (!(await replacePassword(db, user.id, oldHash, hash, clock.now()))) throw new AppError('iam.password_wrong')
}

export async function removeUser({ db }: Pick<UserDeps, 'db'>, user: UserRow): Promise<void> {
  if (user.is_owner) throw new AppError('iam.owner_kept')
  if (!(await deleteUser(db, user.domain_id, user.id))) throw userNotFound(user.id)
}

/** Who may manage users could otherwise become the owner, by giving it a password or a key. */
export function refuseForeignOwner(principal: Principal, user: UserRow): void {
  if (user.is_owner && !isSelf(principal, user.id)) throw new AppError('iam.owner_kept')
}

function requirePhoneWhole(areacode: string, phone: string): void {
  if ((areacode === '') === (phone === '')) return
  throw new AppError('iam.user_invalid', {
    code: '1106',
    detail: 'areacode and phone are given together or not at all',
  })
}

async function newHash(password: string, owner: PasswordOwner): Promise<string> {
  const fault = findPasswordFault(password, owner)
  if (fault !== undefined) throw new AppError('iam.user_invalid', { code: '1103', detail: fault })
  return hashPassword(password)
}

async function otherHash(db: UserDeps['db'], id: string, password: string, owner: PasswordOwner): Promise<string> {
  const hash = await newHash(password, owner)
  const oldHash = await findPasswordHash(db, id)
  if (oldHash !== null && (await checkPassword(password, oldHash))) throw samePassword()
  return hash
}

function samePassword(): AppError {
  return new AppError('iam.user_invalid', { code: '1108', detail: 'the new password is the one it has already' })
}

const COLUMNS = [
  'name',
  'enabled',
  'description',
  'email',
  'areacode',
  'phone',
  'access_mode',
  'password_reset',
  'xuser_id',
  'xuser_type',
] as const satisfies readonly (keyof UserFacts)[]

type Columns = Partial<Pick<Insertable<UserTable>, (typeof COLUMNS)[number]>>

/** What is said, and of that only what a caller may say: bodies may have other members, `is_owner` for one. */
function columnsOf(facts: UserFacts): Columns {
  const said = COLUMNS.filter((name) => facts[name] !== undefined)
  return Object.fromEntries(said.map((name) => [name, facts[name]])) as Columns
}
