/** Code and sentence of a failed sub-job. */
export interface SubJobError {
  readonly code: string
  readonly message: string
}

/**
 * Failures that travel inside a job (HTTP 200): `error_code` and `error_message` of a sub-job.
 * Module 0012 is servers and server groups; none of these numbers is published, the choice is ours.
 */
export const SUB_JOB_ERRORS = {
  'tsvi.addresses_exhausted': {
    code: 'WKS.00121201',
    message:
      'The subnet {subnetId} has {free} free addresses and the server needs {needed} more. Free addresses or enlarge the subnet, then repeat.',
  },
  'tsvi.port_refused': {
    code: 'WKS.00121202',
    message: 'The port {portId} could not be opened for the session addresses: {detail}',
  },
  'tsvi.agent_away': {
    code: 'WKS.00121203',
    message: 'The agent of the server did not answer within {seconds} s. Check the agent, then repeat.',
  },
  'tsvi.agent_refused': {
    code: 'WKS.00121204',
    message: 'The agent could not apply the configuration: {detail}',
  },
  'tsvi.reboot_lost': {
    code: 'WKS.00121205',
    message:
      'The server did not come back within {seconds} s after the reboot, neither soft nor hard. Check its console.',
  },
  'tsvi.address_not_seen': {
    code: 'WKS.00121206',
    message:
      'After the reboot a connection from {address} was seen as {seen}. Check port security and routes of the subnet.',
  },
  'lifecycle.host_refused': {
    code: 'WKS.00121211',
    message: 'The host could not be made, started or ended: {detail}',
  },
  'lifecycle.boot_lost': {
    code: 'WKS.00121212',
    message: 'The agent of the server did not link within {seconds} s after its boot. Check its console.',
  },
  'lifecycle.addresses_exhausted': {
    code: 'WKS.00121213',
    message:
      'The subnet {subnetId} has no free address for the server. Free addresses or use another subnet, then repeat.',
  },
  'lifecycle.create_cancelled': {
    code: 'WKS.00121214',
    message: 'The server was deleted before its creation had ended.',
  },
  'lifecycle.agent_not_upgraded': {
    code: 'WKS.00121215',
    message:
      'No agent of version {targetVersion} came within {seconds} s. Install the package of that version on the host, then repeat.',
  },
  'lifecycle.failed': {
    code: 'WKS.00211401',
    message: 'The requested operation failed: {detail}',
  },
  'tsvi.failed': {
    code: 'WKS.00211401',
    message: 'The requested operation failed: {detail}',
  },
} as const satisfies Record<string, SubJobError>
