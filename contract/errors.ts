/**
 * Every failure a caller can see, once: our word, the HTTP status, the outside code, the body it travels in,
 * and the sentence. The reference page `docs/reference/errors.md` and `openapi.json` are made from this table.
 *
 * Shapes: `service` is `{error_code, error_msg}` of the WorkspaceApp service, `gateway` adds `request_id`, `iam` is
 * what the generation of IAM answers that the operation belongs to (IAM reference, section 4.3). Clients decode them all.
 */
export type ErrorShape = 'service' | 'gateway' | 'iam'

export interface ErrorEntry {
  readonly status: number
  /** May have a `{name}` place too, where one failure has many published numbers. */
  readonly code: string
  readonly shape: ErrorShape
  /** The sentence; `{name}` is filled from the facts of the failure. */
  readonly message: string
  /** For the reference page: what the caller does about it. */
  readonly remedy: string
  /** A further sentence, sent as `error_detail`: an addition to the service's shape that clients may ignore. */
  readonly detail?: string
}

function service(status: number, code: string, message: string, remedy: string, detail?: string): ErrorEntry {
  return { status, code, shape: 'service', message, remedy, ...(detail === undefined ? {} : { detail }) }
}

function gateway(status: number, code: string, message: string, remedy: string): ErrorEntry {
  return { status, code, shape: 'gateway', message, remedy }
}

function iam(status: number, code: string, message: string, remedy: string, detail?: string): ErrorEntry {
  return { status, code, shape: 'iam', message, remedy, ...(detail === undefined ? {} : { detail }) }
}

const UNAUTHENTICATED = 'Incorrect IAM authentication information: '

