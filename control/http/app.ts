import { randomUUID } from 'node:crypto'
import { parse } from 'node:querystring'
import { inspect } from 'node:util'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { isDatabaseUnavailable } from '#db'
import { AppError, type Log } from '#kernel'
import type { Family } from '../../contract/operation.ts'
import { contentTypeError } from './body.ts'
import { MethodTable } from './methods.ts'
import { renderProblem } from './problem.ts'

/** The published limits of the gateway are 32 KiB of URI, 32 of one header and 128 of all; bodies here are small. */
const LIMITS = { uriBytes: 32 * 1024, oneHeaderBytes: 32 * 1024, headerBytes: 128 * 1024, bodyBytes: 1024 * 1024 }

/** Node's own limit counts URI and headers together and must not strike before ours. */
const NODE_HEADER_BYTES = LIMITS.uriBytes + LIMITS.headerBytes + 8 * 1024

export interface AppConfig {
  readonly log: Log
  /** Proxies (addresses or CIDR ranges) whose X-Forwarded-For and X-Forwarded-Proto are believed; none without. */
  readonly trustedProxies?: readonly string[]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Service of the operation, for the shape of its errors. */
    readonly family?: Family
  }
}

/** 32 hexadecimal digits, as those of the service. */
function newRequestId(): string {
  return randomUUID().replaceAll('-', '')
}

/** An HTTP server that answers every failure in the shapes of the contract, and knows no operation yet. */
export function createApp({ log, trustedProxies = [] }: AppConfig): FastifyInstance {
  const app = Fastify({
    logger: false,
    genReqId: newRequestId,
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    http: { maxHeaderSize: NODE_HEADER_BYTES },
    exposeHeadRoutes: false,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // nothing shorter than the longest URI is refused here: the operation says what is wrong with its parameter
    routerOptions: { maxParamLength: LIMITS.uriBytes, querystringParser: parseQuery },
    frameworkErrors: (error, request, reply) => {
      reply.header('X-Request-Id', request.id)
      answerError(log, error, request as FastifyRequest, reply as FastifyReply)
    },
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return
      const tooLarge = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW'
      socket.end(
        renderRaw(tooLarge ? new AppError('http.headers_too_large', { limit: LIMITS.headerBytes }) : malformed()),
      )
    },
  })
  keepBodiesRaw(app)
  const methods = new MethodTable()
  app.addHook('onRoute', ({ method, url }) => methods.add(url, method))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    refuseOversize(request)
    refuseAmbiguousPath(request)
    // no path has it, and Fastify would ask for its Content-Type first
    if (request.method === 'QUERY') return answerUnknown(methods, request, reply)
  })
  app.setNotFoundHandler((request, reply) => answerUnknown(methods, request, reply))
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(log, error, request, reply))
  return app
}

/**
 * A plus is a plus, as it is to signers: read as a blank, one signature would stand for two questions
 * (IAM reference, section 2.1).
 */
function parseQuery(text: string): Record<string, unknown> {
  return parse(text.replaceAll('+', '%2B'))
}

/** Signatures are made over the bytes, on every verb: the Node SDK sends and signs `{}` even with GET. */
function keepBodiesRaw(app: FastifyInstance): void {
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

function refuseOversize(request: FastifyRequest): void {
  const uriBytes = Buffer.byteLength(request.raw.url ?? '')
  if (uriBytes > LIMITS.uriBytes) throw new AppError('http.uri_too_large', { limit: LIMITS.uriBytes })
  const isLong = request.raw.rawHeaders.some(({ length }) => length > LIMITS.oneHeaderBytes)
  if (isLong) throw new AppError('http.headers_too_large', { limit: LIMITS.oneHeaderBytes })
  const headerBytes = request.raw.rawHeaders.reduce((sum, part) => sum + part.length + 2, 0)
  if (headerBytes > LIMITS.headerBytes) throw new AppError('http.headers_too_large', { limit: LIMITS.headerBytes })
}

/** `%2F` and dot segments mean one thing to a signer and another to a router: there is no such path here. */
const AMBIGUOUS = /%2f|%5c|(^|\/)(\.|%2e){1,2}(\/|$)/i

function refuseAmbiguousPath(request: FastifyRequest): void {
  const path = pathOf(request)
  if (AMBIGUOUS.test(path)) throw new AppError('http.not_found', { method: request.method, path: path.slice(0, 200) })
}

function pathOf(request: FastifyRequest): string {
  return (request.raw.url ?? '/').split('?', 1)[0] ?? '/'
}

function answerUnknown(methods: MethodTable, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = pathOf(request)
  const allow = methods.allowed(path)
  if (allow.length === 0) {
    return answerProblem(
      new AppError('http.not_found', { method: request.method, path: path.slice(0, 200) }),
      request,
      reply,
    )
  }
  reply.header('Allow', allow.join(', '))
  const facts = { method: request.method, allow: allow.join(', ') }
  return answerProblem(new AppError('http.method_not_allowed', facts), request, reply)
}

function answerError(log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = (
    thrown instanceof Error ? thrown : new Error(`not an error but ${inspect(thrown)} was thrown`)
  ) as FastifyError
  const known = translate(error, request)
  if (known) return answerProblem(known, request, reply)
  if (isDatabaseUnavailable(error)) {
    log.warn({ requestId: request.id, error: error.message }, 'a request met an unavailable database')
    return answerProblem(new AppError('http.unavailable', { reason: 'the database cannot be reached' }), request, reply)
  }
  log.error({ requestId: request.id, method: request.method, error: error.stack ?? error.message }, 'a request failed')
  return answerProblem(new AppError('http.failed'), request, reply)
}

/** What Fastify itself refuses, in our words; undefined when it is not the caller's doing. */
export function translate(error: FastifyError | null | undefined, request: FastifyRequest): AppError | undefined {
  if (error instanceof AppError) return error
  if (!error) return undefined
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new AppError('http.too_large', { limit: LIMITS.bodyBytes })
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return contentTypeError(request.headers['content-type'])
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH') return new AppError('http.uri_too_large', { limit: LIMITS.uriBytes })
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError('http.request_malformed', { detail: error.message.slice(0, 200) }, { cause: error })
  }
  return undefined
}

function answerProblem(error: AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { family } = request.routeOptions?.config ?? {}
  const { status, body } = renderProblem(error, request.id, family)
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

function malformed(): AppError {
  return new AppError('http.request_malformed', { detail: 'the request is not well-formed HTTP/1.1' })
}

/** For requests that never became one: no Fastify, just the bytes. */
function renderRaw(error: AppError): string {
  const requestId = newRequestId()
  const { status, body } = renderProblem(error, requestId)
  const text = JSON.stringify(body)
  const reason = status === 494 ? 'Request Header Too Large' : 'Bad Request'
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: application/json; charset=utf-8',
    `X-Request-Id: ${requestId}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
    '',
    text,
  ].join('\r\n')
}
