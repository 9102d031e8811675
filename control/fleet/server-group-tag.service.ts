import type { Tag } from '#db'
import { AppError } from '#kernel'
import type { FleetDeps } from './server-group.service.ts'
import { lockServerGroups, updateTags } from './server-group.store.ts'
import { duplicateRules, findBroken } from './server-group.ts'
import { addTags, MOST_TAGS, removeTags } from './server-group-tag.ts'

export interface GroupTags<T extends { readonly key: string } = Tag> {
  readonly server_group_id: string
  readonly tags: readonly T[]
}

/** To all of the groups or to none. */
export function createTags(deps: FleetDeps, projectId: string, items: readonly GroupTags[]): Promise<void> {
  return changeTags(deps, projectId, items, addTags)
}

/** From all of the groups or from none. */
export function deleteTags(
  deps: FleetDeps,
  projectId: string,
  items: readonly GroupTags<{ readonly key: string }>[],
): Promise<void> {
  return changeTags(deps, projectId, items, removeTags)
}

type Change<T> = (tags: readonly Tag[], change: readonly T[]) => readonly Tag[]

async function changeTags<T extends { readonly key: string }>(
  { db, clock }: FleetDeps,
  projectId: string,
  items: readonly GroupTags<T>[],
  change: Change<T>,
): Promise<void> {
  const wanted = new Map(items.map(({ server_group_id, tags }) => [server_group_id, tags]))
  refuseDuplicates(items, wanted.size)
  await db.transaction().execute(async (trx) => {
    const groups = await lockServerGroups(trx, projectId, [...wanted.keys()])
    requireAll([...wanted.keys()], groups)
    for (const { id, tags } of groups) {
      const changed = change(tags, wanted.get(id) ?? [])
      if (changed.length > MOST_TAGS) throw refused(`${id} would have ${changed.length} tags; ${MOST_TAGS} is the most`)
      await updateTags(trx, id, changed, clock.now())
    }
  })
}

function refuseDuplicates(items: readonly GroupTags<{ readonly key: string }>[], groups: number): void {
  if (groups < items.length) throw refused('a server group is there twice')
  for (const { tags } of items) {
    const detail = findBroken(duplicateRules(tags))
    if (detail !== undefined) throw refused(detail)
  }
}

function refused(detail: string): AppError {
  return new AppError('fleet.server_group_refused', { detail })
}

/** One answer for a group that is unknown and one that is another project's. */
export function requireAll(ids: readonly string[], groups: readonly { readonly id: string }[]): void {
  const found = new Set(groups.map(({ id }) => id))
  const missing = ids.find((id) => !found.has(id))
  if (missing !== undefined) throw new AppError('fleet.server_group_not_found', { serverGroupId: missing })
}
