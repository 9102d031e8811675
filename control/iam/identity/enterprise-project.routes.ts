import type { Api, Resource } from '#http'
import type { ResponseOf } from '../../../contract/operation.ts'
import * as contract from '../../../contract/operations/iam/enterprise-project.ts'
import { serveIam } from '../serve-iam.ts'
import type { IdentityDeps } from './deps.ts'
import {
  changeEnterpriseProject,
  createEnterpriseProject,
  ENTERPRISE_PROJECT_QUOTA,
  listEnterpriseProjects,
  removeEnterpriseProject,
  requireEnterpriseProject,
  switchEnterpriseProject,
} from './enterprise-project.service.ts'
import { countEnterpriseProjectRows } from './enterprise-project.store.ts'
import { type EnterpriseProject, selectEnterpriseProjects } from './enterprise-project.ts'
import { renderSeconds } from './instant.ts'

/** Enterprise projects: the account's own division of what it has. */
export function enterpriseProjectRoutes(api: Api, deps: IdentityDeps): void {
  reading(api, deps)
  making(api, deps)
  writing(api, deps)
}

/** An enterprise project belongs to itself, so that who has a grant for it can be asked about it. */
function resourceOf(id: string): Resource {
  return { type: 'enterpriseProject', id, tags: [], enterpriseProjectId: id }
}

type Rendered = ResponseOf<typeof contract.showEnterpriseProject>['enterprise_project']

function renderProject(project: EnterpriseProject): Rendered {
  const { id, name, description, status } = project
  const type = project.type === 'poc' ? 'poc' : 'prod'
  const times = { created_at: renderSeconds(project.created_at), updated_at: renderSeconds(project.updated_at) }
  return { id, name, description, status, type, ...times, delete_flag: false }
}

function reading(api: Api, deps: IdentityDeps): void {
  serveIam(api, deps, contract.listEnterpriseProjects, async ({ principal, query }) => {
    const all = await listEnterpriseProjects(deps, principal.domainId)
    const { items, total } = selectEnterpriseProjects(all, query)
    return { enterprise_projects: items.map(renderProject), total_count: total }
  })

  serveIam(api, deps, contract.showEnterpriseProject, async ({ principal, params, authorize }) => {
    await authorize([resourceOf(params.enterprise_project_id)])
    const project = await requireEnterpriseProject(deps, principal.domainId, params.enterprise_project_id)
    return { enterprise_project: renderProject(project) }
  })

  serveIam(api, deps, contract.showEnterpriseProjectQuota, async ({ principal }) => {
    const used = await countEnterpriseProjectRows(deps.db, principal.domainId)
    return { quotas: { resources: [{ type: 'enterprise_project', quota: ENTERPRISE_PROJECT_QUOTA, used }] } }
  })
}

function making(api: Api, deps: IdentityDeps): void {
  serveIam(api, deps, contract.createEnterpriseProject, async ({ principal, body, authorize }) => {
    await authorize([{ ...resourceOf('*'), enterpriseProjectId: null }])
    return { enterprise_project: renderProject(await createEnterpriseProject(deps, principal.domainId, body)) }
  })
}

function writing(api: Api, deps: IdentityDeps): void {
  serveIam(api, deps, contract.updateEnterpriseProject, async ({ principal, params, body, authorize }) => {
    await authorize([resourceOf(params.enterprise_project_id)])
    const project = await requireEnterpriseProject(deps, principal.domainId, params.enterprise_project_id)
    const changed = await changeEnterpriseProject(deps, principal.domainId, project, body)
    return { enterprise_project: renderProject(changed) }
  })

  serveIam(api, deps, contract.switchEnterpriseProject, async ({ principal, params, body, authorize }) => {
    const id = params.enterprise_project_id
    const isEnabled = body.action === 'enable'
    const disable = { action: 'eps:enterpriseProjects:disable', projectId: null, resource: resourceOf(id) }
    await (isEnabled ? authorize([resourceOf(id)]) : authorize([], [disable]))
    await requireEnterpriseProject(deps, principal.domainId, id)
    await switchEnterpriseProject(deps, principal.domainId, id, isEnabled)
  })

  serveIam(api, deps, contract.deleteEnterpriseProject, async ({ principal, params, authorize }) => {
    await authorize([resourceOf(params.enterprise_project_id)])
    const { id } = await requireEnterpriseProject(deps, principal.domainId, params.enterprise_project_id)
    await removeEnterpriseProject(deps, principal.domainId, id)
  })
}
