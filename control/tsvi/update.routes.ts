import { type Api, serve } from '#http'
import { batchUpdateTsvi } from '../../contract/operations/tsvi/update.ts'
import { createRequestUpdate, type RequestDeps } from './request.service.ts'

export function updateRoutes(api: Api, deps: RequestDeps): void {
  const requestUpdate = createRequestUpdate(deps)
  serve(api, batchUpdateTsvi, async ({ params, body, authorize }) => ({
    job_id: await requestUpdate({ projectId: params.project_id, items: body.items, authorize }),
  }))
}
