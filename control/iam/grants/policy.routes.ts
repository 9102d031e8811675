import type { Api, Resource } from '#http'
import { AppError } from '#kernel'
import {
  createPolicyV5,
  deletePolicyV5,
  getPolicyV5,
  listPoliciesV5,
} from '../../../contract/operations/iam/identity-policy.ts'
import { serveIam } from '../serve-iam.ts'
import type { GrantsDeps } from './deps.ts'
import { createIdentityPolicy, removePolicy } from './identity-policy.service.ts'
import { parsePage, renderPage } from './marker-page.ts'
import { policyUrn, renderVersionId } from './policy.ts'
import { type CountedPolicy, findIdentityPolicy, listIdentityPolicies } from './policy.view.ts'
import { policyNotFound } from './policy-version.service.ts'

export function policyRoutes(api: Api, deps: GrantsDeps): void {
  const { db } = deps

  serveIam(api, deps, listPoliciesV5, async ({ principal, query }) => {
    const page = parsePage(query)
    const { policy_type: type, path_prefix: pathPrefix = '', only_attached } = query
    const filter = { type, pathPrefix, onlyAttached: only_attached === 'true' }
    const found = await listIdentityPolicies(db, principal.domainId, filter, page)
    const { entries, page_info } = renderPage(found, page)
    return { policies: entries.map(renderPolicy), page_info }
  })

  serveIam(api, deps, createPolicyV5, async ({ principal, body, authorize }) => {
    const { policy_name: name, policy_document: document, path = '', description = '' } = body
    await authorize([policyResource(`${path}${name}`)])
    const request = { name, document, path, description }
    const policy = await createIdentityPolicy(deps, principal.domainId, request)
    return { policy: renderPolicy({ ...policy, attachmentCount: 0 }) }
  })

  serveIam(api, deps, getPolicyV5, async ({ principal, params, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    return { policy: renderPolicy(policy) }
  })

  serveIam(api, deps, deletePolicyV5, async ({ principal, params, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    requireOwn(policy)
    await removePolicy(deps, principal.domainId, policy.id)
  })
}

type Authorize = (resources: readonly Resource[]) => Promise<void>

/**
 * An identity policy that the caller may see, once the permission of the operation was asked for it. For one that is
 * not there it is asked as well: who may not, learns not even that.
 */
export async function requirePolicy(
  { db }: Pick<GrantsDeps, 'db'>,
  domainId: string,
  policyId: string,
  authorize: Authorize,
): Promise<CountedPolicy> {
  const found = await findIdentityPolicy(db, domainId, policyId)
  await authorize([policyResource(found ? `${found.path}${found.name}` : policyId)])
  if (!found) throw policyNotFound(policyId)
  return found
}

function policyResource(path: string): Resource {
  return { type: 'policy', id: path, tags: [], enterpriseProjectId: null }
}

/** Everybody sees the policies of the system, and nobody changes them. */
export function requireOwn({ domainId, id }: CountedPolicy): void {
  if (domainId === null) throw new AppError('iam.conflict', { detail: `the policy ${id} belongs to the system` })
}

function renderPolicy(policy: CountedPolicy) {
  return {
    policy_type: policy.domainId === null ? ('system' as const) : ('custom' as const),
    policy_name: policy.name,
    policy_id: policy.id,
    urn: policyUrn(policy),
    path: policy.path,
    default_version_id: renderVersionId(policy.version),
    attachment_count: policy.attachmentCount,
    description: policy.description,
    created_at: policy.createdAt.toISOString(),
    updated_at: policy.updatedAt.toISOString(),
  }
}
