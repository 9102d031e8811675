import type { Api } from '#http'
import { notOfferedRoutes } from './not-offered.routes.ts'
import { rebuildRoutes } from './rebuild.routes.ts'
import type { RequestDeps } from './request.service.ts'
import { upgradeRoutes } from './upgrade.routes.ts'

/** What is done to the disk and the agent of a server, and what would be done to hosts of a cloud. */
export function hostRoutes(api: Api, deps: RequestDeps): void {
  rebuildRoutes(api, deps)
  upgradeRoutes(api, deps)
  notOfferedRoutes(api, deps)
}
