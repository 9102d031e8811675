import { type ErrorEntry, gateway, service } from './entry.ts'

/** Failures of the module `http`. */
export const HTTP_ERRORS = {
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
  'http.media_type': service(
    415,
    'WKS.00000415',
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
  'http.key_in_use': service(
    409,
    'WKS.00211103',
    'A request under this Idempotency-Key began at {begunAt} and has no answer: it runs, or its process died. Nothing is done twice; see what is there, then use another key.',
    'Wait a moment and repeat; if it stays so, look at what is there and use another key.',
  ),
  'http.keys_exhausted': service(
    409,
    'WKS.00211103',
    '{whose} has {limit} requests with an Idempotency-Key in the last 24 hours. Nothing was done; leave the header out or wait.',
    'Leave the header out, or wait until older keys have expired.',
  ),
  'http.key_differs': service(
    422,
    'WKS.00211102',
    'This Idempotency-Key was used for another request at {begunAt}. Nothing was done; use a key of its own for each request.',
    'Use a new key for a new request.',
  ),
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
} as const satisfies Record<string, ErrorEntry>
