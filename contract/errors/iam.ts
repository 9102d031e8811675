import { type ErrorEntry, gateway, iam, service } from './entry.ts'

const UNAUTHENTICATED = 'Incorrect IAM authentication information: '

/** Failures of the module `iam`. */
export const IAM_ERRORS = {
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
} as const satisfies Record<string, ErrorEntry>
