import { SERVER_GROUP_ROWS } from './test-groups.ts'
import type { Place } from './test-place.ts'
import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'
import { TENANT_ROWS } from './test-tenant.ts'

const serverOf = (place: Place) => place.api.world.servers[0]?.id ?? ''

/** Servers, groups and the main operation: all in the project of the account. */
export const FLEET_ROWS: Rows = {
  BatchUpdateTsvi: {
    ask: (place) => ({ ...inProject(place), body: { items: [{ id: place.nextServer(), enable: true }] } }),
  },
  ListServers: { ask: (place) => inProject(place) },
  ShowServer: { ask: (place) => inProject(place, { server_id: serverOf(place) }) },
  UpdateServer: {
    ask: (place) => ({ ...inProject(place, { server_id: serverOf(place) }), body: { description: 'of the matrix' } }),
  },
  BatchChangeServerMaintainMode: {
    ask: (place) => ({ ...inProject(place), body: { items: [serverOf(place)], maintain_status: true } }),
  },
  ...SERVER_GROUP_ROWS,
  ...TENANT_ROWS,
}
