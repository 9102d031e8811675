import type { Api, Principal } from '#http'
import { AppError } from '#kernel'
import { GRANT_OPERATIONS, type GrantScope, type GrantSubject } from '../../../contract/operations/iam/grant.ts'
import { listRoleAssignments as listOperation } from '../../../contract/operations/iam/role-assignment.ts'
import { serveIam } from '../serve-iam.ts'
import type { GrantsDeps } from './deps.ts'
import { type Grantee, type GrantPlace, grantRole, listRolesOf, requireGranted, revokeRole } from './grant.service.ts'
import { linksOf, renderRole } from './role.ts'
import { parseAssignmentFilter, renderAssignment } from './role-assignment.ts'
import { listRoleAssignments } from './role-assignment.view.ts'

type Params = Readonly<Record<string, string>>

export function grantRoutes(api: Api, deps: GrantsDeps): void {
  for (const { subject, scope, grant, check, revoke, list } of GRANT_OPERATIONS) {
    const granteeOf = (principal: Principal, params: Params) => parseGrantee(principal, subject, scope, params)

    serveIam(api, deps, grant, ({ principal, params }) =>
      grantRole(deps, principal.domainId, granteeOf(principal, params), roleOf(params)),
    )
    serveIam(api, deps, check, ({ principal, params }) =>
      requireGranted(deps, principal.domainId, granteeOf(principal, params), roleOf(params)),
    )
    serveIam(api, deps, revoke, ({ principal, params }) =>
      revokeRole(deps, principal.domainId, granteeOf(principal, params), roleOf(params)),
    )
    serveIam(api, deps, list, async ({ principal, params }) => {
      const roles = await listRolesOf(deps, principal.domainId, granteeOf(principal, params))
      const base = deps.endpoint()
      return { roles: roles.map((role) => renderRole(role, base)), links: linksOf(`${base}/v3/roles`) }
    })
  }

  serveIam(api, deps, listOperation, async ({ principal, query }) => {
    if (query.domain_id !== principal.domainId) throw domainNotFound(query.domain_id)
    const page = { page: query.page ?? 1, perPage: query.per_page ?? 50 }
    const filter = parseAssignmentFilter(query)
    const { assignments, total } = await listRoleAssignments(deps.db, principal.domainId, filter, page)
    const render = renderAssignment(principal.domainId)
    return { total_num: total, role_assignments: assignments.map(render) }
  })
}

function roleOf(params: Params): string {
  return params.role_id ?? ''
}

function parseGrantee({ domainId }: Principal, kind: GrantSubject, scope: GrantScope, params: Params): Grantee {
  // a path that names an account names the caller's own
  if (params.domain_id !== undefined && params.domain_id !== domainId) throw domainNotFound(params.domain_id)
  return { kind, subjectId: params[`${kind}_id`] ?? '', place: placeOf(scope, params) }
}

function placeOf(scope: GrantScope, params: Params): GrantPlace {
  if (scope === 'project') return { scope, projectId: params.project_id ?? '' }
  if (scope === 'enterprise_project') return { scope, enterpriseProjectId: params.enterprise_project_id ?? '' }
  return { scope }
}

function domainNotFound(id: string): AppError {
  return new AppError('iam.not_found', { target: 'domain', id })
}
