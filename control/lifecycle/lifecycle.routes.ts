import type { Api } from '#http'
import { notOfferedRoutes } from './not-offered.routes.ts'
import { powerRoutes } from './power.routes.ts'
import { rebuildRoutes } from './rebuild.routes.ts'
import type { RequestDeps } from './request.service.ts'
import { upgradeRoutes } from './upgrade.routes.ts'

/** All that is done to servers. */
export function lifecycleRoutes(api: Api, deps: RequestDeps): void {
  powerRoutes(api, deps)
  rebuildRoutes(api, deps)
  upgradeRoutes(api, deps)
  notOfferedRoutes(api, deps)
}
