import type { Api } from '#http'
import {
  createCustomPolicy as createOperation,
  deleteCustomPolicy,
  listCustomPolicies,
  listPermissions,
  showCustomPolicy,
  showPermission,
  updateCustomPolicy,
} from '../../../contract/operations/iam/role.ts'
import { serveIam } from '../serve-iam.ts'
import { changeCustomPolicy, createCustomPolicy, roleNotFound } from './custom-policy.service.ts'
import type { GrantsDeps } from './deps.ts'
import { removePolicy } from './identity-policy.service.ts'
import type { Policy } from './policy.ts'
import { findRole, listRoles, type NumberedPage, type RoleFilter } from './policy.view.ts'
import { linksOf, renderRole } from './role.ts'

/** What a listing of one kind shows: roles that are shown there and those that are shown everywhere. */
const TYPES: Readonly<Record<'domain' | 'project' | 'all', readonly Policy['type'][]>> = {
  domain: ['AX', 'AA'],
  project: ['XA', 'AA'],
  all: ['AA'],
}

export function roleRoutes(api: Api, deps: GrantsDeps): void {
  const { db } = deps
  const render = (role: Policy) => renderRole(role, deps.endpoint())

  serveIam(api, deps, listPermissions, async ({ principal, query }) => {
    const { domain_id: domainId = null, name, display_name: displayName, catalog, permission_type: model } = query
    const types = query.type === undefined ? undefined : TYPES[query.type]
    const filter = { domainId, name, displayName, catalog, model, types }
    // another account's policies are as many as those of an account that is not there
    const isForeign = domainId !== null && domainId !== principal.domainId
    return rolesOf(deps, '/v3/roles', isForeign ? null : filter, pageOf(query))
  })

  serveIam(api, deps, showPermission, async ({ principal, params }) => {
    const role = await findRole(db, principal.domainId, params.role_id)
    if (!role) throw roleNotFound(params.role_id)
    return { role: render(role) }
  })

  serveIam(api, deps, listCustomPolicies, async ({ principal, query }) =>
    rolesOf(deps, '/v3.0/OS-ROLE/roles', { domainId: principal.domainId }, pageOf(query)),
  )

  serveIam(api, deps, showCustomPolicy, async ({ principal, params }) => ({
    role: render(await requireCustom(deps, principal.domainId, params.role_id)),
  }))

  serveIam(api, deps, createOperation, async ({ principal, body: { role } }) => {
    const { display_name: displayName, type, description, description_cn: descriptionCn = '', policy } = role
    const request = { displayName, type, description, descriptionCn, policy }
    return { role: render(await createCustomPolicy(deps, principal.domainId, request)) }
  })

  serveIam(api, deps, updateCustomPolicy, async ({ principal, params, body: { role } }) => {
    const { display_name: displayName, type, description, description_cn: descriptionCn, policy } = role
    const own = { domainId: principal.domainId, policyId: params.role_id }
    return {
      role: render(await changeCustomPolicy(deps, own, { displayName, type, description, descriptionCn, policy })),
    }
  })

  serveIam(api, deps, deleteCustomPolicy, async ({ principal, params }) => {
    const role = await requireCustom(deps, principal.domainId, params.role_id)
    await removePolicy(deps, principal.domainId, role.id)
    return { message: 'Delete success' }
  })
}

/** A custom policy of the account; those of the system are not among them. */
async function requireCustom({ db }: GrantsDeps, domainId: string, roleId: string): Promise<Policy> {
  const role = await findRole(db, domainId, roleId)
  if (role?.domainId !== domainId) throw roleNotFound(roleId)
  return role
}

const MOST_PER_PAGE = 300

function pageOf({ page = 1, per_page: perPage = MOST_PER_PAGE }: { page?: number; per_page?: number }): NumberedPage {
  return { page, perPage }
}

async function rolesOf({ db, endpoint }: GrantsDeps, path: string, filter: RoleFilter | null, page: NumberedPage) {
  const { roles, total } = filter === null ? { roles: [], total: 0 } : await listRoles(db, filter, page)
  const base = endpoint()
  return { roles: roles.map((role) => renderRole(role, base)), links: linksOf(`${base}${path}`), total_number: total }
}
