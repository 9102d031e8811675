import type { IdentityDeps } from './deps.ts'
import { deleteGroup, type GroupRow, groupNotFound, insertGroup, updateGroup } from './group.store.ts'
import { newId } from './new-id.ts'

type GroupDeps = Pick<IdentityDeps, 'db' | 'clock'>

export async function createGroup(
  { db, clock }: GroupDeps,
  domainId: string,
  name: string,
  description: string | undefined,
): Promise<GroupRow> {
  const row = { id: newId(), domain_id: domainId, name, description: description ?? '', created_at: clock.now() }
  return insertGroup(db, row)
}

/** Changes what is said, and leaves the rest. */
export async function changeGroup(
  { db }: Pick<GroupDeps, 'db'>,
  group: GroupRow,
  name: string | undefined,
  description: string | undefined,
): Promise<GroupRow> {
  const changes = { name: name ?? group.name, description: description ?? group.description }
  const changed = await updateGroup(db, group.domain_id, group.id, changes)
  if (!changed) throw groupNotFound(group.id)
  return changed
}

export async function removeGroup({ db }: Pick<GroupDeps, 'db'>, group: GroupRow): Promise<void> {
  if (!(await deleteGroup(db, group.domain_id, group.id))) throw groupNotFound(group.id)
}
