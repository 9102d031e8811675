import { newServers } from '../lifecycle/test-servers.ts'
import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'

/** What is done to servers. */
export const LIFECYCLE_ROWS: Rows = {
  CreateAppServers: { ask: (place) => ({ ...inProject(place), body: newServers(place.api) }) },
  DeleteServer: { ask: (place) => inProject(place, { server_id: place.nextServer() }) },
  BatchDeleteServer: { ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()] } }) },
  BatchRebootServer: {
    ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()], type: 'SOFT' } }),
  },
  BatchStartServer: { ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()] } }) },
  BatchStopServer: {
    ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()], type: 'HARD' } }),
  },
}
