import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `lifecycle`. */
export const LIFECYCLE_ERRORS = {
  'lifecycle.server_not_found': service(
    404,
    'WKS.00211902',
    'Not found in this project: server {serverIds}. Nothing was started; leave it out and repeat.',
    'ListServers shows the servers of the project.',
  ),
  'lifecycle.server_busy': service(
    409,
    'WKS.00211103',
    'Conflict: server {serverId} is being changed by {work}. Nothing was started; wait for its end.',
    'Wait for the named job or task, then repeat.',
  ),
  'lifecycle.create_refused': service(
    400,
    'WKS.00129901',
    'The request message is invalid: {detail}.',
    'Servers are made as their group says; prepaid orders and dedicated hosts need a cloud.',
  ),
  'lifecycle.addresses_short': service(
    400,
    'WKS.00129901',
    'The subnet {subnetId} has {free} free addresses; {count} servers need {needed}: {each} each.',
    'Create fewer servers, free addresses, or use another subnet; a released address rests for a while first.',
  ),
  'lifecycle.server_off': service(
    409,
    'WKS.00211103',
    'Conflict: server {serverId} is stopped. Nothing was started; BatchStartServer starts it.',
    'Start the server instead.',
  ),
  'lifecycle.not_created': service(
    409,
    'WKS.00211103',
    'Conflict: the creation of server {serverId} failed. Nothing was started; BatchUpdateTsvi repeats its addresses.',
    'Delete the server. If its host is there and only its addresses are missing, update those.',
  ),
  'lifecycle.not_offered': service(
    400,
    'WKS.00129901',
    'The operation means nothing in this installation: {reason}. Nothing was started.',
    'It exists on the cloud alone; leave it out.',
  ),
  'lifecycle.image_refused': service(
    400,
    'WKS.00129901',
    'The request message is invalid: the image of server {serverId} cannot be changed so: {problem}.',
    'The sentence names the field and the rule; correct it and send again.',
  ),
  'lifecycle.no_power': service(
    400,
    'WKS.00129901',
    'The hosts of this installation are brought by hand: it cannot {what}. Do that on the host itself.',
    'Without a compute provider only a SOFT reboot is possible, which the agent does.',
  ),
} as const satisfies Record<string, ErrorEntry>
