import type { Db } from '#db'
import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { listServers, showServer } from '../../contract/operations/fleet/server.ts'
import { findServer, listServerPage } from './server.view.ts'

export function serverRoutes(api: Api, db: Db): void {
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
}
