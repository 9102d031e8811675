import type { Api } from '#http'
import { AppError } from '#kernel'
import * as contract from '../../../contract/operations/iam/project.ts'
import { serveIam } from '../serve-iam.ts'
import type { IdentityDeps } from './deps.ts'
import { listProjects, type Project } from './identity.store.ts'
import { linksOf } from './links.ts'
import { changeProject, createProject, requireOwnProject } from './project.service.ts'
import { iamResource, permitted } from './resource.ts'
import { requireOwnDomain } from './self.ts'

export function projectRoutes(api: Api, deps: IdentityDeps): void {
  listing(api, deps)
  writing(api, deps)
}

function renderProject(endpoint: string, project: Project) {
  const { id, name, domain_id, enabled, description } = project
  const links = { self: `${endpoint}/v3/projects/${id}` }
  return { id, name, domain_id, parent_id: parentOf(project), enabled, is_domain: false, description, links }
}

function parentOf({ parent_id, domain_id }: Project): string {
  return parent_id ?? domain_id
}

function listing(api: Api, deps: IdentityDeps): void {
  const { db, endpoint } = deps
  serveIam(api, deps, contract.listProjects, async ({ principal, query }) => {
    const own = query.domain_id === undefined || query.domain_id === principal.domainId
    const all = own && query.is_domain !== 'true' ? await listProjects(db, principal.domainId) : []
    const matching = all
      .filter((project) => query.name === undefined || project.name === query.name)
      .filter((project) => query.parent_id === undefined || parentOf(project) === query.parent_id)
      .filter((project) => query.enabled === undefined || String(project.enabled) === query.enabled)
    const perPage = query.per_page ?? 5000
    const start = ((query.page ?? 1) - 1) * perPage
    const projects = matching.slice(start, start + perPage).map((project) => renderProject(endpoint(), project))
    return { projects, links: linksOf(endpoint(), '/v3/projects') }
  })

  serveIam(api, deps, contract.listAuthProjects, async ({ principal }) => {
    const enabled = (await listProjects(db, principal.domainId)).filter((project) => project.enabled)
    const projects = enabled.map((project) => renderProject(endpoint(), project))
    return { projects, links: { self: `${endpoint()}/v3/auth/projects` } }
  })

  serveIam(api, deps, contract.showProject, async ({ principal, params }) => {
    const project = await requireOwnProject(deps, principal.domainId, params.project_id)
    return { project: renderProject(endpoint(), project) }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  const { endpoint } = deps
  serveIam(api, deps, contract.createProject, async ({ principal, body, authorize }) => {
    await authorize([iamResource('project', body.project.name)])
    requireOwnDomain(principal, body.project.domain_id)
    return { project: renderProject(endpoint(), await createProject(deps, principal.domainId, body.project)) }
  })

  serveIam(api, deps, contract.updateProject, async ({ principal, params, body, authorize }) => {
    const { name, description } = body.project
    const namesOf = (old: string) => (name === undefined || name === old ? [old] : [old, name])
    const project = await permitted(
      requireOwnProject(deps, principal.domainId, params.project_id),
      iamResource('project', params.project_id),
      (found) => namesOf(found.name).map((each) => iamResource('project', each)),
      authorize,
    )
    if (name === undefined && description === undefined) {
      throw new AppError('iam.request_invalid', { detail: 'body project lacks name and description' })
    }
    return { project: renderProject(endpoint(), await changeProject(deps, project, { name, description })) }
  })
}
