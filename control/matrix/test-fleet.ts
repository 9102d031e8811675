import { SERVER_GROUP_ROWS } from './test-groups.ts'
import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'
import { TENANT_ROWS } from './test-tenant.ts'

/** Servers, groups and the main operation: all in the project of the account. */
export const FLEET_ROWS: Rows = {
  BatchUpdateTsvi: {
    ask: (place) => ({ ...inProject(place), body: { items: [{ id: place.nextServer(), enable: true }] } }),
  },
  ListServers: { ask: (place) => inProject(place) },
  ShowServer: { ask: (place) => inProject(place, { server_id: place.api.world.servers[0]?.id ?? '' }) },
  ...SERVER_GROUP_ROWS,
  ...TENANT_ROWS,
}
