import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { listServers, showServer } from '../../contract/operations/fleet/server.ts'
import { batchChangeServerMaintainMode, updateServer } from '../../contract/operations/fleet/server-change.ts'
import * as service from './server.service.ts'
import { findServer, listServerPage } from './server.view.ts'

export function serverRoutes(api: Api, deps: service.ServerDeps): void {
  const { db } = deps

  serve(api, listServers, ({ params, query }) =>
    listServerPage(db, params.project_id, {
      serverGroupId: query.server_group_id ?? '',
      serverName: query.server_name ?? '',
      machineName: query.machine_name ?? '',
      ipAddr: query.ip_addr ?? '',
      serverId: query.server_id ?? '',
      maintainStatus: query.maintain_status ?? '',
      scalingAutoCreate: query.scaling_auto_create ?? '',
      offset: query.offset ?? 0,
      limit: query.limit ?? 10,
    }),
  )

  serve(api, showServer, async ({ params, authorize }) => {
    const server = await findServer(db, params.project_id, params.server_id)
    if (!server) throw new AppError('fleet.server_not_found', { serverId: params.server_id })
    const { id, tags, enterprise_project_id } = server
    await authorize([{ type: 'server', id, tags, enterpriseProjectId: enterprise_project_id }])
    return server
  })

  serve(api, updateServer, ({ params, body, authorize }) => {
    const change = { name: body.name, description: body.description, maintainStatus: body.maintain_status }
    const wanted = { projectId: params.project_id, serverId: params.server_id, change }
    return service.updateServer(deps, wanted, authorize)
  })

  serve(api, batchChangeServerMaintainMode, ({ params, body, authorize }) => {
    const maintainStatus = String(body.maintain_status) === 'true'
    const wanted = { projectId: params.project_id, ids: body.items, maintainStatus }
    return service.changeMaintainMode(deps, wanted, authorize)
  })
}
