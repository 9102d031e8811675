import type { Api } from '#http'
import * as contract from '../../../contract/operations/iam/agency-v5.ts'
import { serveIam } from '../serve-iam.ts'
import { agencyResource } from './agency.routes.ts'
import { changeTrustAgency, createTrustAgency, removeAgency } from './agency.service.ts'
import { type Agency, listAgencies, requireAgency } from './agency.view.ts'
import type { IdentityDeps } from './deps.ts'
import { parsePage, renderPage } from './page.ts'
import { iamResource, permitted } from './resource.ts'
import { iamUrn } from './urn.ts'

/** Agencies and trust agencies in the newer generation. */
export function agencyV5Routes(api: Api, deps: IdentityDeps): void {
  reading(api, deps)
  writing(api, deps)
}

function renderAgency(agency: Agency) {
  const { id, name, description, path, domain_id, max_session_seconds } = agency
  return {
    agency_id: id,
    agency_name: name,
    description,
    path,
    urn: iamUrn(domain_id, 'agency', `${path}${name}`),
    created_at: agency.created_at.toISOString(),
    max_session_duration: max_session_seconds,
    ...trustOf(agency),
  }
}

/** An agency names the account, a trust agency has a policy instead. */
function trustOf({ trust_policy, trust_domain_id, trust_domain_name }: Agency) {
  return trust_policy === null ? { trust_domain_id, trust_domain_name } : { trust_policy }
}

function reading(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, contract.listAgenciesV5, async ({ principal, query }) => {
    const page = parsePage(query)
    const rows = await listAgencies(db, principal.domainId, { pathPrefix: query.path_prefix, page })
    const { items, page_info } = renderPage(rows, page.limit, ({ id }) => id)
    return { agencies: items.map((agency) => ({ ...renderAgency(agency), tags: [] })), page_info }
  })

  serveIam(api, deps, contract.showAgencyV5, async ({ principal, params, authorize }) => {
    const agency = await permitted(
      requireAgency(db, principal.domainId, params.agency_id),
      iamResource('agency', params.agency_id),
      (agency) => [agencyResource(agency)],
      authorize,
    )
    return { agency: { ...renderAgency(agency), tags: [] } }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, contract.createAgencyV5, async ({ principal, body, authorize }) => {
    await authorize([agencyResource({ path: body.path ?? '', name: body.agency_name })])
    return { agency: renderAgency(await createTrustAgency(deps, principal.domainId, body)) }
  })

  serveIam(api, deps, contract.updateAgencyV5, async ({ principal, params, body, authorize }) => {
    const agency = await permitted(
      requireAgency(db, principal.domainId, params.agency_id),
      iamResource('agency', params.agency_id),
      (agency) => [agencyResource(agency)],
      authorize,
    )
    const { max_session_duration, description } = body
    return { agency: renderAgency(await changeTrustAgency(deps, agency, max_session_duration, description)) }
  })

  serveIam(api, deps, contract.deleteAgencyV5, async ({ principal, params, authorize }) => {
    const agency = await permitted(
      requireAgency(db, principal.domainId, params.agency_id),
      iamResource('agency', params.agency_id),
      (agency) => [agencyResource(agency)],
      authorize,
    )
    await removeAgency(deps, agency)
  })
}
