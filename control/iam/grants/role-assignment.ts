import { AppError } from '#kernel'
import type { QueryOf, ResponseOf } from '../../../contract/operation.ts'
import type { listRoleAssignments } from '../../../contract/operations/iam/role-assignment.ts'
import type { AssignmentFilter, RoleAssignment } from './role-assignment.view.ts'

type Query = QueryOf<typeof listRoleAssignments>
type Rendered = ResponseOf<typeof listRoleAssignments>['role_assignments'][number]

/** Throws iam.request_invalid when subject or scope are said twice. */
export function parseAssignmentFilter(query: Query): AssignmentFilter {
  return {
    ...{ roleId: query.role_id, subject: subjectOf(query), includeGroups: query.include_group !== 'false' },
    ...{ projectId: query['scope.project_id'], enterpriseProjectId: query['scope.enterprise_projects_id'] },
    scopes: scopesOf(query),
  }
}

const SUBJECTS = ['user', 'group', 'agency'] as const

function subjectOf(query: Query): AssignmentFilter['subject'] {
  const named = SUBJECTS.flatMap((kind) => {
    const id = query[`subject.${kind}_id`]
    return id === undefined ? [] : [{ kind, id }]
  })
  const given = query.subject === undefined ? named : [{ kind: query.subject }, ...named]
  if (given.length > 1) throw saidTwice('subject, subject.user_id, subject.group_id and subject.agency_id')
  return given[0]
}

function scopesOf(query: Query): AssignmentFilter['scopes'] {
  const { scope } = query
  const ids = [query['scope.project_id'], query['scope.domain_id'], query['scope.enterprise_projects_id']]
  const given = [scope, ...ids].filter((one) => one !== undefined)
  if (given.length > 1) {
    throw saidTwice('scope, scope.project_id, scope.domain_id and scope.enterprise_projects_id')
  }
  if (given.length === 0) return undefined
  if (scope === 'project' || query['scope.project_id'] !== undefined) return ['project']
  if (scope === 'enterprise_project' || query['scope.enterprise_projects_id'] !== undefined)
    return ['enterprise_project']
  return [query.is_inherited === 'true' ? 'all' : 'global']
}

function saidTwice(names: string): AppError {
  return new AppError('iam.request_invalid', { detail: `only one of ${names} can be given` })
}

export function renderAssignment(domainId: string): (assignment: RoleAssignment) => Rendered {
  return ({ roleId, userId, groupId, agencyId, scope, projectId, enterpriseProjectId }) => ({
    role: { id: roleId },
    ...(userId === null ? {} : { user: { id: userId } }),
    ...(groupId === null ? {} : { group: { id: groupId } }),
    ...(agencyId === null ? {} : { agency: { id: agencyId } }),
    scope: {
      ...(projectId === null ? {} : { project: { id: projectId } }),
      ...(enterpriseProjectId === null ? {} : { enterprise_project: { id: enterpriseProjectId } }),
      ...(scope === 'global' || scope === 'all' ? { domain: { id: domainId } } : {}),
    },
    is_inherited: scope === 'all',
  })
}
