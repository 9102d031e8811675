import type { Operation } from '../../operation.ts'
import { listAppConnection, listUserConnection } from './connection.ts'
import {
  downloadAppConnections,
  downloadSessions,
  downloadUserConnections,
  exportAppConnection,
  exportSessions,
  exportUserConnection,
} from './export.ts'
import { listSessionByUserName, listSessions, logoffUserSession } from './session.ts'

/** Sessions and connections, in the order of the reference. */
export const SESSIONS_OPERATIONS: readonly Operation[] = [
  listSessions,
  listSessionByUserName,
  logoffUserSession,
  listUserConnection,
  listAppConnection,
  exportSessions,
  exportUserConnection,
  exportAppConnection,
  downloadSessions,
  downloadUserConnections,
  downloadAppConnections,
]
