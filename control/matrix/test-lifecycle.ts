import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'

/** What is done to servers. */
export const LIFECYCLE_ROWS: Rows = {
  BatchRebootServer: {
    ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()], type: 'SOFT' } }),
  },
  BatchStartServer: { ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()] } }) },
  BatchStopServer: {
    ask: (place) => ({ ...inProject(place), body: { items: [place.nextServer()], type: 'HARD' } }),
  },
}
