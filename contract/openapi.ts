import { ERRORS, type ErrorEntry, type ErrorWord, SUB_JOB_ERRORS } from './errors.ts'
import { exampleFor } from './openapi/example.ts'
import { type Links, linksOf } from './openapi/links.ts'
import { renderParameters } from './openapi/parameters.ts'
import { type Paths, shareExamples } from './openapi/share.ts'
import {
  type Authentication,
  errorsOf,
  type Family,
  GATEWAY_ERRORS,
  MODULES,
  type Operation,
  takesIdempotencyKey,
} from './operation.ts'
import { OPERATIONS } from './operations/index.ts'

/** The whole API as OpenAPI 3.1, made from the objects that validate. */
export function renderOpenapi(version: string): object {
  const { paths, examples } = shareExamples(renderPaths())
  return {
    openapi: '3.1.0',
    info: {
      title: 'Berth',
      version,
      description:
        'An independent implementation of the Workspace Application Streaming API for servers of your own. Members marked x-berth are additions.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: MODULES.map((name) => ({ name })),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, schemas: ERROR_SCHEMAS, examples },
    'x-sub-job-errors': SUB_JOB_ERRORS,
  }
}

function renderPaths(): Paths {
  const links = linksOf(OPERATIONS)
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) {
    const { path, method, id } = operation
    paths[path] = { ...paths[path], [method.toLowerCase()]: renderOperation(operation, links.get(id) ?? {}) }
  }
  return paths
}

const SECURITY_SCHEMES = {
  token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'From POST /v3/auth/tokens; 24 hours.' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…, with X-Sdk-Date.',
  },
}

const TEXT = { type: 'string' }

/** Of refusals; clients may ignore them. */
const DETAIL = { error_detail: { type: 'string', description: 'Action, resource and reason.' } }
const ADDITIONS = {
  ...DETAIL,
  encoded_authorization_message: { type: 'string', description: 'For POST /v5/decode-authorization-message.' },
}

const ERROR_SCHEMAS = {
  ServiceError: {
    type: 'object',
    required: ['error_code', 'error_msg'],
    properties: {
      error_code: { type: 'string', minLength: 1, maxLength: 16 },
      error_msg: { type: 'string', minLength: 1, maxLength: 255 },
      ...ADDITIONS,
    },
  },
  GatewayError: {
    type: 'object',
    required: ['error_code', 'error_msg', 'request_id'],
    properties: {
      ...{ error_code: TEXT, error_msg: TEXT, request_id: { type: 'string', pattern: '^[0-9a-f]{32}$' } },
      ...ADDITIONS,
    },
  },
  IamError: {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message', 'title'],
        properties: { code: { type: 'integer' }, message: TEXT, title: TEXT },
      },
      ...DETAIL,
    },
  },
  IamServiceError: {
    type: 'object',
    required: ['error_code', 'error_msg'],
    properties: { error_code: TEXT, error_msg: TEXT, ...ADDITIONS },
  },
  VpcError: {
    type: 'object',
    required: ['code', 'message'],
    properties: { code: TEXT, message: { type: 'string', minLength: 1, maxLength: 999 }, ...ADDITIONS },
  },
  EpsError: {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['error_code', 'error_msg'],
        properties: { error_code: TEXT, error_msg: TEXT },
      },
      ...DETAIL,
    },
  },
}

const IAM_SCHEMAS = {
  workspace: 'IamServiceError',
  vpc: 'IamServiceError',
  'iam.v3': 'IamError',
  'iam.v3.0': 'IamServiceError',
  'iam.v5': 'GatewayError',
  eps: 'EpsError',
} as const satisfies Record<Family, string>

/** A method that a path does not have belongs to no operation, and so to no family. */
function schemaOf({ shape, status }: ErrorEntry, family: Family): string {
  if (shape === 'iam') return IAM_SCHEMAS[family]
  if (shape === 'vpc' || (shape === 'service' && family === 'vpc' && status !== 405)) return 'VpcError'
  return shape === 'service' ? 'ServiceError' : 'GatewayError'
}

