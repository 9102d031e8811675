import { chmod, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { Compile } from 'typebox/compile'
import type { SessionState } from '../../contract/agent/messages.ts'
import { type AgentStatus, SessionRequest } from '../../contract/agent/session-socket.ts'
import { type Log, reasonOf } from '../log.ts'
import { SessionRefused } from './sessions.ts'

const MAX_BODY_BYTES = 4096
const REQUEST_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 256
const SESSION_PATH = /^\/sessions\/([A-Za-z0-9_.-]{1,64})$/
const CheckedRequest = Compile(SessionRequest)

export type SessionCalls = {
  startSession(request: SessionRequest): Promise<SessionState>
  endSession(sessionId: string): Promise<void>
  status(): AgentStatus
}

type Answer = { readonly status: number; readonly body?: unknown }

/** The local socket of `contract/agent/session-socket.ts`. The returned function closes it. */
export async function serveSessionSocket(path: string, calls: SessionCalls, log: Log): Promise<() => Promise<void>> {
  await removeStale(path)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 1000 }, (incoming, response) => {
    answer(incoming, calls)
      .catch((error: unknown) => failureOf(error, log))
      .then((result) => send(response, result))
  })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, path)
  return async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function answer(incoming: IncomingMessage, calls: SessionCalls): Promise<Answer> {
  const { method, url = '' } = incoming
  if (method === 'GET' && url === '/status') return { status: 200, body: calls.status() }
  if (method === 'POST' && url === '/sessions') {
    return { status: 200, body: await calls.startSession(parseRequest(await readBody(incoming))) }
  }
  const sessionId = SESSION_PATH.exec(url)?.[1]
  if (method === 'DELETE' && sessionId !== undefined) {
    await calls.endSession(sessionId)
    return { status: 204 }
  }
  return { status: 404, body: { error: `nothing here: ${method} ${url.slice(0, 200)}` } }
}

function parseRequest(text: string): SessionRequest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SessionRefused(400, 'the body is not JSON', { cause: error })
  }
  if (CheckedRequest.Check(value)) return value
  const first = CheckedRequest.Errors(value)[0]
  throw new SessionRefused(
    400,
    `the session request is not valid: ${first?.instancePath ?? ''} ${first?.message ?? ''}`,
  )
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('expected bytes')
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new SessionRefused(400, `the body is larger than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function failureOf(error: unknown, log: Log): Answer {
  if (error instanceof SessionRefused) {
    log('warn', 'a session request was refused', { status: error.status, reason: error.message })
    return { status: error.status, body: { error: error.message } }
  }
  log('error', 'a session request failed', { reason: reasonOf(error) })
  return { status: 500, body: { error: 'internal failure; the log of the agent says more' } }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.statusCode = status
  if (status === 400) response.setHeader('connection', 'close') // The rest of an oversize body is not read.
  if (body === undefined) return void response.end()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

async function listen(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', resolve)
  })
  // The file is made within this call; it must not be open to others even before the chmod.
  const former = process.umask(0o177)
  server.listen(path)
  process.umask(former)
  await listening
  await chmod(path, 0o600)
}

/** A socket that somebody answers on belongs to a running agent; one that nobody does is left over. */
async function removeStale(path: string): Promise<void> {
  const status = await fetchStatus(path).catch(() => undefined)
  if (status !== undefined) throw new Error(`another agent is running: it answers on ${path}`)
  await unlink(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  })
}

/** Asks the agent that listens there; rejects when none does. */
export function fetchStatus(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const ask = request({ socketPath: path, path: '/status', timeout: 2000 }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    ask.on('timeout', () => ask.destroy(new Error(`no answer on ${path}`)))
    ask.on('error', reject)
    ask.end()
  })
}
