import { type Api, serve } from '#http'
import {
  batchChangeServerImage,
  batchReinstallServer,
  changeServerImage,
  reinstallServer,
} from '../../contract/operations/lifecycle/rebuild.ts'
import { rebuildServer, rebuildServers } from './rebuild.service.ts'
import type { RequestDeps } from './request.service.ts'

export function rebuildRoutes(api: Api, deps: RequestDeps): void {
  serve(api, reinstallServer, async ({ params, authorize }) => {
    const { action } = reinstallServer.permission
    const asked = { projectId: params.project_id, action, image: null, authorize }
    return { job_id: await rebuildServer(deps, params.server_id, asked) }
  })

  serve(api, batchReinstallServer, ({ params, body, authorize }) => {
    const { action } = batchReinstallServer.permission
    return rebuildServers(deps, body.server_ids ?? [], { projectId: params.project_id, action, image: null, authorize })
  })

  serve(api, changeServerImage, async ({ params, body: image, authorize }) => {
    const { action } = changeServerImage.permission
    const asked = { projectId: params.project_id, action, image, authorize }
    return { job_id: await rebuildServer(deps, params.server_id, asked) }
  })

  serve(api, batchChangeServerImage, ({ params, body: { server_ids = [], ...image }, authorize }) => {
    const { action } = batchChangeServerImage.permission
    return rebuildServers(deps, server_ids, { projectId: params.project_id, action, image, authorize })
  })
}
