import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `sessions`. */
export const SESSIONS_ERRORS = {
  'sessions.not_found': service(
    404,
    'WKS.00211902',
    'Not found in this project: session {sessionIds}. Nothing was ended; leave it out of session_ids and repeat.',
    'ListSessions shows the sessions of the project.',
  ),
  'sessions.agent_too_old': service(
    409,
    'WKS.00211103',
    'Conflict: the agent of server {serverIds} is of a version that cannot end sessions. Nothing was ended; upgrade it with BatchUpgradeHdaVersion, or leave the sessions of this server out of session_ids and repeat.',
    'ListServerHdaDetails shows the version of each agent. One that is too old to upgrade itself is installed anew.',
  ),
  'sessions.export_not_found': service(
    404,
    'WKS.00211902',
    'The export {taskId} does not exist in this project. Files are kept for a day; ask for a new one.',
    'Ask for a new export.',
  ),
  'sessions.too_many_exports': service(
    409,
    'WKS.00211103',
    'Conflict: this project has {running} exports that are still to be written and {kept} of the last day in all; {mostRunning} and {mostKept} are the most. Nothing was started.',
    'Repeat the call when one of them is written; a file is kept for a day.',
  ),
  'sessions.export_running': service(
    409,
    'WKS.00211103',
    'Conflict: the export {taskId} is still being written. Ask again shortly.',
    'Repeat the call shortly.',
  ),
  'sessions.export_failed': service(
    409,
    'WKS.00211103',
    'Conflict: the export {taskId} could not be written: {detail}',
    'Do as the sentence says and ask for a new export.',
  ),
} as const satisfies Record<string, ErrorEntry>
