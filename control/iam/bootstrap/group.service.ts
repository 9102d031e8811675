import { type GroupRow, insertGroup, listGroups, updateGroup } from '../identity/group.store.ts'
import { deleteMember, insertMember, listMemberships } from '../identity/membership.store.ts'
import type { UserRow } from '../identity/user.store.ts'
import {
  type AccountApplication,
  matchRow,
  noteChange,
  noteCreated,
  refuse,
  requireWritten,
  writeAt,
} from './application.ts'
import type { GroupEntry } from './document.ts'
import { findDifferences } from './named.ts'
import type { Place } from './parse.ts'

/** Returns the ids of the file's groups, in its order. */
export async function applyGroups(
  application: AccountApplication,
  users: readonly UserRow[],
): Promise<readonly string[]> {
  const { trx, account, entry, place } = application
  const entries = entry.groups ?? []
  if (entries.length === 0) return []
  const rows = await listGroups(trx, account.id, {})
  const memberships = await listMemberships(trx, account.id)
  const ids: string[] = []
  for (const [index, group] of entries.entries()) {
    const at = [...place, 'groups', index]
    const id = await applyGroup(application, group, at, rows)
    const members = memberships.filter(({ groupId }) => groupId === id).map(({ userId }) => userId)
    if (group.users !== undefined) await applyMembers(application, { id, entry: group, place: at, members }, users)
    ids.push(id)
  }
  return ids
}

async function applyGroup(
  application: AccountApplication,
  entry: GroupEntry,
  place: Place,
  rows: readonly GroupRow[],
): Promise<string> {
  const { trx, at, account } = application
  const { name, description } = entry
  const { id, row } = matchRow(application, 'group', entry, place, rows)
  if (row) {
    const changes = findDifferences(row, { name, description })
    if (noteChange(application, 'group', name, changes)) {
      requireWritten(await writeAt(application, place, () => updateGroup(trx, account.id, id, changes)))
    }
    return id
  }
  noteCreated(application, 'group', name)
  const made = { id, domain_id: account.id, name, description: description ?? '', created_at: at }
  await writeAt(application, place, () => insertGroup(trx, made))
  return id
}

interface Members {
  readonly id: string
  readonly entry: GroupEntry
  readonly place: Place
  /** Ids of those it has now. */
  readonly members: readonly string[]
}

/** Exactly those that are listed. */
async function applyMembers(
  application: AccountApplication,
  { id, entry, place, members }: Members,
  users: readonly UserRow[],
): Promise<void> {
  const { trx, account, changes } = application
  const wanted = new Map<string, string>()
  for (const [index, name] of (entry.users ?? []).entries()) {
    const user = users.find((one) => one.name === name)
    if (!user) refuse(application, [...place, 'users', index], `${account.name} has no user ${name}`)
    wanted.set(user.id, name)
  }
  const group = `group ${account.name}/${entry.name}`
  for (const [userId, name] of wanted) {
    if (members.includes(userId)) continue
    requireWritten(await insertMember(trx, id, userId))
    changes.push(`added user ${name} to ${group}`)
  }
  for (const userId of members.filter((member) => !wanted.has(member))) {
    await deleteMember(trx, id, userId)
    changes.push(`removed user ${users.find((one) => one.id === userId)?.name ?? userId} from ${group}`)
  }
}
