import type { Api } from '#http'
import * as v5 from '../../../contract/operations/iam/group-v5.ts'
import { serveIam } from '../serve-iam.ts'
import type { IdentityDeps } from './deps.ts'
import { changedGroup, groupResource } from './group.routes.ts'
import { changeGroup, createGroup, removeGroup } from './group.service.ts'
import { type GroupRow, listGroups, requireGroup } from './group.store.ts'
import { parsePage, renderPage } from './page.ts'
import { iamResource, permitted } from './resource.ts'
import { iamUrn } from './urn.ts'
import { requireUser } from './user.store.ts'

/** Groups in the newer generation. */
export function groupV5Routes(api: Api, deps: IdentityDeps): void {
  reading(api, deps)
  writing(api, deps)
}

function renderGroup(group: GroupRow) {
  const { id: group_id, name: group_name, description, created_at } = group
  const urn = iamUrn(group.domain_id, 'group', group_name)
  return { group_id, group_name, description, created_at: created_at.toISOString(), urn }
}

function reading(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, v5.listGroupsV5, async ({ principal, query }) => {
    const { domainId } = principal
    const page = parsePage(query)
    const { user_id: userId } = query
    if (userId !== undefined) await requireUser(db, domainId, userId)
    const rows = await listGroups(db, domainId, { userId, page })
    const { items, page_info } = renderPage(rows, page.limit, ({ id }) => id)
    return { groups: items.map(renderGroup), page_info }
  })

  serveIam(api, deps, v5.showGroupV5, async ({ principal, params, authorize }) => {
    const group = await permitted(
      requireGroup(db, principal.domainId, params.group_id),
      iamResource('group', params.group_id),
      (group) => [groupResource(group)],
      authorize,
    )
    return { group: renderGroup(group) }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, v5.createGroupV5, async ({ principal, body, authorize }) => {
    await authorize([iamResource('group', body.group_name)])
    return { group: renderGroup(await createGroup(deps, principal.domainId, body.group_name, body.description)) }
  })

  serveIam(api, deps, v5.updateGroupV5, async ({ principal, params, body, authorize }) => {
    const group = await permitted(
      requireGroup(db, principal.domainId, params.group_id),
      iamResource('group', params.group_id),
      (group) => changedGroup(group, body.new_group_name),
      authorize,
    )
    return { group: renderGroup(await changeGroup(deps, group, body.new_group_name, body.new_group_description)) }
  })

  serveIam(api, deps, v5.deleteGroupV5, async ({ principal, params, authorize }) => {
    const group = await permitted(
      requireGroup(db, principal.domainId, params.group_id),
      iamResource('group', params.group_id),
      (group) => [groupResource(group)],
      authorize,
    )
    await removeGroup(deps, group)
  })
}
