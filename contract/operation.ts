import type { Static, TSchema } from 'typebox'
import type { ErrorWord } from './errors.ts'

/**
 * How the caller proves who it is. `none` is for the calls that come before a credential exists; `optional` for those
 * that take a credential or are one in themselves: a credential that is there must be right.
 */
export type Authentication = 'caller' | 'optional' | 'none'

/** Resource types of URNs: those of the published authorization table, and those of IAM. */
export type ResourceType =
  | 'server'
  | 'serverGroup'
  | 'wdh'
  | 'vpc'
  | 'subnet'
  | 'port'
  | 'privateIp'
  | 'user'
  | 'group'
  | 'agency'
  | 'policy'
  | 'project'
  | 'enterpriseProject'

/** One row of the published authorization table (8.2): action, level, resource type, and what it depends on. */
export interface Permission {
  readonly action: string
  readonly level: 'List' | 'Read' | 'Write' | 'Tagging'
  /** Resource type of the URN, `null` where the table has none. */
  readonly resource: ResourceType | null
  readonly conditionKeys: readonly string[]
  readonly dependencies: readonly string[]
}

/** Which service answers: decides the shape of its errors. IAM has three generations, each with a shape of its own. */
export type Family = 'workspace' | 'vpc' | 'iam.v3' | 'iam.v3.0' | 'iam.v5' | 'eps'

export const MODULES = ['iam', 'fleet', 'vpc', 'agents', 'sessions', 'lifecycle', 'jobs', 'tsvi'] as const
export type Module = (typeof MODULES)[number]

/** One operation of the API, said once: server, types, OpenAPI, error page and docs are read from it. */
export interface Operation {
  readonly id: string
  readonly module: Module
  readonly family: Family
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with `{name}` places, as published. */
  readonly path: string
  readonly summary: string
  readonly authentication: Authentication
  readonly permission: Permission | null
  readonly params: TSchema
  readonly query: TSchema
  /** Request headers that mean something to the operation, names in lower case; credentials are not among them. */
  readonly headers?: TSchema
  readonly body: TSchema | null
  readonly status: 200 | 201 | 204 | 300
  /** Null: an answer without a body. */
  readonly response: TSchema | null
  /** Where the answer is a text of another type than JSON. */
  readonly responseType?: 'text/csv'
  readonly errors: readonly ErrorWord[]
  /** True for a read that is not a GET; `dry_run` where that member of the body makes one of it. */
  readonly isRead?: true | 'dry_run'
  /** True for an operation that nobody but us has. */
  readonly isAddition?: boolean
  /**
   * `refused`: it makes no sense without a cloud, and always answers the documented error. `implemented` unless said.
   */
  readonly availability?: 'implemented' | 'refused'
  /** A complete example for the OpenAPI document. */
  readonly example?: { readonly body?: unknown; readonly response: unknown }
}

/** Keeps the literal types of the schemas, so that handlers are typed by their operation. */
export function defineOperation<const T extends Operation>(operation: T): T {
  return operation
}

/**
 * Whether the permission is asked for a resource that the request names. A list of all of a kind names none; one of what
 * belongs to a resource, such as its tags, has that in its path.
 */
export function namesResource({ permission, path }: Pick<Operation, 'permission' | 'path'>): boolean {
  if (!permission?.resource) return false
  const place = `{${permission.resource.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_id}`
  return permission.level !== 'List' || path.includes(place)
}

/** Failures of the header below, whatever the operation. */
const KEY_ERRORS = [
  'http.key_in_use',
  'http.keys_exhausted',
  'http.key_differs',
] as const satisfies readonly ErrorWord[]

/** Whether this request changes nothing. */
export function onlyReads({ method, isRead }: Pick<Operation, 'method' | 'isRead'>, body: unknown): boolean {
  if (method === 'GET' || method === 'HEAD' || isRead === true) return true
  return isRead !== undefined && (body as Readonly<Record<string, unknown>>)[isRead] === true
}

/**
 * Whether a request may carry `Idempotency-Key`: every write of the service and of the network. A read is answered anew,
 * answers of IAM hold secrets, and neither is kept, nor are files.
 */
export function takesIdempotencyKey(operation: Operation): boolean {
  const { family, authentication, responseType } = operation
  const isWrite = !onlyReads(operation, {}) && responseType === undefined
  return isWrite && authentication === 'caller' && (family === 'workspace' || family === 'vpc')
}

/** All that an operation can answer with but success. */
export function errorsOf(operation: Operation): readonly ErrorWord[] {
  return takesIdempotencyKey(operation) ? [...operation.errors, ...KEY_ERRORS] : operation.errors
}

export type ParamsOf<T extends Operation> = Static<T['params']>
export type QueryOf<T extends Operation> = Static<T['query']>
export type HeadersOf<T extends Operation> = T['headers'] extends TSchema ? Static<T['headers']> : undefined
export type BodyOf<T extends Operation> = T['body'] extends TSchema ? Static<T['body']> : undefined
/** What a handler gives back for an answer without a body: it may simply end. */
type Nothing = ReturnType<() => void>

export type ResponseOf<T extends Operation> = T['response'] extends TSchema ? Static<T['response']> : Nothing

/** Errors every authenticated WorkspaceApp operation can answer; the gateway's 413 among them. */
export const CALLER_ERRORS = [
  'iam.credentials_missing',
  'iam.token_undecodable',
  'iam.token_expired',
  'iam.authorization_malformed',
  'iam.token_superseded',
  'iam.token_revoked',
  'iam.access_key_unknown',
  'iam.access_key_locked',
  'iam.console_only',
  'iam.security_token_missing',
  'iam.security_token_refused',
  'iam.signature_expired',
  'iam.signature_mismatch',
  'iam.principal_gone',
  'iam.forbidden',
  'iam.outside_unavailable',
  'http.failed',
  'http.unavailable',
] as const satisfies readonly ErrorWord[]

/** The same for the operations of the network, whose bodies and parameters are refused in its own words. */
export const VPC_CALLER_ERRORS = [
  ...CALLER_ERRORS,
  'vpc.invalid',
  'http.method_not_allowed',
] as const satisfies readonly ErrorWord[]

/** The same for the operations of IAM itself. */
export const IAM_CALLER_ERRORS = [
  ...CALLER_ERRORS.filter((word) => word !== 'iam.forbidden'),
  'iam.not_allowed',
  'iam.request_invalid',
  'http.method_not_allowed',
] as const satisfies readonly ErrorWord[]

/** What the gateway refuses before it knows the operation: said in the document, and no part of an operation. */
export const GATEWAY_ERRORS = [
  'http.request_malformed',
  'http.uri_too_large',
  'http.headers_too_large',
] as const satisfies readonly ErrorWord[]

export const BODY_ERRORS = [
  'http.body_missing',
  'http.body_malformed',
  'http.content_type',
  'http.invalid',
  'http.too_large',
] as const satisfies readonly ErrorWord[]
