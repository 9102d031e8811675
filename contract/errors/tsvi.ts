import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `tsvi`. */
export const TSVI_ERRORS = {
  'tsvi.server_not_found': service(
    404,
    'WKS.00211902',
    'Not found in this project: server {serverIds}. Nothing was started; remove it from items and repeat.',
    'ListServers shows the servers of the project.',
  ),
  'tsvi.server_busy': service(
    409,
    'WKS.00211103',
    'Conflict: server {serverId} is being changed by {work}. Nothing was started; wait for its end.',
    'Wait for the named job or task, then repeat.',
  ),
} as const satisfies Record<string, ErrorEntry>
