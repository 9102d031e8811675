import type { Api, Principal, Resource } from '#http'
import { AppError } from '#kernel'
import * as contract from '../../../contract/operations/iam/membership.ts'
import { serveIam } from '../serve-iam.ts'
import type { IdentityDeps } from './deps.ts'
import { groupResource, renderGroup } from './group.routes.ts'
import { listGroups, requireGroup } from './group.store.ts'
import { linksOf } from './links.ts'
import { deleteMember, insertMember, isMember } from './membership.store.ts'
import { iamResource, permitted } from './resource.ts'
import { orSelf, renderUser } from './user.routes.ts'
import { listUsers, requireUser } from './user.store.ts'

/** Who is in which group, in both generations. */
export function membershipRoutes(api: Api, deps: IdentityDeps): void {
  changing(api, deps)
  changingV5(api, deps)
  listing(api, deps)
}

interface Pair {
  readonly group_id: string
  readonly user_id: string
}

type Authorize = (resources: readonly Resource[]) => Promise<void>

/** Both have to be of the caller's account; the group is what the permission is about. */
async function requirePair(
  { db }: IdentityDeps,
  principal: Principal,
  pair: Pair,
  authorize: Authorize,
): Promise<void> {
  await permitted(
    requireGroup(db, principal.domainId, pair.group_id),
    iamResource('group', pair.group_id),
    (group) => [groupResource(group)],
    authorize,
  )
  await requireUser(db, principal.domainId, pair.user_id)
}

async function addMember({ db }: IdentityDeps, { group_id, user_id }: Pair): Promise<void> {
  if (!(await insertMember(db, group_id, user_id))) throw notFound({ group_id, user_id })
}

async function removeMember({ db }: IdentityDeps, { group_id, user_id }: Pair): Promise<void> {
  if (!(await deleteMember(db, group_id, user_id))) throw notFound({ group_id, user_id })
}

function notFound({ group_id, user_id }: Pair): AppError {
  return new AppError('iam.not_found', { target: 'member', id: `${user_id} of group ${group_id}` })
}

function changing(api: Api, deps: IdentityDeps): void {
  serveIam(api, deps, contract.addUserToGroup, async ({ principal, params, authorize }) => {
    await requirePair(deps, principal, params, authorize)
    await addMember(deps, params)
  })

  serveIam(api, deps, contract.checkUserInGroup, async ({ principal, params, authorize }) => {
    await requirePair(deps, principal, params, authorize)
    if (!(await isMember(deps.db, params.group_id, params.user_id))) throw notFound(params)
  })

  serveIam(api, deps, contract.removeUserFromGroup, async ({ principal, params, authorize }) => {
    await requirePair(deps, principal, params, authorize)
    await removeMember(deps, params)
  })
}

function changingV5(api: Api, deps: IdentityDeps): void {
  serveIam(api, deps, contract.addUserToGroupV5, async ({ principal, params, body, authorize }) => {
    const pair = { group_id: params.group_id, user_id: body.user_id }
    await requirePair(deps, principal, pair, authorize)
    await addMember(deps, pair)
  })

  serveIam(api, deps, contract.removeUserFromGroupV5, async ({ principal, params, body, authorize }) => {
    const pair = { group_id: params.group_id, user_id: body.user_id }
    await requirePair(deps, principal, pair, authorize)
    await removeMember(deps, pair)
  })
}

function listing(api: Api, deps: IdentityDeps): void {
  const { db, endpoint } = deps
  serveIam(api, deps, contract.listUsersOfGroup, async ({ principal, params, authorize }) => {
    const { domainId } = principal
    const group = await permitted(
      requireGroup(db, domainId, params.group_id),
      iamResource('group', params.group_id),
      (group) => [groupResource(group)],
      authorize,
    )
    const users = await listUsers(db, domainId, { groupId: group.id })
    const links = linksOf(endpoint(), `/v3/groups/${group.id}/users`)
    return { users: users.map((user) => renderUser(endpoint(), user)), links }
  })

  serveIam(api, deps, contract.listGroupsOfUser, async ({ principal, params, authorize }) => {
    const { domainId } = principal
    const user = await permitted(
      requireUser(db, domainId, params.user_id),
      iamResource('user', params.user_id),
      (user) => orSelf(principal, user),
      authorize,
    )
    const groups = await listGroups(db, domainId, { userId: user.id })
    const links = linksOf(endpoint(), `/v3/users/${user.id}/groups`)
    return { groups: groups.map((group) => renderGroup(endpoint(), group)), links }
  })
}
