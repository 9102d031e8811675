import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '#kernel'
import { ERRORS } from '../../contract/errors.ts'
import type { BodyOf, Operation, ParamsOf, Permission, QueryOf, ResponseOf } from '../../contract/operation.ts'
import { translate } from './app.ts'
import { checker, parseJson } from './body.ts'
import type { Check, Door, Principal, Resource } from './principal.ts'

/** The API under construction: routes are added with `serve`. */
export interface Api {
  readonly app: FastifyInstance
  readonly door: Door
}

type PrincipalOf<T extends Operation> = T['authentication'] extends 'caller' ? Principal : null

export interface Call<T extends Operation> {
  readonly principal: PrincipalOf<T>
  readonly params: ParamsOf<T>
  readonly query: QueryOf<T>
  readonly body: BodyOf<T>
  readonly requestId: string
  /** Asks for the operation's own action on these resources, and for any further checks. Operations that name a
   * resource must call it before they do anything; the others were asked already. */
  authorize(resources: readonly Resource[], further?: readonly Check[]): Promise<void>
  /** Adds a header to the answer. */
  setHeader(name: string, value: string): void
}

export type Handler<T extends Operation> = (call: Call<T>) => Promise<ResponseOf<T>>

/** Binds one operation of the contract to one use case: who, where, what, then the work. */
export function serve<T extends Operation>(api: Api, operation: T, handler: Handler<T>): void {
  const answer = answerer(api.door, operation, handler)
  api.app.route({
    method: operation.method,
    url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
    schema: { response: { [operation.status]: operation.response } },
    handler: answer,
    errorHandler: (error: FastifyError, request) => {
      throw inShapeOf(operation, translate(error, request) ?? error)
    },
  })
}

/** IAM has its own word for a body or query that does not fit. */
const BODY_WORDS = new Set(['http.body_missing', 'http.body_malformed', 'http.content_type', 'http.invalid'])

function inShapeOf({ family }: Operation, error: unknown): unknown {
  if (family !== 'iam' || !(error instanceof AppError) || !BODY_WORDS.has(error.word)) return error
  return new AppError('iam.token_request_invalid', { detail: error.message }, { cause: error })
}

type Answer = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

function answerer<T extends Operation>(door: Door, operation: T, handler: Handler<T>): Answer {
  const checkParams = checker(operation.params, 'path')
  const checkQuery = coercingChecker(operation.query, 'query')
  const checkBody = operation.body === null ? undefined : checker(operation.body, 'body')

  return async (request, reply) => {
    const principal = operation.authentication === 'none' ? null : await door.authenticate(rawOf(request))
    const params = checkParams(request.params) as ParamsOf<T>
    const projectId = (params as Readonly<Record<string, string>>).project_id ?? ''
    if (principal && projectId !== '') await door.requireProject(principal, projectId)
    const query = checkQuery(request.query) as QueryOf<T>
    const body = checkBody?.(parseJson(request.headers['content-type'], bytesOf(request), operation.id)) as BodyOf<T>
    const gate = new Gate(door, principal, operation.permission, projectId)
    await gate.askWithoutResource()
    const answer = await handler({
      principal: principal as PrincipalOf<T>,
      params,
      query,
      body,
      requestId: request.id,
      authorize: (resources, further) => gate.ask(resources, further),
      setHeader: (name, value) => void reply.header(name, value),
    })
    gate.assertAsked(operation.id)
    return reply.code(operation.status).send(answer)
  }
}

/** Remembers whether the permission of the operation was asked: an endpoint that forgets it answers 500, never 200. */
class Gate {
  readonly #door: Door
  readonly #principal: Principal | null
  readonly #permission: Permission | null
  readonly #projectId: string
  #asked = false

  constructor(door: Door, principal: Principal | null, permission: Permission | null, projectId: string) {
    this.#door = door
    this.#principal = principal
    this.#permission = permission
    this.#projectId = projectId
  }

  /** Lists, and actions without a resource type, are decided before the handler. */
  async askWithoutResource(): Promise<void> {
    const permission = this.#permission
    if (permission && (permission.resource === null || permission.level === 'List')) await this.#check([null], [])
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
    await this.#door.authorize(this.#principal, [...own, ...further])
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

function rawOf(request: FastifyRequest) {
  return {
    method: request.method,
    requestTarget: request.raw.url ?? '/',
    rawHeaders: request.raw.rawHeaders,
    body: bytesOf(request),
  }
}

/** Statuses an operation can answer with, for the OpenAPI document and its tests. */
export function statusesOf(operation: Operation): readonly number[] {
  return [...new Set([operation.status, ...operation.errors.map((word) => ERRORS[word].status)])].sort((a, b) => a - b)
}
