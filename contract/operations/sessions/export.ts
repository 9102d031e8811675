import { type TSchema, Type } from 'typebox'
import { CALLER_ERRORS, defineOperation, type Permission } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { AppConnectionFilter, UserConnectionFilter } from './connection.ts'
import { Instant, SESSION_BODY_ERRORS } from './field.ts'
import { SESSION_FILTERS } from './session.ts'

/** The table of permissions names the two of connections; the third is named after them. */
function permissionOf(action: string): Permission {
  return { action, level: 'Write', resource: null, conditionKeys: [], dependencies: [] }
}

function exportOf<const Id extends string, T extends TSchema>(id: Id, path: string, permission: Permission, body: T) {
  return defineOperation({
    id,
    module: 'sessions',
    family: 'workspace',
    method: 'POST',
    path,
    summary: 'Write what the filter finds, of at most 30 days, to a CSV file; the answer names the task.',
    authentication: 'caller',
    permission,
    params: ProjectParams,
    query: NoQuery,
    body,
    status: 200,
    response: Type.Object({ task_id: Type.String({ pattern: '^[0-9a-f]{32}$' }) }),
    errors: [...SESSION_BODY_ERRORS, ...CALLER_ERRORS, 'sessions.too_many_exports', 'http.method_not_allowed'],
  })
}

/** No published operation fetches what an export wrote, so these are additions: one a kind, with its permission. */
function downloadOf<const Id extends string>(id: Id, exportPath: string, permission: Permission) {
  return defineOperation({
    id,
    module: 'sessions',
    family: 'workspace',
    method: 'GET',
    path: `${exportPath}/{task_id}`,
    summary: 'Fetch the file of an export (an addition, x-berth).',
    authentication: 'caller',
    permission,
    params: Type.Object(
      { ...ProjectParams.properties, task_id: Type.String({ minLength: 1, maxLength: 64 }) },
      { 'x-berth': true },
    ),
    query: NoQuery,
    body: null,
    status: 200,
    response: Type.String({ 'x-berth': true, description: 'UTF-8 with a byte order mark, a line of names, CRLF.' }),
    responseType: 'text/csv',
    errors: [
      'http.invalid',
      ...CALLER_ERRORS,
      'sessions.export_not_found',
      'sessions.export_running',
      'sessions.export_failed',
      'http.method_not_allowed',
    ],
    isAddition: true,
  })
}

const PATHS = {
  sessions: '/v1/{project_id}/session/list-sessions/export',
  user_connection: '/v1/{project_id}/session/user-connection/export',
  app_connection: '/v1/{project_id}/session/app-connection/export',
} as const
const PERMISSIONS = {
  sessions: permissionOf('workspace:session:exportSessions'),
  user_connection: permissionOf('workspace:session:exportUserConnection'),
  app_connection: permissionOf('workspace:session:exportAppConnection'),
} as const

/** What a file can be about. */
export type ExportKind = keyof typeof PATHS

const SessionsFilter = Type.Object(
  { query_begin_time: Type.Optional(Instant), query_end_time: Type.Optional(Instant), ...SESSION_FILTERS },
  { additionalProperties: false },
)

/** Contract section 6, as all of this file. */
export const exportSessions = exportOf('ExportSessions', PATHS.sessions, PERMISSIONS.sessions, SessionsFilter)
export const exportUserConnection = exportOf(
  'ExportUserConnection',
  PATHS.user_connection,
  PERMISSIONS.user_connection,
  UserConnectionFilter,
)
export const exportAppConnection = exportOf(
  'ExportAppConnection',
  PATHS.app_connection,
  PERMISSIONS.app_connection,
  AppConnectionFilter,
)

export const downloadSessions = downloadOf('DownloadSessions', PATHS.sessions, PERMISSIONS.sessions)
export const downloadUserConnections = downloadOf(
  'DownloadUserConnections',
  PATHS.user_connection,
  PERMISSIONS.user_connection,
)
export const downloadAppConnections = downloadOf(
  'DownloadAppConnections',
  PATHS.app_connection,
  PERMISSIONS.app_connection,
)
