import { type Api, type Resource, serve } from '#http'
import { createServerGroup as create, showServerGroup as show } from '../../contract/operations/fleet/server-group.ts'
import { createServerGroup, type FleetDeps } from './server-group.service.ts'
import { requireServerGroupDetail, type ServerGroupDetail } from './server-group.view.ts'

export function serverGroupRoutes(api: Api, deps: FleetDeps): void {
  serve(api, create, async ({ params, body, authorize }) => {
    const epsId = body.enterprise_project_id || '0'
    await authorize([{ type: 'serverGroup', id: '*', tags: body.tags ?? [], enterpriseProjectId: epsId }])
    return createServerGroup(deps, params.project_id, body)
  })

  serve(api, show, async ({ params, authorize }) => {
    const group = await requireServerGroupDetail(deps.db, params.project_id, params.server_group_id)
    await authorize([resourceOf(group)])
    return group
  })
}

function resourceOf(group: ServerGroupDetail): Resource {
  return { type: 'serverGroup', id: group.id, tags: group.tags, enterpriseProjectId: group.enterprise_project_id }
}
