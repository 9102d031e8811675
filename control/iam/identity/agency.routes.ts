import type { Api, Resource } from '#http'
import * as contract from '../../../contract/operations/iam/agency.ts'
import { serveIam } from '../serve-iam.ts'
import { changeAgency, createAgency, removeAgency } from './agency.service.ts'
import { agencyExpiresAt } from './agency.ts'
import { type Agency, listAgencies, requireAgency } from './agency.view.ts'
import type { IdentityDeps } from './deps.ts'
import { renderBareMicros } from './instant.ts'
import { iamResource, permitted } from './resource.ts'
import { requireOwnDomain } from './self.ts'

/** Agencies in the older generation. */
export function agencyRoutes(api: Api, deps: IdentityDeps): void {
  reading(api, deps)
  writing(api, deps)
}

export function agencyResource({
  path,
  name,
  id,
}: Pick<Agency, 'path' | 'name'> & Partial<Pick<Agency, 'id'>>): Resource {
  const resource = iamResource('agency', `${path}${name}`)
  return id === undefined ? resource : { ...resource, ownId: id }
}

function renderAgency(agency: Agency) {
  const { id, name, domain_id, trust_domain_id, trust_domain_name, description, duration } = agency
  const expiresAt = agencyExpiresAt(agency)
  const create_time = renderBareMicros(agency.created_at)
  const expire_time = expiresAt && renderBareMicros(expiresAt)
  return { id, name, domain_id, trust_domain_id, trust_domain_name, description, duration, create_time, expire_time }
}

function reading(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, contract.listAgencies, async ({ principal, query }) => {
    const own = query.domain_id === undefined || query.domain_id === principal.domainId
    const filter = { name: query.name, trustDomainId: query.trust_domain_id }
    const agencies = own ? await listAgencies(db, principal.domainId, filter) : []
    return { agencies: agencies.map(renderAgency) }
  })

  serveIam(api, deps, contract.showAgency, async ({ principal, params, authorize }) => {
    const agency = await permitted(
      requireAgency(db, principal.domainId, params.agency_id),
      iamResource('agency', params.agency_id),
      (agency) => [agencyResource(agency)],
      authorize,
    )
    return { agency: renderAgency(agency) }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { db } = deps
  serveIam(api, deps, contract.createAgency, async ({ principal, body, authorize }) => {
    const { name, domain_id, ...facts } = body.agency
    await authorize([iamResource('agency', name)])
    requireOwnDomain(principal, domain_id)
    return { agency: renderAgency(await createAgency(deps, principal.domainId, name, facts)) }
  })

  serveIam(api, deps, contract.updateAgency, async ({ principal, params, body, authorize }) => {
    const agency = await permitted(
      requireAgency(db, principal.domainId, params.agency_id),
      iamResource('agency', params.agency_id),
      (agency) => [agencyResource(agency)],
      authorize,
    )
    return { agency: renderAgency(await changeAgency(deps, agency, body.agency)) }
  })

  serveIam(api, deps, contract.deleteAgency, async ({ principal, params, authorize }) => {
    const agency = await permitted(
      requireAgency(db, principal.domainId, params.agency_id),
      iamResource('agency', params.agency_id),
      (agency) => [agencyResource(agency)],
      authorize,
    )
    await removeAgency(deps, agency)
  })
}
