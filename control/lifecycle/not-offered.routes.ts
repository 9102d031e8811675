import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import {
  batchMigrateHostsServer,
  batchRejoinDomain,
  showServerVnc,
} from '../../contract/operations/lifecycle/not-offered.ts'
import { type RequestDeps, requireServers, serverResource } from './request.service.ts'

/** Refused only after everything else about the request is right: whoever may not call learns nothing more here. */
export function notOfferedRoutes(api: Api, deps: Pick<RequestDeps, 'db'>): void {
  serve(api, showServerVnc, async ({ params, authorize }) => {
    await authorize((await requireServers(deps, params.project_id, [params.server_id])).map(serverResource))
    throw new AppError('lifecycle.not_offered', {
      reason: 'no remote console is proxied: reach the host itself, as its operator does',
    })
  })

  serve(api, batchRejoinDomain, async ({ params, body, authorize }) => {
    await authorize((await requireServers(deps, params.project_id, body.items)).map(serverResource))
    throw new AppError('lifecycle.not_offered', { reason: 'servers are in no AD domain, so there is none to rejoin' })
  })

  serve(api, batchMigrateHostsServer, async ({ params, body, authorize }) => {
    const servers = (await requireServers(deps, params.project_id, body.server_ids)).map(serverResource)
    const host = { type: 'wdh', id: body.host_id, tags: [], enterpriseProjectId: null } as const
    await authorize([...servers, host])
    throw new AppError('lifecycle.not_offered', { reason: 'there are no dedicated hosts to migrate servers to' })
  })
}
