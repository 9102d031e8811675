import { type Api, serve } from '#http'
import { nextJobIds } from '#jobs'
import { AGENT_VERSION } from '../../contract/agent/version.ts'
import { batchUpgradeHdaVersion } from '../../contract/operations/lifecycle/upgrade.ts'
import { type RequestDeps, refuseBusy, requireServers, serverResource, startTasks } from './request.service.ts'
import type { UpgradeRequest } from './upgrade.ts'

export function upgradeRoutes(api: Api, deps: RequestDeps): void {
  serve(api, batchUpgradeHdaVersion, async ({ params: { project_id: projectId }, body, authorize }) => {
    const targets = await requireServers(deps, projectId, body.items)
    await authorize(targets.map(serverResource))
    refuseBusy(targets)
    const [id = ''] = await nextJobIds(deps.db, 1)
    const request: UpgradeRequest = { targetVersion: AGENT_VERSION }
    await startTasks(deps, { projectId, kind: 'upgrade', request, job: { id, type: 'UPGRADE_ACCESS_AGENT' }, targets })
    return { job_id: id }
  })
}
