import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '#kernel'
import { ERRORS, type ErrorWord } from '../../contract/errors.ts'
import {
  type BodyOf,
  errorsOf,
  type HeadersOf,
  namesResource,
  type Operation,
  onlyReads,
  type ParamsOf,
  type Permission,
  type QueryOf,
  type ResponseOf,
  takesIdempotencyKey,
} from '../../contract/operation.ts'
import { translate } from './app.ts'
import { checker, parseJson } from './body.ts'
import { type FirstAnswers, keyOf } from './first-answer.ts'
import type { Check, Door, Principal, RawRequest, Resource } from './principal.ts'

/** The API under construction: routes are added with `serve`. */
export interface Api {
  readonly app: FastifyInstance
  readonly door: Door
  /** Keeps first answers; absent, the header means nothing. */
  readonly firstAnswers?: FirstAnswers
}

interface Principals {
  readonly caller: Principal
  readonly optional: Principal | null
  readonly none: null
}

type PrincipalOf<T extends Operation> = Principals[T['authentication']]

export interface Call<T extends Operation> {
  readonly principal: PrincipalOf<T>
  readonly params: ParamsOf<T>
  readonly query: QueryOf<T>
  readonly headers: HeadersOf<T>
  readonly body: BodyOf<T>
  readonly requestId: string
  /** Address of the client, for whoever counts what comes from there. */
  readonly sourceIp: string
  /** Asks for the operation's own action on these resources, and for any further checks. Operations that name a
   * resource must call it before they do anything; the others were asked already. */
  authorize(resources: readonly Resource[], further?: readonly Check[]): Promise<void>
  /** Adds a header to the answer. */
  setHeader(name: string, value: string): void
}

export type Handler<T extends Operation> = (call: Call<T>) => Promise<ResponseOf<T>>

/** Binds one operation of the contract to one use case: who, where, what, then the work. */
export function serve<T extends Operation>(api: Api, operation: T, handler: Handler<T>): void {
  const answer = answerer(api, operation, handler)
  api.app.route({
    method: operation.method,
    url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
    config: { family: operation.family },
    schema:
      operation.response === null || operation.responseType !== undefined
        ? {}
        : { response: { [operation.status]: operation.response } },
    handler: answer,
    errorHandler: (error: FastifyError, request) => {
      throw inShapeOf(operation, translate(error, request) ?? error)
    },
  })
}

/** The network and IAM have their own words for what the other services say too. */
const VPC_WORDS: Partial<Record<ErrorWord, ErrorWord>> = {
  'http.body_missing': 'vpc.invalid',
  'http.body_malformed': 'vpc.invalid',
  'http.content_type': 'vpc.invalid',
  'http.invalid': 'vpc.invalid',
}

const IAM_WORDS: Partial<Record<ErrorWord, ErrorWord>> = {
  'http.body_missing': 'iam.request_invalid',
  'http.body_malformed': 'iam.request_invalid',
  'http.content_type': 'iam.request_invalid',
  'http.invalid': 'iam.request_invalid',
  'iam.forbidden': 'iam.not_allowed',
}

function inShapeOf({ family, errors }: Pick<Operation, 'family' | 'errors'>, error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  if (error.word === 'http.content_type' && errors.includes('http.media_type')) {
    return new AppError('http.media_type', error.facts, { cause: error })
  }
  if (family === 'workspace') return error
  const word = (family === 'vpc' ? VPC_WORDS : IAM_WORDS)[error.word]
  return word === undefined ? error : new AppError(word, { ...error.facts, detail: error.message }, { cause: error })
}

type Answer = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

