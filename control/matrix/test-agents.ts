import type { Ask, Place } from './test-place.ts'
import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'

function aboutServer(place: Place, query: Readonly<Record<string, string>>): Ask {
  return { ...inProject(place, { server_id: place.api.world.servers[0]?.id ?? '' }), query }
}

/** Access agents and what they measure. */
export const AGENTS_ROWS: Rows = {
  ListAccessAgentLatestVersion: { ask: (place) => inProject(place) },
  ListServerHdaDetails: { ask: (place) => inProject(place) },
  ListServerHdaUpgradeRecords: { ask: (place) => inProject(place) },
  ShowAccessAgentLatestVersion: { ask: (place) => inProject(place) },
  ShowHdaUpgradeFlag: { ask: (place) => inProject(place) },
  ShowServerMetricData: {
    ask: (place) => aboutServer(place, { start_time: '2026-05-21T08:00:00Z', end_time: '2026-05-21T09:00:00Z' }),
  },
  ListServerMetricData: {
    ask: (place) =>
      aboutServer(place, {
        namespace: 'SYS.ECS',
        metric_name: 'cpu_util',
        from: '1691671739879',
        to: '1691675339879',
        period: '300',
        filter: 'average',
      }),
  },
}