function renderOperation(operation: Operation, links: Links): object {
  const { id, module, summary, authentication, permission, body, status, response, responseType } = operation
  const example = exampleOfOperation(operation)
  return {
    operationId: id,
    tags: [module],
    summary,
    parameters: [
      ...renderParameters(operation.params, 'path'),
      ...renderParameters(operation.query, 'query'),
      ...renderParameters(operation.headers ?? {}, 'header'),
      ...(takesIdempotencyKey(operation) ? [IDEMPOTENCY_KEY] : []),
    ],
    ...(body === null ? {} : { requestBody: { required: true, content: renderContent(body, example.body) } }),
    responses: {
      [status]: {
        description: 'Success.',
        headers: REQUEST_ID,
        ...(response === null ? {} : { content: renderContent(response, example.response, responseType) }),
        ...(Object.keys(links).length === 0 ? {} : { links }),
      },
      ...renderErrors([...errorsOf(operation), ...gatewayErrors(operation)], operation.family),
    },
    security: SECURITY[authentication],
    ...(permission === null ? {} : { 'x-permissions': [permission] }),
    ...(operation.isAddition === true ? { 'x-berth': true } : {}),
    ...(operation.availability === 'refused' ? { 'x-availability': 'refused' } : {}),
  }
}

/** With a slash or dots in a part of its path, also encoded, a request is of no operation. */
function gatewayErrors({ path }: Operation): readonly ErrorWord[] {
  return path.includes('{') ? [...GATEWAY_ERRORS, 'http.not_found'] : GATEWAY_ERRORS
}

/** What the contract gives; where it gives none, one that is made from the schema. */
export function exampleOfOperation({ id, body, response, example }: Operation): { body: unknown; response: unknown } {
  return {
    body: example?.body ?? (body === null ? undefined : exampleFor(body, id, 'what is required')),
    response: example?.response ?? (response === null ? undefined : exampleFor(response, id)),
  }
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  'x-berth': true,
  description:
    'The same request of the same caller under the same key is done once; its first answer is given for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
}

const SECURITY = {
  none: [],
  optional: [{}, { token: [] }, { signature: [] }],
  caller: [{ token: [] }, { signature: [] }],
} as const satisfies Record<Authentication, object>

const REQUEST_ID = {
  'X-Request-Id': { description: 'Quote it to the operator.', schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } },
}

function renderContent(schema: object, example: unknown, type = 'application/json'): object {
  return { [type]: { schema, ...(example === undefined ? {} : { example }) } }
}

/** One response a status; the sentences of its errors are its examples. */
function renderErrors(words: readonly ErrorWord[], family: Family): Record<string, object> {
  const byStatus = Map.groupBy(new Set(words), (word) => ERRORS[word].status)
  const statuses = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(statuses.map(([status, some]) => [String(status), renderStatus(some, family)]))
}

function renderStatus(words: readonly ErrorWord[], family: Family): object {
  const entries = words.map((word): [ErrorWord, ErrorEntry] => [word, ERRORS[word]])
  const schemas = [...new Set(entries.map(([, entry]) => schemaOf(entry, family)))]
  const references = schemas.map((name) => ({ $ref: `#/components/schemas/${name}` }))
  const examples = entries.map(([word, entry]) => [word, { summary: entry.remedy, value: exampleOf(entry, family) }])
  return {
    description: [...new Set(entries.map(([, entry]) => entry.code))].join(', '),
    headers: REQUEST_ID,
    content: {
      'application/json': {
        schema: references.length === 1 ? references[0] : { anyOf: references },
        examples: Object.fromEntries(examples),
      },
    },
  }
}

function exampleOf(entry: ErrorEntry, family: Family): object {
  const body = { error_code: entry.code, error_msg: entry.message.slice(0, 255) }
  switch (schemaOf(entry, family)) {
    case 'VpcError':
      return { code: entry.code, message: entry.message.slice(0, 999) }
    case 'IamError':
      return { error: { code: entry.status, message: entry.message, title: 'Error' } }
    case 'EpsError':
      return { error: body }
    case 'GatewayError':
      return { ...body, request_id: '0123456789abcdef0123456789abcdef' }
    default:
      return body
  }
}
