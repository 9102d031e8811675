import { newServers } from '../lifecycle/test-servers.ts'
import type { Place } from './test-place.ts'
import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'

const OTHER_IMAGE = { image_id: 'another-image', image_type: 'private', os_type: 'Windows' }

const someServer = (place: Place) => place.api.world.servers[0]?.id ?? ''

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
  ReinstallServer: { ask: (place) => ({ ...inProject(place, { server_id: place.nextServer() }), body: {} }) },
  BatchReinstallServer: { ask: (place) => ({ ...inProject(place), body: { server_ids: [place.nextServer()] } }) },
  ChangeServerImage: {
    ask: (place) => ({ ...inProject(place, { server_id: place.nextServer() }), body: OTHER_IMAGE }),
  },
  BatchChangeServerImage: {
    ask: (place) => ({ ...inProject(place), body: { server_ids: [place.nextServer()], ...OTHER_IMAGE } }),
  },
  BatchUpgradeHdaVersion: { ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()] } }) },
  ShowServerVnc: { ask: (place) => inProject(place, { server_id: someServer(place) }), refused: 400 },
  BatchRejoinDomain: { ask: (place) => ({ ...inProject(place), body: { items: [someServer(place)] } }), refused: 400 },
  BatchMigrateHostsServer: {
    ask: (place) => ({ ...inProject(place), body: { server_ids: [someServer(place)], host_id: 'host' } }),
    refused: 400,
  },
}