export const ERRORS = {
  'http.body_missing': service(
    400,
    'WKS.0001',
    'The request body is empty. Send the JSON body of {operation}.',
    'Send the body.',
  ),
  'http.body_malformed': service(
    400,
    'WKS.00211102',
    'The request body is not valid JSON: {detail}. Send one JSON object.',
    'Repair the JSON.',
  ),
  'http.content_type': service(
    400,
    'WKS.00211102',
    "The request body has Content-Type '{contentType}'. Send application/json.",
    'Set the header Content-Type: application/json.',
  ),
  'http.invalid': service(
    400,
    'WKS.00211102',
    'The parameter is invalid: {where} {detail}.',
    'The sentence names the place and the rule; correct it and send again.',
  ),
  'http.not_found': gateway(
    404,
    'APIGW.0101',
    'The API does not exist or has not been published in the environment: {method} {path}',
    'Check method and path against /openapi.json.',
  ),
  'http.method_not_allowed': service(
    405,
    'WKS.00000405',
    'The method {method} is not allowed for this resource. Use {allow}.',
    'Use a method of the Allow header.',
  ),
  'http.too_large': gateway(413, 'APIGW.0201', 'Request entity too large: the limit is {limit} bytes', 'Send less.'),
  'http.uri_too_large': gateway(414, 'APIGW.0201', 'Request URI too large: the limit is {limit} bytes', 'Send less.'),
  'http.headers_too_large': gateway(
    494,
    'APIGW.0201',
    'Request headers too large: the limit is {limit} bytes',
    'Send less.',
  ),
  'http.request_malformed': gateway(400, 'APIGW.0201', 'API request error: {detail}', 'Send well-formed HTTP.'),
  'http.failed': service(
    500,
    'WKS.00211401',
    'The requested operation failed. Please try again later. Quote request {requestId} to the operator.',
    'A defect: the log of the control plane has the request id.',
  ),
  'http.unavailable': service(
    503,
    'WKS.00050902',
    'The service is now unavailable to process the request: {reason}. Nothing was started; try again shortly.',
    'Wait for the database (or the start) and repeat the call.',
  ),

  'iam.credentials_missing': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}x-auth-token not found`,
    'Send X-Auth-Token, or sign the request with an access key.',
  ),
  'iam.token_undecodable': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}decrypt token fail`,
    'Get a new token from POST /v3/auth/tokens.',
  ),
  'iam.token_expired': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}token expires, expires_at: {expiresAt}`,
    'Get a new token.',
  ),
  'iam.authorization_malformed': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}the Authorization header is malformed: {detail}`,
    'Sign with SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=….',
  ),
  'iam.access_key_unknown': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}ak {accessKey} not exist`,
    'Check the access key.',
  ),
  'iam.signature_expired': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}calc aksk signature fail:signature expired, signature time:{signedAt},server time:{serverTime}`,
    'Set the clock; the window is 15 minutes either way.',
  ),
  'iam.signature_mismatch': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}verify aksk signature fail, canonicalRequest:{canonicalRequest}`,
    'Compare the canonical request with the one that was signed.',
  ),
  'iam.principal_gone': service(
    401,
    'WKS.00211302',
    'User authorization error. The user of this credential no longer exists or is disabled.',
    'Use the credential of an enabled user.',
  ),
  'iam.forbidden': service(
    403,
    'WKS.00081102',
    'User does not have permission to access this resource.',
    'error_detail names action, resource and reason; ask the account owner for the action.',
    '{reason}',
  ),
  'iam.console_only': gateway(
    403,
    'IAM.0081',
    'The user of the access key may use the console only.',
    'Sign with the key of a user whose access_mode is default or programmatic, or get a token by password.',
  ),
  'iam.token_superseded': gateway(
    401,
    'APIGW.0307',
    'The token must be updated.',
    'Password, key or state of the user changed after the token was issued: get a new one.',
  ),
  'iam.token_revoked': gateway(401, 'APIGW.0307', 'The token must be updated.', 'It was revoked: get a new one.'),
  'iam.access_key_locked': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}AK access failed to reach the limit,forbidden.`,
    'Five requests in a row from this address were signed wrongly with the key: wait five minutes.',
  ),
  'iam.security_token_refused': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}{detail}`,
    'Send the X-Security-Token that came with the temporary key, and get new ones when they expire.',
  ),
  'iam.security_token_missing': gateway(
    401,
    'APIGW.0301',
    `${UNAUTHENTICATED}a temporary access key needs one X-Security-Token header`,
    'Send the X-Security-Token that came with the temporary key, with every request.',
  ),
  'iam.outside_unavailable': service(
    503,
    'WKS.00050902',
    'The service is now unavailable to process the request: the token cannot be checked, because {reason}. Nothing was started; try again shortly.',
    'The identity service outside does not answer, or not as it should: the log of the control plane says how.',
  ),
  'iam.request_invalid': iam(400, 'IAM.0011', 'The request body is invalid: {detail}', 'Correct the request.'),
  'iam.password_wrong': iam(401, 'IAM.0062', 'The username or password is wrong.', 'Check name, password and domain.'),
  'iam.programmatic_only': iam(
    403,
    'IAM.0002',
    'You are not authorized to perform the requested action.',
    'The access_mode of the user is programmatic: sign with an access key instead of asking for a token by password.',
  ),
  'iam.password_locked': iam(
    401,
    'IAM.0061',
    'Too many wrong passwords from this address: wait until {until} and try again.',
    'Five wrong passwords in a row for one user from one address: wait five minutes. Other addresses may go on.',
  ),
  'iam.subject_token_unknown': iam(
    404,
    'IAM.0009',
    'X-Subject-Token is invalid in the request',
    'It is no token, has expired or was revoked, or is of another account.',
  ),
  'iam.scope_forbidden': iam(
    403,
    'IAM.0002',
    'You are not authorized to perform the requested action.',
    'Ask for a project or domain of your own account.',
  ),
  'iam.not_allowed': iam(
    403,
    'IAM.0003',
    "Policy doesn't allow {action} to be performed.",
    'error_detail names action, resource and reason; ask the account owner for the action.',
    '{reason}',
  ),
  'iam.not_found': iam(
    404,
    'IAM.0004',
    'Could not find {target}: {id}.',
    'It does not exist in this account; the lists show what does.',
  ),
  'iam.conflict': iam(409, 'IAM.0005', 'Conflict: {detail}', 'The sentence says with what; nothing was changed.'),
  'iam.user_invalid': iam(
    400,
    '{code}',
    'The user is invalid: {detail}',
    'The sentence names the rule (codes 1103 password, 1106 phone without country code, 1108 password as before).',
  ),
  'iam.owner_kept': iam(
    400,
    '1107',
    'Nobody but the owner of an account changes it or its keys, and it can be neither deleted nor disabled.',
    'Let the owner do it.',
  ),
  'iam.access_key_limit': iam(
    400,
    'IAM.0007',
    'akSkNumExceed: the user has {limit} permanent access keys, the most there can be.',
    'Delete one first.',
  ),
  'iam.temporary_key_limit': iam(
    400,
    'IAM.0007',
    'The user has {limit} temporary keys that live, the most there can be.',
    'Use one until it ends instead of making one for each call.',
  ),
  'iam.policy_invalid': iam(
    400,
    '{code}',
    'The policy is invalid: {where} {detail}',
    'The sentence names the place and the rule (codes IAM.1020 to IAM.1059); correct the document.',
  ),

  'fleet.server_not_found': service(
    404,
    'WKS.00211902',
    'The server {serverId} does not exist in this project. ListServers shows those that do.',
    'ListServers shows the servers of the project.',
  ),
  'tsvi.server_not_found': service(
    404,
    'WKS.00211902',
    'Not found in this project: server {serverIds}. Nothing was started; remove it from items and repeat.',
    'ListServers shows the servers of the project.',
  ),
  'fleet.server_group_not_found': service(
    404,
    'WKS.00211902',
    'The server group {serverGroupId} does not exist in this project.',
    'Check the id.',
  ),
  'fleet.product_unknown': service(
    400,
    'WKS.00129901',
    "The request message is invalid: product_id '{productId}' is not in the catalogue. Known: {known}.",
    'Use a product of the catalogue.',
  ),
  'fleet.server_group_name_taken': service(
    400,
    'WKS.00129901',
    "The name '{name}' is taken by another server group of this project. Choose another name.",
    'Choose another name.',
  ),
  'fleet.server_group_refused': service(
    400,
    'WKS.00129901',
    'The request message is invalid: {detail}.',
    'Virtual session IPs need is_vdi=false, Windows or Linux and a subnet with DHCP; a standby group is as its primary.',
  ),
  'fleet.enterprise_project_not_found': service(
    404,
    'WKS.00211902',
    'The enterprise project {enterpriseProjectId} does not exist in this account, or is disabled.',
    'ListEnterpriseProject shows those that do.',
  ),
  'vpc.subnet_not_found': service(
    404,
    'WKS.00211902',
    'The subnet {subnetId} does not exist in VPC {vpcId} of this project.',
    'Check vpc_id and subnet_id.',
  ),
  'jobs.not_found': service(
    400,
    'WKS.00149901',
    'The job {jobId} does not exist in this project. Check the job id.',
    'ShowJobDetail declares 400, 401, 403 and 500 only, so an unknown job is a 400.',
  ),
  'tsvi.server_busy': service(
    409,
    'WKS.00211103',
    'Conflict: server {serverId} is being changed by job {jobId} ({jobType}). Nothing was started; wait for that job.',
    'Wait for the named job, then repeat.',
  ),
} as const satisfies Record<string, ErrorEntry>

export type ErrorWord = keyof typeof ERRORS

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
  'tsvi.failed': {
    code: 'WKS.00211401',
    message: 'The requested operation failed: {detail}',
  },
} as const

export type SubJobErrorWord = keyof typeof SUB_JOB_ERRORS

/** Fills `{name}` places; a missing fact prints as `?` so that a sentence is never lost to its own arguments. */
export function renderMessage(template: string, facts: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '?'))
}
