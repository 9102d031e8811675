import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Compile } from 'typebox/compile'
import { WebSocketServer } from 'ws'
import type { Database } from '#db'
import { type Clock, inGroups, type Log } from '#kernel'
import { CA_PATH, ENROL_PATH, EnrolRequest } from '../../contract/agent/enrolment.ts'
import { LINK_PATH, MAX_FRAME_BYTES } from '../../contract/agent/messages.ts'
import { DESIRED_CHANNEL, LOGOFF_CHANNEL } from './agent.store.ts'
import { fingerprint, issueListenerCertificate, type KeyPair } from './authority.ts'
import { enrolAgent, type JoinAddress } from './enrolment.service.ts'
import { type AgentEvents, Link } from './link.ts'
import { insertMetrics, type Measured } from './metric.store.ts'
import { Presence, startPulse } from './presence.ts'

export interface ListenerConfig {
  readonly host: string
  readonly port: number
  /** Name or address under which agents reach this listener; goes into join tokens and the certificate. */
  readonly publicHost: string
  /** After how many seconds without a sign of life of its agent a server is no longer shown as ready. */
  readonly silenceSeconds: number
}

export interface ListenerDeps {
  readonly database: Database
  readonly authority: KeyPair
  readonly clock: Clock
  readonly log: Log
  readonly events: AgentEvents
}

export interface AgentListener {
  /** What a join token for this listener says. */
  readonly joinAddress: JoinAddress
  close(): Promise<void>
}

/** Servers whose figures are written in one statement. */
const MOST_MEASURED = 64
const MAX_ENROL_BYTES = 4096
const MAX_CONNECTIONS = 20_000
const RENEW_MS = 30 * 86_400_000

/** The TLS side of the control plane: enrolment and the links of the agents. */
export async function startAgentListener(config: ListenerConfig, deps: ListenerDeps): Promise<AgentListener> {
  const { database, authority, clock, log, events } = deps
  const hosts = [...new Set([config.publicHost, '127.0.0.1', 'localhost'])]
  const certify = () => issueListenerCertificate(authority, hosts, clock.now())
  const first = await certify()
  const server = createServer(
    { cert: first.certificatePem, key: first.keyPem, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 },
    (request, response) => answer(deps, request, response),
  )
  server.maxConnections = MAX_CONNECTIONS
  const renewal = setInterval(() => renew(server, certify, log), Math.min(RENEW_MS, 2 ** 31 - 1)).unref()

  const recordMetrics = inGroups<Measured, void>(MOST_MEASURED, (group) =>
    insertMetrics(database.db, group, clock.now()),
  )
  const links = new Map<string, Link>()
  const all = new Set<Link>()
  const sockets = new WebSocketServer({ server, path: LINK_PATH, maxPayload: MAX_FRAME_BYTES })
  sockets.on('connection', (socket) => {
    const link = new Link(socket, {
      db: database.db,
      clock,
      log,
      events,
      recordMetrics,
      onIdentity: (known, serverId) => {
        links.get(serverId)?.replace()
        links.set(serverId, known)
        socket.once('close', () => links.get(serverId) === known && links.delete(serverId))
      },
    })
    all.add(link)
    socket.once('close', () => all.delete(link))
  })
  /** Without a name all are meant: words may have been missed. */
  const listenFor = (channel: string, push: (link: Link) => void) =>
    database.listen(channel, (serverId) => {
      const named = serverId === '' ? [...links.values()] : [links.get(serverId)]
      for (const link of named) if (link) push(link)
    })
  const subscriptions = [
    await listenFor(DESIRED_CHANNEL, (link) => link.pushDesired()),
    await listenFor(LOGOFF_CHANNEL, (link) => link.pushLogoffs()),
  ]
  const { silenceSeconds } = config
  const pulse = startPulse(new Presence({ db: database.db, clock, log, silenceSeconds, links }), log)
  await listen(server, config)
  const { port } = server.address() as AddressInfo
  return {
    joinAddress: { host: config.publicHost, port, caSha256: fingerprint(authority.certificatePem) },
    close: async () => {
      clearInterval(renewal)
      for (const subscription of subscriptions) await subscription.close()
      await pulse.close()
      for (const link of all) link.end()
      sockets.close()
      await new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      })
    },
  }
}

function listen(server: Server, { host, port }: ListenerConfig): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(port, host, () => done())
  })
}

async function renew(server: Server, certify: () => Promise<KeyPair>, log: Log): Promise<void> {
  try {
    const { certificatePem, keyPem } = await certify()
    server.setSecureContext({ cert: certificatePem, key: keyPem })
  } catch (error) {
    log.error({ error: String(error) }, 'the certificate of the agent listener could not be renewed')
  }
}

async function answer(deps: ListenerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.method === 'GET' && request.url === CA_PATH) {
      response.writeHead(200, { 'content-type': 'application/x-pem-file' }).end(deps.authority.certificatePem)
    } else if (request.method === 'POST' && request.url === ENROL_PATH) {
      await answerEnrolment(deps, request, response)
    } else {
      sendJson(response, 404, { error: 'there is nothing at this path' })
    }
  } catch (error) {
    deps.log.warn({ error: String(error) }, 'an enrolment could not be handled')
    sendJson(response, 503, { error: 'the control plane cannot handle this now; try again' })
  }
}

const enrolRequest = Compile(EnrolRequest)

async function answerEnrolment(deps: ListenerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readJson(request)
  if (!enrolRequest.Check(body)) return sendJson(response, 400, { error: 'the enrolment does not fit its schema' })
  const accepted = await enrolAgent(deps.database.db, deps.clock, body)
  deps.log.info({ serverId: body.server_id, accepted }, 'an agent asked to enrol')
  if (accepted) return sendJson(response, 200, { server_id: body.server_id })
  sendJson(response, 403, { error: 'the join token is unknown, used or expired; make a new one for this server' })
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_ENROL_BYTES) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
