import type { Db } from '#db'
import type { Api } from '#http'
import { accessAgentRoutes } from './access-agent.routes.ts'
import { metricRoutes } from './metric.routes.ts'

/** What the API says of agents and of what they measure. */
export function agentRoutes(api: Api, db: Db): void {
  accessAgentRoutes(api, db)
  metricRoutes(api, db)
}
