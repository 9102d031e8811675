import { type Api, type Principal, serve } from '#http'
import { AppError } from '#kernel'
import { listAuthDomains, showDomain } from '../../../contract/operations/iam/domain.ts'
import { listRegions } from '../../../contract/operations/iam/region.ts'
import { listVersions, showEnterpriseProjectVersion, showVersion } from '../../../contract/operations/iam/version.ts'
import type { IdentityDeps } from './deps.ts'
import { findDomain } from './identity.store.ts'
import { linksOf } from './links.ts'

/** How clients find their way before they know anything: versions, regions, their account. */
export function discoveryRoutes(api: Api, deps: IdentityDeps): void {
  versions(api, deps)
  regions(api, deps)
  domains(api, deps)
}

const VERSION = {
  id: 'v3.6',
  status: 'stable',
  updated: '2016-04-04T00:00:00Z',
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
}

const EPS_VERSION = { id: 'v1.0', status: 'CURRENT', updated: '2016-12-09T00:00:00Z', version: '', min_version: '' }

function versions(api: Api, { endpoint }: IdentityDeps): void {
  const identity = () => ({ ...VERSION, links: [{ rel: 'self', href: `${endpoint()}/v3/` }] })
  serve(api, listVersions, async () => ({ versions: { values: [identity()] } }))
  serve(api, showVersion, async () => ({ version: identity() }))
  serve(api, showEnterpriseProjectVersion, async () => ({
    version: { ...EPS_VERSION, links: [{ rel: 'self', href: `${endpoint()}/v1.0` }] },
  }))
}

function regions(api: Api, { endpoint, region }: IdentityDeps): void {
  serve(api, listRegions, async () => {
    const links = { self: `${endpoint()}/v3/regions/${region}` }
    const locales = { 'zh-cn': region, 'en-us': region }
    const own = { id: region, type: 'public', description: '', parent_region_id: null, locales, links }
    return { regions: [own], links: linksOf(endpoint(), '/v3/regions') }
  })
}

function domains(api: Api, { db, endpoint }: IdentityDeps): void {
  /** The caller knows its account by its own name, also where a row from outside has another. */
  const requireDomain = async ({ domainId: id, domainName: name }: Principal) => {
    const domain = await findDomain(db, id)
    if (!domain) throw domainNotFound(id)
    return { ...domain, name, links: { self: `${endpoint()}/v3/domains/${id}` } }
  }

  serve(api, listAuthDomains, async ({ principal }) => ({
    domains: [await requireDomain(principal)],
    links: linksOf(endpoint(), '/v3/auth/domains'),
  }))

  serve(api, showDomain, async ({ principal, params }) => {
    if (params.domain_id !== principal.domainId) throw domainNotFound(params.domain_id)
    return { domain: await requireDomain(principal) }
  })
}

function domainNotFound(id: string): AppError {
  return new AppError('iam.not_found', { target: 'domain', id })
}
