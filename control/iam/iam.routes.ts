import { type Api, serve } from '#http'
import { listAuthDomains } from '../../contract/operations/iam/domain.ts'
import { listProjects as listProjectsOperation } from '../../contract/operations/iam/project.ts'
import { authorizationMessageRoutes } from './authorization-message.routes.ts'
import { credentialRoutes } from './credential/credential.routes.ts'
import type { TokenDeps } from './credential/token.service.ts'
import { grantsRoutes } from './grants/grants.routes.ts'
import { listProjects } from './identity/identity.store.ts'

export function iamRoutes(api: Api, deps: TokenDeps): void {
  credentialRoutes(api, deps)
  grantsRoutes(api, deps)
  authorizationMessageRoutes(api, deps)

  serve(api, listProjectsOperation, async ({ principal, query }) => {
    const own = query.domain_id === undefined || query.domain_id === principal.domainId
    const all = own && query.is_domain !== 'true' ? await listProjects(deps.db, principal.domainId) : []
    const matching = all
      .filter((project) => query.name === undefined || project.name === query.name)
      .filter((project) => query.parent_id === undefined || project.domain_id === query.parent_id)
      .filter((project) => query.enabled === undefined || String(project.enabled) === query.enabled)
    const perPage = query.per_page ?? 5000
    const start = ((query.page ?? 1) - 1) * perPage
    const projects = matching.slice(start, start + perPage).map((project) => ({
      ...project,
      parent_id: project.domain_id,
      is_domain: false,
      description: '',
      links: { self: `${deps.endpoint()}/v3/projects/${project.id}` },
    }))
    return { projects, links: { self: `${deps.endpoint()}/v3/projects`, previous: null, next: null } }
  })

  serve(api, listAuthDomains, async ({ principal }) => {
    const { domainId: id, domainName: name } = principal
    const links = { self: `${deps.endpoint()}/v3/domains/${id}` }
    return {
      domains: [{ id, name, enabled: true, description: '', links }],
      links: { self: `${deps.endpoint()}/v3/auth/domains`, previous: null, next: null },
    }
  })
}
