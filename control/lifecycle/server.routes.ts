import { type Api, serve } from '#http'
import { createAppServers } from '../../contract/operations/lifecycle/create.ts'
import { batchDeleteServer, deleteServer } from '../../contract/operations/lifecycle/delete.ts'
import { type CreateDeps, createServers } from './create.service.ts'
import { deleteServerIfThere, deleteServers } from './delete.service.ts'

export function lifecycleRoutes(api: Api, deps: CreateDeps): void {
  serve(api, createAppServers, async ({ params, body, authorize }) => ({
    job_id: await createServers(deps, { projectId: params.project_id, body, authorize }),
  }))

  serve(api, deleteServer, async ({ params, authorize }) => ({
    job_id: await deleteServerIfThere(deps, { projectId: params.project_id, ids: [params.server_id], authorize }),
  }))

  serve(api, batchDeleteServer, async ({ params, body, authorize }) => ({
    job_id: await deleteServers(deps, { projectId: params.project_id, ids: body.items, authorize }),
  }))
}
