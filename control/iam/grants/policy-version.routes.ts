import type { Api } from '#http'
import {
  createPolicyVersionV5,
  deletePolicyVersionV5,
  getPolicyVersionV5,
  listPolicyVersionsV5,
  setDefaultPolicyVersionV5,
} from '../../../contract/operations/iam/policy-version.ts'
import { serveIam } from '../serve-iam.ts'
import type { GrantsDeps } from './deps.ts'
import { parsePage, renderPage } from './marker-page.ts'
import { requireOwn, requirePolicy } from './policy.routes.ts'
import { parseVersionId, renderVersionId } from './policy.ts'
import {
  createVersion,
  listVersionsOf,
  type PolicyVersion,
  removeVersion,
  requireVersion,
  setDefaultVersion,
} from './policy-version.service.ts'

export function policyVersionRoutes(api: Api, deps: GrantsDeps): void {
  serveIam(api, deps, listPolicyVersionsV5, async ({ principal, params, query, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    const page = parsePage(query)
    const versions = await listVersionsOf(deps, policy.id)
    // a handful at most: the marker is looked for among them
    const marked = versions.map((version) => ({ id: markerOf(version), version }))
    const start = page.marker === undefined ? 0 : marked.findIndex(({ id }) => id === page.marker) + 1
    const { entries, page_info } = renderPage(marked.slice(start), page)
    return { versions: entries.map(({ version }) => renderVersion(version)), page_info }
  })

  serveIam(api, deps, createPolicyVersionV5, async ({ principal, params, body, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    requireOwn(policy)
    const own = { domainId: principal.domainId, policyId: policy.id }
    const version = await createVersion(deps, own, body.policy_document, body.set_as_default ?? false)
    return { policy_version: renderVersion(version) }
  })

  serveIam(api, deps, getPolicyVersionV5, async ({ principal, params, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    const version = await requireVersion(deps, policy.id, parseVersionId(params.version_id))
    return { policy_version: renderVersion(version) }
  })

  serveIam(api, deps, deletePolicyVersionV5, async ({ principal, params, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    requireOwn(policy)
    const own = { domainId: principal.domainId, policyId: policy.id }
    await removeVersion(deps, own, parseVersionId(params.version_id))
  })

  serveIam(api, deps, setDefaultPolicyVersionV5, async ({ principal, params, authorize }) => {
    const policy = await requirePolicy(deps, principal.domainId, params.policy_id, authorize)
    requireOwn(policy)
    const own = { domainId: principal.domainId, policyId: policy.id }
    await setDefaultVersion(deps, own, parseVersionId(params.version_id))
  })
}

/** A marker has four characters at least. */
function markerOf({ version }: PolicyVersion): string {
  return `version-${version}`
}

function renderVersion({ document, version, isDefault, createdAt }: PolicyVersion) {
  return {
    document,
    version_id: renderVersionId(version),
    is_default: isDefault,
    created_at: createdAt.toISOString(),
  }
}
