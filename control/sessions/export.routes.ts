import { type Api, type Call, serve } from '#http'
import type { BodyOf } from '../../contract/operation.ts'
import {
  downloadAppConnections,
  downloadSessions,
  downloadUserConnections,
  type ExportKind,
  exportAppConnection,
  exportSessions,
  exportUserConnection,
} from '../../contract/operations/sessions/export.ts'
import { type ExportDeps, readExport, requestExport } from './export.service.ts'
import { type SessionFilter, sessionFilter } from './filter.ts'
import { readPeriod } from './period.ts'
import { readAppConnection, readUserConnection } from './session.routes.ts'

const QUERY = { from: 'body query_begin_time', to: 'body query_end_time' }

function readSessions(body: BodyOf<typeof exportSessions>, now: Date): SessionFilter {
  return sessionFilter(body, readPeriod({ from: body.query_begin_time, to: body.query_end_time }, QUERY, now))
}

export function exportRoutes(api: Api, deps: ExportDeps): void {
  const taskOf = async (projectId: string, kind: ExportKind, filter: SessionFilter) => ({
    task_id: await requestExport(deps, projectId, kind, filter),
  })

  serve(api, exportSessions, ({ params, body }) =>
    taskOf(params.project_id, 'sessions', readSessions(body, deps.clock.now())),
  )

  serve(api, exportUserConnection, ({ params, body }) =>
    taskOf(params.project_id, 'user_connection', readUserConnection(body, deps.clock.now())),
  )

  serve(api, exportAppConnection, ({ params, body }) =>
    taskOf(params.project_id, 'app_connection', readAppConnection(body, deps.clock.now())),
  )

  const fileOf = (kind: ExportKind, { params, setHeader }: Download): Promise<string> => {
    setHeader('content-disposition', `attachment; filename="${kind.replace('_', '-')}.csv"`)
    return readExport(deps, params.project_id, kind, params.task_id)
  }
  serve(api, downloadSessions, (call) => fileOf('sessions', call))
  serve(api, downloadUserConnections, (call) => fileOf('user_connection', call))
  serve(api, downloadAppConnections, (call) => fileOf('app_connection', call))
}

type Download = Pick<Call<typeof downloadSessions>, 'params' | 'setHeader'>
