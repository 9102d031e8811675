import { type TObject, type TString, Type } from 'typebox'
import { defineOperation, type Family, IAM_CALLER_ERRORS, type Permission } from '../../operation.ts'
import { Links } from './field.ts'
import { Id, OutsideId } from './identity-policy-fields.ts'
import { Role } from './role.ts'

/** Whom a role can be granted to. */
export type GrantSubject = 'group' | 'agency' | 'user'

/** Where it counts then: IAM reference, section 3.7. */
export type GrantScope = 'project' | 'global' | 'all' | 'enterprise_project'

/** One place where roles can be granted to one kind of subject. */
interface Place {
  readonly subject: GrantSubject
  readonly scope: GrantScope
  readonly family: Family
  /** Up to and without the role. */
  readonly path: string
  /** What comes after the role. */
  readonly tail: string
  readonly target: string
  /** Ids of the operations: to grant, to check, to revoke, to list. */
  readonly ids: readonly [string, string, string, string]
  /** What the actions end in: `iam:permissions:grantRoleTo…`. */
  readonly action: string
}

/** IAM reference, section 1.5. A user gets roles in enterprise projects only. */
const PLACES = [
  {
    subject: 'group',
    scope: 'project',
    family: 'iam.v3',
    path: '/v3/projects/{project_id}/groups/{group_id}/roles',
    tail: '',
    target: 'a group in a project',
    ids: [
      'KeystoneAssociateGroupWithProjectPermission',
      'KeystoneCheckProjectPermissionForGroup',
      'KeystoneRemoveProjectPermissionFromGroup',
      'KeystoneListProjectPermissionsForGroup',
    ],
    action: 'GroupOnProject',
  },
  {
    subject: 'group',
    scope: 'global',
    family: 'iam.v3',
    path: '/v3/domains/{domain_id}/groups/{group_id}/roles',
    tail: '',
    target: 'a group in global services',
    ids: [
      'KeystoneAssociateGroupWithDomainPermission',
      'KeystoneCheckDomainPermissionForGroup',
      'KeystoneRemoveDomainPermissionFromGroup',
      'KeystoneListDomainPermissionsForGroup',
    ],
    action: 'GroupOnDomain',
  },
  {
    subject: 'group',
    scope: 'all',
    family: 'iam.v3',
    path: '/v3/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles',
    tail: '/inherited_to_projects',
    target: 'a group in all projects',
    ids: [
      'UpdateDomainGroupInheritRole',
      'KeystoneCheckroleForGroup',
      'DeleteDomainGroupInheritedRole',
      'KeystoneListAllProjectPermissionsForGroup',
    ],
    action: 'Group',
  },
  {
    subject: 'agency',
    scope: 'project',
    family: 'iam.v3.0',
    path: '/v3.0/OS-AGENCY/projects/{project_id}/agencies/{agency_id}/roles',
    tail: '',
    target: 'an agency in a project',
    ids: [
      'AssociateAgencyWithProjectPermission',
      'CheckProjectPermissionForAgency',
      'RemoveProjectPermissionFromAgency',
      'ListProjectPermissionsForAgency',
    ],
    action: 'AgencyOnProject',
  },
  {
    subject: 'agency',
    scope: 'global',
    family: 'iam.v3.0',
    path: '/v3.0/OS-AGENCY/domains/{domain_id}/agencies/{agency_id}/roles',
    tail: '',
    target: 'an agency in global services',
    ids: [
      'AssociateAgencyWithDomainPermission',
      'CheckDomainPermissionForAgency',
      'RemoveDomainPermissionFromAgency',
      'ListDomainPermissionsForAgency',
    ],
    action: 'AgencyOnDomain',
  },
  {
    subject: 'agency',
    scope: 'all',
    family: 'iam.v3.0',
    path: '/v3.0/OS-INHERIT/domains/{domain_id}/agencies/{agency_id}/roles',
    tail: '/inherited_to_projects',
    target: 'an agency in all projects',
    ids: [
      'AssociateAgencyWithAllProjectsPermission',
      'CheckAllProjectsPermissionForAgency',
      'RemoveAllProjectsPermissionFromAgency',
      'ListAllProjectsPermissionsForAgency',
    ],
    action: 'Agency',
  },
  {
    subject: 'group',
    scope: 'enterprise_project',
    family: 'iam.v3',
    path: '/v3.0/OS-PERMISSION/enterprise-projects/{enterprise_project_id}/groups/{group_id}/roles',
    tail: '',
    target: 'a group in an enterprise project',
    ids: [
      'AssociateRoleToGroupOnEnterpriseProject',
      'CheckRoleForGroupOnEnterpriseProject',
      'RevokeRoleFromGroupOnEnterpriseProject',
      'ListRolesForGroupOnEnterpriseProject',
    ],
    action: 'GroupOnEnterpriseProject',
  },
  {
    subject: 'user',
    scope: 'enterprise_project',
    family: 'iam.v3',
    path: '/v3.0/OS-PERMISSION/enterprise-projects/{enterprise_project_id}/users/{user_id}/roles',
    tail: '',
    target: 'a user in an enterprise project',
    ids: [
      'AssociateRoleToUserOnEnterpriseProject',
      'CheckRoleForUserOnEnterpriseProject',
      'RevokeRoleFromUserOnEnterpriseProject',
      'ListRolesForUserOnEnterpriseProject',
    ],
    action: 'UserOnEnterpriseProject',
  },
] as const satisfies readonly Place[]

