import type { Insertable } from 'kysely'
import type { UserTable } from '#db'
import {
  insertUser,
  listPasswordRows,
  listUsers,
  nextCredentialsAt,
  type UserRow,
  updateUser,
} from '../identity/user.store.ts'
import { applyAccessKeys } from './access-key.service.ts'
import {
  type AccountApplication,
  matchRow,
  noteChange,
  noteCreated,
  Overtaken,
  refuse,
  requireWritten,
  writeAt,
} from './application.ts'
import type { OwnerEntry, UserEntry } from './document.ts'
import { findDifferences, findRow } from './named.ts'
import type { Place } from './parse.ts'

/** The owner and the users of the file. Returns all users that the account has then. */
export async function applyUsers(application: AccountApplication): Promise<readonly UserRow[]> {
  const { trx, account, entry, place } = application
  const rows = await listUsers(trx, account.id, {})
  const hashes = new Map((await listPasswordRows(trx, account.id)).map((row) => [row.id, row.password_hash]))
  await applyOwner(application, rows, hashes)
  for (const [index, user] of (entry.users ?? []).entries()) {
    const at = [...place, 'users', index]
    const { id, row } = matchRow(application, 'user', user, at, rows)
    if (row?.is_owner) refuse(application, at, `${row.name} is the owner of ${account.name}; say this under owner`)
    await applyUser(application, user, at, { id, row, isOwner: false, stored: hashes.get(id) ?? null })
  }
  return listUsers(trx, account.id, {})
}

type Hashes = ReadonlyMap<string, string | null>

/** An account has one owner: who it is stays, its name may change where its id is said. */
async function applyOwner(application: AccountApplication, rows: readonly UserRow[], hashes: Hashes): Promise<void> {
  const { account, entry } = application
  const { owner } = entry
  const place = [...application.place, 'owner']
  const known = rows.find(({ is_owner }) => is_owner)
  const found = findRow(owner, rows)
  if (known && found !== known) {
    refuse(
      application,
      place,
      `the owner of ${account.name} is ${known.name} with the id ${known.id}; say that name or id`,
    )
  }
  const { id, row } = matchRow(application, 'user', owner, place, rows)
  if (row && !known) refuse(application, place, `${row.name} is a user of ${account.name}, not its owner`)
  await applyUser(application, owner, place, { id, row, isOwner: true, stored: hashes.get(id) ?? null })
}

interface Matched {
  readonly id: string
  readonly row: UserRow | undefined
  readonly isOwner: boolean
  /** The hash of the password it has now. */
  readonly stored: string | null
}

/** A new password, and being disabled, end the tokens of a user; nothing else does. */
async function applyUser(
  application: AccountApplication,
  entry: OwnerEntry & Pick<UserEntry, 'description' | 'enabled'>,
  place: Place,
  { id, row, isOwner, stored }: Matched,
): Promise<void> {
  const { trx, at, account } = application
  const { name, description, enabled } = entry
  const password = newPassword(application, place, stored)
  if (row) {
    const changes: Omit<Partial<Insertable<UserTable>>, 'credentials_at'> = {
      ...findDifferences(row, { name, description, enabled }),
      ...password,
    }
    const endsTokens = password.password_hash !== undefined || changes.enabled === false
    if (noteChange(application, 'user', name, changes)) {
      const ended = endsTokens ? { credentials_at: nextCredentialsAt(at) } : {}
      requireWritten(await writeAt(application, place, () => updateUser(trx, account.id, id, { ...changes, ...ended })))
    }
  } else {
    const said = { name, description: description ?? '', enabled: enabled ?? true, is_owner: isOwner }
    const made = { id, domain_id: account.id, password_hash: null, ...said, ...password, created_at: at }
    await writeAt(application, place, () => insertUser(trx, made))
    noteCreated(application, 'user', name)
  }
  await applyAccessKeys(application, entry.access_keys ?? [], [...place, 'access_keys'], { id, name })
}

/** Nothing when the file says none, or the one that it has. */
function newPassword(
  { passwords }: AccountApplication,
  place: Place,
  stored: string | null,
): { readonly password_hash?: string } {
  const prepared = passwords.get([...place, 'password'].join('.'))
  if (prepared === undefined) return {}
  if (prepared.stored !== stored) throw new Overtaken('a password was changed meanwhile')
  return prepared.hash === stored ? {} : { password_hash: prepared.hash }
}
