import type { Api, Principal, Resource } from '#http'
import * as v3 from '../../../contract/operations/iam/user.ts'
import * as v30 from '../../../contract/operations/iam/user-v30.ts'
import { serveIam } from '../serve-iam.ts'
import type { IdentityDeps, UserDeps } from './deps.ts'
import { renderBareMicros } from './instant.ts'
import { linksOf } from './links.ts'
import { iamResource, permitted } from './resource.ts'
import { isFreeToSelf, requireOwnDomain, requireSelf } from './self.ts'
import { changeOwnPassword, changeUser, createUser, removeUser } from './user.service.ts'
import { listUsers, requireUser, type UserRow } from './user.store.ts'

/** Users in the two older generations. */
export function userRoutes(api: Api, deps: UserDeps): void {
  listing(api, deps)
  writing(api, deps)
  writingAll(api, deps)
  ownData(api, deps)
}

export function userResource(user: Pick<UserRow, 'name' | 'tags'>): Resource {
  return iamResource('user', user.name, user.tags)
}

/** What a change is about: with another name the user becomes another resource, which the caller has to be allowed too. */
export function changedUser(user: UserRow, name: string | undefined): readonly Resource[] {
  return name === undefined || name === user.name
    ? [userResource(user)]
    : [userResource(user), userResource({ ...user, name })]
}

/** A user that may be the caller itself: then nobody has to allow it, but a Deny counts. */
export function orSelf(principal: Principal, user: UserRow): readonly Resource[] {
  return [{ ...userResource(user), isOwn: isFreeToSelf(principal, user.id) }]
}

export function renderUser(endpoint: string, user: UserRow) {
  const { id, name, domain_id, enabled, description, password_reset: pwd_status, access_mode } = user
  const links = linksOf(endpoint, `/v3/users/${id}`)
  return { id, name, domain_id, enabled, description, password_expires_at: null, pwd_status, access_mode, links }
}

function renderWholeUser(endpoint: string, user: UserRow) {
  const { email, areacode, phone, xuser_id, xuser_type, is_owner: is_domain_owner } = user
  const create_time = renderBareMicros(user.created_at)
  return { ...renderUser(endpoint, user), email, areacode, phone, xuser_id, xuser_type, is_domain_owner, create_time }
}

function listing(api: Api, deps: IdentityDeps): void {
  const { db, endpoint } = deps
  serveIam(api, deps, v3.listUsers, async ({ principal, query }) => {
    const own = query.domain_id === undefined || query.domain_id === principal.domainId
    // passwords do not expire, so none does before, at or after any instant
    const isEmpty = !own || query.password_expires_at !== undefined
    const enabled = query.enabled === undefined ? undefined : query.enabled === 'true'
    const users = isEmpty ? [] : await listUsers(db, principal.domainId, { name: query.name, enabled })
    return { users: users.map((user) => renderUser(endpoint(), user)), links: linksOf(endpoint(), '/v3/users') }
  })

  serveIam(api, deps, v3.showUser, async ({ principal, params, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    return { user: renderUser(endpoint(), user) }
  })

  serveIam(api, deps, v30.showUserByAdmin, async ({ principal, params, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    return { user: renderWholeUser(endpoint(), user) }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { db, endpoint } = deps
  serveIam(api, deps, v3.createUser, async ({ principal, body, authorize }) => {
    const { domain_id, ...facts } = body.user
    await authorize([iamResource('user', facts.name)])
    requireOwnDomain(principal, domain_id)
    return { user: renderUser(endpoint(), await createUser(deps, principal.domainId, facts)) }
  })

  serveIam(api, deps, v3.updateUser, async ({ principal, params, body, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => changedUser(user, body.user.name),
      authorize,
    )
    const { pwd_status: password_reset, ...facts } = body.user
    return { user: renderUser(endpoint(), await changeUser(deps, principal, user, { ...facts, password_reset })) }
  })

  serveIam(api, deps, v3.deleteUser, async ({ principal, params, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => [userResource(user)],
      authorize,
    )
    await removeUser(deps, user)
  })
}

function writingAll(api: Api, deps: IdentityDeps): void {
  const { db, endpoint } = deps
  serveIam(api, deps, v30.createUserByAdmin, async ({ principal, body, authorize }) => {
    const { domain_id, pwd_status: password_reset, ...facts } = body.user
    await authorize([iamResource('user', facts.name)])
    requireOwnDomain(principal, domain_id)
    const user = await createUser(deps, principal.domainId, { ...facts, password_reset })
    return { user: renderWholeUser(endpoint(), user) }
  })

  serveIam(api, deps, v30.updateUserByAdmin, async ({ principal, params, body, authorize }) => {
    const user = await permitted(
      requireUser(db, principal.domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => changedUser(user, body.user.name),
      authorize,
    )
    const { pwd_status: password_reset, ...facts } = body.user
    return { user: renderWholeUser(endpoint(), await changeUser(deps, principal, user, { ...facts, password_reset })) }
  })
}

/** What needs no permission, because a user does it to itself alone. */
function ownData(api: Api, deps: UserDeps): void {
  const { db } = deps
  serveIam(api, deps, v3.changePassword, async ({ principal, params, body, sourceIp }) => {
    requireSelf(principal, params.user_id)
    const user = await requireUser(db, principal.domainId, params.user_id)
    const { original_password: original, password } = body.user
    await changeOwnPassword(deps, user, { original, password, sourceIp })
  })

  serveIam(api, deps, v30.updateOwnInformation, async ({ principal, params, body }) => {
    requireSelf(principal, params.user_id)
    const user = await requireUser(db, principal.domainId, params.user_id)
    const { email, mobile } = body.user
    const [areacode, phone] = mobile === undefined ? [] : [mobile.split('-')[0] ?? '', mobile.split('-')[1] ?? '']
    await changeUser(deps, principal, user, { email, areacode, phone })
  })
}
