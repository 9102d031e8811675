import type { Api, Resource } from '#http'
import * as v3 from '../../../contract/operations/iam/group.ts'
import { serveIam } from '../serve-iam.ts'
import type { IdentityDeps } from './deps.ts'
import { changeGroup, createGroup, removeGroup } from './group.service.ts'
import { type GroupRow, listGroups, requireGroup } from './group.store.ts'
import { linksOf } from './links.ts'
import { iamResource, permitted } from './resource.ts'
import { requireOwnDomain } from './self.ts'

/** Groups in the oldest generation. */
export function groupRoutes(api: Api, deps: IdentityDeps): void {
  reading(api, deps)
  writing(api, deps)
}

export function groupResource(group: Pick<GroupRow, 'name'>): Resource {
  return iamResource('group', group.name)
}

/** What a change is about: under its old name and, where it gets one, its new name. */
export function changedGroup(group: GroupRow, name: string | undefined): readonly Resource[] {
  return name === undefined || name === group.name
    ? [groupResource(group)]
    : [groupResource(group), groupResource({ name })]
}

export function renderGroup(endpoint: string, group: GroupRow) {
  const { id, name, domain_id, description, created_at } = group
  const links = { self: `${endpoint}/v3/groups/${id}` }
  return { id, name, domain_id, description, create_time: created_at.getTime(), links }
}

function reading(api: Api, deps: IdentityDeps): void {
  const { db, endpoint } = deps
  serveIam(api, deps, v3.listGroups, async ({ principal, query }) => {
    const { domainId } = principal
    const own = query.domain_id === undefined || query.domain_id === domainId
    const groups = own ? await listGroups(db, domainId, { name: query.name }) : []
    return { groups: groups.map((group) => renderGroup(endpoint(), group)), links: linksOf(endpoint(), '/v3/groups') }
  })

  serveIam(api, deps, v3.showGroup, async ({ principal, params, authorize }) => {
    const group = await permitted(
      requireGroup(db, principal.domainId, params.group_id),
      iamResource('group', params.group_id),
      (group) => [groupResource(group)],
      authorize,
    )
    return { group: renderGroup(endpoint(), group) }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { db, endpoint } = deps
  serveIam(api, deps, v3.createGroup, async ({ principal, body, authorize }) => {
    const { name, domain_id, description } = body.group
    await authorize([iamResource('group', name)])
    requireOwnDomain(principal, domain_id)
    return { group: renderGroup(endpoint(), await createGroup(deps, principal.domainId, name, description)) }
  })

  serveIam(api, deps, v3.updateGroup, async ({ principal, params, body, authorize }) => {
    const group = await permitted(
      requireGroup(db, principal.domainId, params.group_id),
      iamResource('group', params.group_id),
      (group) => changedGroup(group, body.group.name),
      authorize,
    )
    const { name, domain_id, description } = body.group
    requireOwnDomain(principal, domain_id)
    return { group: renderGroup(endpoint(), await changeGroup(deps, group, name, description)) }
  })

  serveIam(api, deps, v3.deleteGroup, async ({ principal, params, authorize }) => {
    const group = await permitted(
      requireGroup(db, principal.domainId, params.group_id),
      iamResource('group', params.group_id),
      (group) => [groupResource(group)],
      authorize,
    )
    await removeGroup(deps, group)
  })
}
