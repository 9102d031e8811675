import { systemClock } from '#kernel'
import { writeExport } from '../sessions/export.service.ts'
import { testHost } from '../sessions/test-host.ts'
import type { Ask, Place } from './test-place.ts'
import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'

const EVER = { query_begin_time: '2026-01-01T00:00:00.000Z', query_end_time: '2036-01-01T00:00:00.000Z' }

/** Sessions and connections: none has a resource type, so a call that names one that is not there is a 404. */
export const SESSIONS_ROWS: Rows = {
  ListSessions: { ask: (place) => ({ ...inProject(place), query: EVER }) },
  ListSessionByUserName: { ask: (place) => ({ ...inProject(place), query: { user_name: 'anna' } }) },
  LogoffUserSession: {
    ask: async (place) => ({
      ...inProject(place),
      body: { session_ids: [await insertSession(place)], delay_time: 0, message_type: 0 },
    }),
  },
  ListUserConnection: { ask: (place) => ({ ...inProject(place), body: {} }) },
  ListAppConnection: { ask: (place) => ({ ...inProject(place), body: {} }) },
  ExportSessions: { ask: askForFile },
  ExportUserConnection: { ask: askForFile },
  ExportAppConnection: { ask: askForFile },
  DownloadSessions: { ask: (place) => download(place, 'ExportSessions') },
  DownloadUserConnections: { ask: (place) => download(place, 'ExportUserConnection') },
  DownloadAppConnections: { ask: (place) => download(place, 'ExportAppConnection') },
}

/** The matrix has no workers: what was asked for before is written here, or there would soon be no more. */
async function askForFile(place: Place): Promise<Ask> {
  const { db } = place.api
  const running = await db.selectFrom('sessions.export').select('id').where('status', '=', 'RUNNING').execute()
  for (const { id } of running) await writeExport({ db, clock: systemClock }, id)
  return { ...inProject(place), body: {} }
}

/** A file that is written. */
async function download(place: Place, operationId: string): Promise<Ask> {
  const { task_id } = await place.give<{ task_id: string }>(operationId, await askForFile(place))
  await writeExport({ db: place.api.db, clock: systemClock }, task_id)
  place.ours.add(task_id)
  return inProject(place, { task_id })
}

/** A session on a server that no row has touched. */
async function insertSession({ api, ours }: Place): Promise<string> {
  const serverId = api.world.servers[0]?.id ?? ''
  const host = await testHost({ db: api.db, clock: systemClock, serverId, subnetId: api.world.subnet.id }, 1)
  const session = host.session(0)
  await host.report([session])
  ours.add(host.idOf(session))
  return host.idOf(session)
}