const IDS: Readonly<Record<string, TString>> = { project_id: OutsideId, domain_id: OutsideId }

/** The places of a path as a schema. */
function paramsOf(path: string): TObject<Record<string, TString>> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  return Type.Object(Object.fromEntries(names.map((name) => [name, IDS[name] ?? Id])))
}

function permissionOf(action: string, level: Permission['level']): Permission {
  return { action: `iam:permissions:${action}`, level, resource: null, conditionKeys: [], dependencies: [] }
}

/** Grant, check, revoke and list: the four differ from place to place in nothing but path and names. */
function defineGrantOperations(place: Place) {
  const [grantId, checkId, revokeId, listId] = place.ids
  const onePath = `${place.path}/{role_id}${place.tail}`
  const base = {
    module: 'iam',
    family: place.family,
    authentication: 'caller',
    query: Type.Object({}),
    body: null,
    errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
  } as const
  const one = { ...base, path: onePath, params: paramsOf(onePath), status: 204, response: null } as const
  const grant = defineOperation({
    ...one,
    id: grantId,
    method: 'PUT',
    summary: `Grant a role to ${place.target}; granted already is granted.`,
    permission: permissionOf(`grantRoleTo${place.action}`, 'Write'),
  })
  const check = defineOperation({
    ...one,
    id: checkId,
    method: 'HEAD',
    summary: `Ask whether ${place.target} has a role: 204 or 404.`,
    permission: permissionOf(`checkRoleFor${place.action}`, 'Read'),
  })
  const revoke = defineOperation({
    ...one,
    id: revokeId,
    method: 'DELETE',
    summary: `Take a role from ${place.target}.`,
    permission: permissionOf(`revokeRoleFrom${place.action}`, 'Write'),
  })
  const listPath = `${place.path}${place.tail}`
  const list = defineOperation({
    ...base,
    path: listPath,
    params: paramsOf(listPath),
    id: listId,
    method: 'GET',
    summary: `List the roles of ${place.target}.`,
    permission: permissionOf(`listRolesFor${place.action}`, 'List'),
    status: 200,
    response: Type.Object({ roles: Type.Array(Role), links: Links }),
  })
  return { subject: place.subject, scope: place.scope, grant, check, revoke, list }
}

export const GRANT_OPERATIONS = PLACES.map(defineGrantOperations)
