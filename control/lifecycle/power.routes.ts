import { type Api, serve } from '#http'
import { batchRebootServer, batchStartServer, batchStopServer } from '../../contract/operations/lifecycle/power.ts'
import { rebootServers, startServers, stopServers } from './power.service.ts'
import type { RequestDeps } from './request.service.ts'

export function powerRoutes(api: Api, deps: RequestDeps): void {
  serve(api, batchRebootServer, ({ params, body, authorize }) =>
    rebootServers(deps, { projectId: params.project_id, ids: body.items, authorize }, body.type),
  )

  serve(api, batchStartServer, ({ params, body, authorize }) =>
    startServers(deps, { projectId: params.project_id, ids: body.items, authorize }),
  )

  serve(api, batchStopServer, ({ params, body, authorize }) =>
    stopServers(deps, { projectId: params.project_id, ids: body.items, authorize }, body.type),
  )
}
