import type { Tag } from '#db'
import { type Api, type Check, serve } from '#http'
import {
  batchCreateServerGroupTags,
  batchDeleteServerGroupTags,
  createServerGroupTags,
  deleteServerGroupTags,
  listServerGroupTag,
  showServerGroupTag,
} from '../../contract/operations/fleet/server-group-tag.ts'
import { groupResource, tagCheck } from './group-permission.ts'
import type { FleetDeps } from './server-group.service.ts'
import { listServerGroupsOf, requireServerGroup } from './server-group.store.ts'
import { listTags } from './server-group-state.view.ts'
import { createTags, deleteTags, type GroupTags, requireAll } from './server-group-tag.service.ts'

type Tagging =
  | typeof createServerGroupTags
  | typeof deleteServerGroupTags
  | typeof batchCreateServerGroupTags
  | typeof batchDeleteServerGroupTags

export function serverGroupTagRoutes(api: Api, deps: FleetDeps): void {
  const { db } = deps

  /** One question for each group, with the tags that are for it. */
  async function checksOf(operation: Tagging, projectId: string, items: readonly GroupTags[]): Promise<Check[]> {
    const wanted = new Map(items.map(({ server_group_id, tags }) => [server_group_id, tags]))
    const ids = [...wanted.keys()]
    const groups = await listServerGroupsOf(db, projectId, ids)
    requireAll(ids, groups)
    return groups.map((group) => tagCheck(operation, projectId, groupResource(group), wanted.get(group.id) ?? []))
  }

  serve(api, createServerGroupTags, async ({ params, body, authorize }) => {
    const { project_id, server_group_id } = params
    const items = [{ server_group_id, tags: body.tags ?? [] }]
    await authorize([], await checksOf(createServerGroupTags, project_id, items))
    await createTags(deps, project_id, items)
  })

  serve(api, deleteServerGroupTags, async ({ params, body, authorize }) => {
    const { project_id, server_group_id } = params
    const items = [{ server_group_id, tags: body.tags }]
    await authorize([], await checksOf(deleteServerGroupTags, project_id, items))
    await deleteTags(deps, project_id, items)
  })

  serve(api, batchCreateServerGroupTags, async ({ params, body, authorize }) => {
    const items = body.items.map(({ server_group_id, tags = [] as Tag[] }) => ({ server_group_id, tags }))
    await authorize([], await checksOf(batchCreateServerGroupTags, params.project_id, items))
    await createTags(deps, params.project_id, items)
  })

  serve(api, batchDeleteServerGroupTags, async ({ params, body, authorize }) => {
    await authorize([], await checksOf(batchDeleteServerGroupTags, params.project_id, body.items))
    await deleteTags(deps, params.project_id, body.items)
  })

  serve(api, listServerGroupTag, async ({ params }) => ({ tags: await listTags(db, params.project_id) }))

  serve(api, showServerGroupTag, async ({ params, authorize }) => {
    const group = await requireServerGroup(db, params.project_id, params.server_group_id)
    await authorize([groupResource(group)])
    return { tags: group.tags.map(({ key, value = '' }) => ({ key, value })) }
  })
}
