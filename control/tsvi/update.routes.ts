import { type Api, serve } from '#http'
import { batchUpdateTsvi } from '../../contract/operations/tsvi/update.ts'
import { type RequestDeps, requestUpdate } from './request.service.ts'

export function updateRoutes(api: Api, deps: RequestDeps): void {
  serve(api, batchUpdateTsvi, async ({ params, body, authorize }) => ({
    job_id: await requestUpdate(deps, { projectId: params.project_id, items: body.items, authorize }),
  }))
}
