import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `sessions`. */
export const SESSIONS_ERRORS = {
  'sessions.not_found': service(
    404,
    'WKS.00211902',
    'Not found in this project: session {sessionIds}. Nothing was ended; leave it out of session_ids and repeat.',
    'ListSessions shows the sessions of the project.',
  ),
} as const satisfies Record<string, ErrorEntry>
