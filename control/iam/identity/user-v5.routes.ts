import type { Api } from '#http'
import * as v5 from '../../../contract/operations/iam/user-v5.ts'
import { serveIam } from '../serve-iam.ts'
import type { IdentityDeps } from './deps.ts'
import { requireGroup } from './group.store.ts'
import { parsePage, renderPage } from './page.ts'
import { iamResource, permitted } from './resource.ts'
import { iamUrn } from './urn.ts'
import { changedUser, userResource } from './user.routes.ts'
import { changeUser, createUser, removeUser } from './user.service.ts'
import { listUsers, requireUser, type UserRow } from './user.store.ts'

/** Users in the newer generation. */
export function userV5Routes(api: Api, deps: IdentityDeps): void {
  reading(api, deps)
  writing(api, deps)
}

function renderUser(user: UserRow) {
  const { id: user_id, name: user_name, enabled, description, is_owner: is_root_user } = user
  const created_at = user.created_at.toISOString()
  return {
    user_id,
    user_name,
    enabled,
    description,
    is_root_user,
    created_at,
    urn: iamUrn(user.domain_id, 'user', user_name),
  }
}

function reading(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, v5.listUsersV5, async ({ principal, query }) => {
    const { domainId } = principal
    const page = parsePage(query)
    const { group_id: groupId } = query
    if (groupId !== undefined) await requireGroup(db, domainId, groupId)
    const rows = await listUsers(db, domainId, { groupId, page })
    const { items, page_info } = renderPage(rows, page.limit, ({ id }) => id)
    return { users: items.map(renderUser), page_info }
  })

  serveIam(api, deps, v5.showUserV5, async ({ principal, params, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => [userResource(user)],
      authorize,
    )
    const tags = user.tags.map(({ key, value = '' }) => ({ tag_key: key, tag_value: value }))
    return { user: { ...renderUser(user), tags } }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, v5.createUserV5, async ({ principal, body, authorize }) => {
    await authorize([iamResource('user', body.name)])
    const { name, enabled, description } = body
    return { user: renderUser(await createUser(deps, principal.domainId, { name, enabled, description })) }
  })

  serveIam(api, deps, v5.updateUserV5, async ({ principal, params, body, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => changedUser(user, body.new_user_name),
      authorize,
    )
    const { new_user_name: name, new_description: description, enabled } = body
    return { user: renderUser(await changeUser(deps, principal, user, { name, description, enabled })) }
  })

  serveIam(api, deps, v5.deleteUserV5, async ({ principal, params, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => [userResource(user)],
      authorize,
    )
    await removeUser(deps, user)
  })
}
