import type { Db } from '#db'
import { findDomainId } from '../identity/agency.store.ts'
import { checkPassword, hashPassword } from '../identity/password.ts'
import { findPasswordFault } from '../identity/password-rule.ts'
import { listPasswordRows, type PasswordRow } from '../identity/user.store.ts'
import type { AccountEntry, SecretReference } from './document.ts'
import { findRow, type NamedEntry } from './named.ts'
import { BootstrapError, type Place } from './parse.ts'
import type { Bootstrap } from './read-file.ts'

/** A password of the file beside the one in the database: the same when `hash` is `stored`. */
export interface PreparedPassword {
  readonly stored: string | null
  readonly hash: string
}

/** By the place of the password in the file, written with dots. */
export type Passwords = ReadonlyMap<string, PreparedPassword>

interface Wanted {
  readonly place: Place
  readonly password: string
  /** Undefined for a user that is not there yet. */
  readonly row: PasswordRow | undefined
}

/** As many as Node computes at once. */
const PARALLEL = 4

/**
 * Compares the passwords of the file with those of the database and hashes the new ones. That takes a core longer than
 * a transaction should last, so it comes before; who applies them looks whether `stored` is still right. What was
 * prepared `before` and still is right is not computed again.
 */
export async function preparePasswords(db: Db, file: Bootstrap, before: Passwords): Promise<Passwords> {
  const wanted: Wanted[] = []
  for (const [index, account] of file.accounts.entries()) {
    wanted.push(...(await listWanted(db, file, account, ['accounts', index])))
  }
  const prepared = new Map<string, PreparedPassword>()
  for (let start = 0; start < wanted.length; start += PARALLEL) {
    await Promise.all(
      wanted.slice(start, start + PARALLEL).map(async (one) => {
        const key = one.place.join('.')
        prepared.set(key, await prepare(file, one, before.get(key)))
      }),
    )
  }
  return prepared
}

async function listWanted(db: Db, file: Bootstrap, account: AccountEntry, place: Place): Promise<readonly Wanted[]> {
  const entries = entriesOf(account, place).filter(({ password }) => password !== undefined)
  if (entries.length === 0) return []
  const domainId = await findDomainId(db, account.name)
  const rows = domainId === undefined ? [] : await listPasswordRows(db, domainId)
  return entries.map(({ entry, password, place }) => ({
    place,
    password: file.secretOf(password as SecretReference, place),
    row: findRow(entry, rows),
  }))
}

interface PasswordEntry {
  readonly entry: NamedEntry
  readonly password: SecretReference | undefined
  readonly place: Place
}

function entriesOf({ owner, users = [] }: AccountEntry, place: Place): readonly PasswordEntry[] {
  const ofOwner = { entry: owner, password: owner.password, place: [...place, 'owner', 'password'] }
  const ofUsers = users.map((user, index) => ({
    entry: user,
    password: user.password,
    place: [...place, 'users', index, 'password'],
  }))
  return [ofOwner, ...ofUsers]
}

async function prepare(
  file: Bootstrap,
  { place, password, row }: Wanted,
  before: PreparedPassword | undefined,
): Promise<PreparedPassword> {
  const stored = row?.password_hash ?? null
  if (before !== undefined && before.stored === stored) return before
  if (stored !== null && (await checkPassword(password, stored))) return { stored, hash: stored }
  const fault = findPasswordFault(password, { email: row?.email ?? '', phone: row?.phone ?? '' })
  if (fault !== undefined) throw new BootstrapError(`${file.placeOf(place)}: ${fault}`)
  return { stored, hash: await hashPassword(password) }
}
