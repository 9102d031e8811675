import { type Api, serve } from '#http'
import { batchUpdateTsvi } from '../../contract/operations/tsvi/update.ts'
import { dryRun } from './dry-run.service.ts'
import { createRequestUpdate, type RequestDeps } from './request.service.ts'

export function updateRoutes(api: Api, deps: RequestDeps): void {
  const requestUpdate = createRequestUpdate(deps)
  serve(api, batchUpdateTsvi, async ({ params, body, authorize }) => {
    const request = { projectId: params.project_id, items: body.items, authorize }
    return body.dry_run === true ? { dry_run: await dryRun(deps, request) } : { job_id: await requestUpdate(request) }
  })
}