function answerer<T extends Operation>({ door, firstAnswers }: Api, operation: T, handler: Handler<T>): Answer {
  const checkParams = checker(operation.params, 'path')
  const checkQuery = coercingChecker(operation.query, 'query')
  const checkHeaders = operation.headers === undefined ? undefined : checker(operation.headers, 'header')
  const checkBody = operation.body === null ? undefined : checker(operation.body, 'body')

  const takesKey = firstAnswers !== undefined && takesIdempotencyKey(operation)

  return async (request, reply) => {
    const raw = rawOf(request)
    const principal = isAsked(operation, request) ? await door.authenticate(raw) : null
    const params = checkParams(request.params) as ParamsOf<T>
    const projectId = projectOf(operation, params as Readonly<Record<string, string>>)
    if (principal && projectId !== '') await door.requireProject(principal, projectId)
    const query = checkQuery(request.query) as QueryOf<T>
    const headers = checkHeaders?.(request.headers) as HeadersOf<T>
    const body = checkBody?.(parseJson(request.headers['content-type'], bytesOf(request), operation.id)) as BodyOf<T>
    const gate = new Gate(door, principal, operation, projectId, raw)
    await gate.askWithoutResource()
    const work = () =>
      handler({
        principal: principal as PrincipalOf<T>,
        params,
        query,
        headers,
        body,
        requestId: request.id,
        sourceIp: raw.sourceIp,
        authorize: (resources, further) => gate.ask(resources, further),
        setHeader: (name, value) => void reply.header(name, value),
      }).then((answer) => {
        gate.assertAsked(operation.id)
        return answer
      })
    if (operation.responseType !== undefined) reply.type(`${operation.responseType}; charset=utf-8`)
    const key = takesKey && !onlyReads(operation, body) ? keyOf(request) : undefined
    if (key === undefined || !principal || !firstAnswers) return reply.code(operation.status).send(await work())
    const {
      status,
      body: answer,
      isRepeated,
    } = await firstAnswers.once(
      {
        ...{ projectId, caller: `${principal.userId} ${principal.urn}`, userId: principal.userId },
        ...{ key, request: raw, status: operation.status },
      },
      work,
    )
    if (isRepeated) reply.header('Idempotency-Replayed', 'true')
    return reply.code(status).send(answer)
  }
}

/** Where the call happens. IAM itself is of the account: a project in one of its paths is what the call is about. */
function projectOf({ family }: Operation, params: Readonly<Record<string, string>>): string {
  return family === 'workspace' || family === 'vpc' ? (params.project_id ?? '') : ''
}

/** Where a credential is optional, one that is there is looked at all the same. */
function isAsked({ authentication }: Operation, { headers }: FastifyRequest): boolean {
  if (authentication !== 'optional') return authentication === 'caller'
  return headers.authorization !== undefined || headers['x-auth-token'] !== undefined
}

/** Remembers whether the permission of the operation was asked: an endpoint that forgets it answers 500, never 200. */
class Gate {
  readonly #door: Door
  readonly #principal: Principal | null
  readonly #permission: Permission | null
  readonly #namesResource: boolean
  readonly #projectId: string | null
  readonly #request: RawRequest
  #asked = false

  constructor(door: Door, principal: Principal | null, operation: Operation, projectId: string, request: RawRequest) {
    this.#door = door
    this.#principal = principal
    this.#permission = operation.permission
    this.#namesResource = namesResource(operation)
    this.#projectId = projectId === '' ? null : projectId
    this.#request = request
  }

  /** What names no resource is decided before the handler. */
  async askWithoutResource(): Promise<void> {
    if (this.#permission && !this.#namesResource) await this.#check([null], [])
  }

  ask(resources: readonly Resource[], further: readonly Check[] = []): Promise<void> {
    return this.#check(resources, further)
  }

  assertAsked(operationId: string): void {
    if (this.#permission && !this.#asked) throw new Error(`${operationId} answered without asking for its permission`)
  }

  async #check(resources: readonly (Resource | null)[], further: readonly Check[]): Promise<void> {
    const { action } = this.#permission ?? { action: '' }
    if (!this.#principal) return
    this.#asked = true
    const own = resources.map((resource) => ({ action, projectId: this.#projectId, resource }))
    await this.#door.authorize(this.#principal, [...own, ...further], this.#request)
  }
}

interface QuerySchema {
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>
}

/** Query values arrive as text: `limit=20` is the number 20 where the contract says integer; `10.5` and `true` are not. */
function coercingChecker<T extends TSchema>(schema: T, where: string): (value: unknown) => Static<T> {
  const check = checker(schema, where)
  const { properties = {} } = schema as QuerySchema
  const convert = ([name, text]: [string, unknown]) => [
    name,
    properties[name]?.type === 'integer' ? wholeNumber(text) : text,
  ]
  return (value) => check(Value.Default(schema, Object.fromEntries(Object.entries(value as object).map(convert))))
}

function wholeNumber(text: unknown): unknown {
  return typeof text === 'string' && /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

export function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

function rawOf(request: FastifyRequest): RawRequest {
  return {
    method: request.method,
    requestTarget: request.raw.url ?? '/',
    rawHeaders: request.raw.rawHeaders,
    body: bytesOf(request),
    sourceIp: request.ip,
    isSecure: request.protocol === 'https',
  }
}

/** Statuses an operation can answer with, for the OpenAPI document and its tests. */
export function statusesOf(operation: Operation): readonly number[] {
  return [...new Set([operation.status, ...errorsOf(operation).map((word) => ERRORS[word].status)])].sort(
    (a, b) => a - b,
  )
}
