import { EventEmitter, once } from 'node:events'
import { request } from 'node:https'
import { text as readText } from 'node:stream/consumers'
import { sql } from 'kysely'
import { WebSocket } from 'ws'
import type { Db } from '#db'
import type { Clock } from '#kernel'
import { insertFleet, type RecordingLog, recordingLog, type TestFleet, testDatabase } from '#testing'
import { newPrivateKey, publicKeyOf, signText } from '../../agent/link/keys.ts'
import type { DesiredState } from '../../contract/agent/desired-state.ts'
import { CA_PATH, ENROL_PATH, type EnrolRequest, parseJoinToken } from '../../contract/agent/enrolment.ts'
import { type Challenge, type Hello, helloText, LINK_PATH, type Observed } from '../../contract/agent/messages.ts'
import { DESIRED_CHANNEL, LOGOFF_CHANNEL } from './agent.store.ts'
import { createAuthority, type KeyPair } from './authority.ts'
import { createJoinToken } from './enrolment.service.ts'
import type { AgentEvents, HostSessions, LogoffOrder } from './link.ts'
import { type AgentListener, startAgentListener } from './listener.ts'

/** A clock the test moves, from the present: TLS checks certificates by the time of the machine. */
export class TestClock implements Clock {
  #now = new Date()

  now(): Date {
    return new Date(this.#now)
  }

  advance(seconds: number): void {
    this.#now = new Date(this.#now.getTime() + seconds * 1000)
  }
}

/** The agent listener as it runs, over TLS, with a database of its own and servers that no agent speaks for yet. */
export interface TestLinks extends AsyncDisposable {
  readonly db: Db
  readonly clock: TestClock
  readonly log: RecordingLog
  readonly fleet: TestFleet
  readonly listener: AgentListener
  readonly caPem: string
  /** What the rest of the control plane was told. */
  readonly linked: { readonly serverId: string; readonly bootId: string }[]
  readonly observed: Observed[]
  /** Every list of sessions that was whole. */
  readonly lists: HostSessions[]
  /** What is to be logged off, by server; the test says what, and announces it. */
  readonly logoffs: Map<string, readonly LogoffOrder[]>
  untilListed(count: number): Promise<void>
  announceLogoffs(index: number): Promise<void>
  /** Waits until so many reports have been dealt with. */
  untilObserved(count: number): Promise<void>
  /** Gives a server a desired state of this generation, with virtual IPs off, and announces it. */
  want(index: number, generation: number): Promise<void>
  /** A join token of one of the servers. */
  joinToken(index: number): Promise<string>
  get(path: string): Promise<Reply>
  /** Sends an enrolment as it is. */
  enrol(body: unknown): Promise<Reply>
  /** A peer that holds the enrolled key of a server. */
  enrolled(index: number): Promise<Peer>
}

export interface Reply {
  readonly status: number
  readonly body: string
}

export interface TestLinksOptions {
  readonly servers: number
  /** Asked before a report is passed on. */
  readonly onObserved: () => Promise<void>
}

export async function testLinks(options: Partial<TestLinksOptions> = {}): Promise<TestLinks> {
  const { servers = 2, onObserved = async () => {} } = options
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const { db } = database
  const fleet = await insertFleet(db, { servers })
  const clock = new TestClock()
  const log = recordingLog()
  const authority = await createAuthority(clock.now())
  const linked: { serverId: string; bootId: string }[] = []
  const observed: Observed[] = []
  const lists: HostSessions[] = []
  const logoffs = new Map<string, readonly LogoffOrder[]>()
  const arrivals = new EventEmitter()
  const events: AgentEvents = {
    linked: async (serverId, bootId) => void linked.push({ serverId, bootId }),
    observed: async (report) => {
      await onObserved()
      observed.push(report)
      arrivals.emit('report')
    },
    sessions: async (list) => {
      lists.push(list)
      arrivals.emit('list')
    },
    logoffs: async (serverId) => logoffs.get(serverId) ?? [],
  }
  const config = { host: '127.0.0.1', port: 0, publicHost: '127.0.0.1', silenceSeconds: 90 }
  const listener = await startAgentListener(config, { database, authority, clock, log, events })
  stack.defer(() => listener.close())
  const end = { port: listener.joinAddress.port, ca: authority.certificatePem }
  const joinToken = (index: number) => createJoinToken(db, clock, fleet.serverIds[index] ?? '', listener.joinAddress)
  const enrol = (body: unknown) => send(end, 'POST', ENROL_PATH, typeof body === 'string' ? body : JSON.stringify(body))
  const open = stack.move()
  return {
    db,
    clock,
    log,
    fleet,
    listener,
    caPem: authority.certificatePem,
    linked,
    observed,
    lists,
    logoffs,
    untilListed: async (count) => {
      while (lists.length < count) await once(arrivals, 'list')
    },
    announceLogoffs: async (index) =>
      void (await sql`SELECT pg_notify(${LOGOFF_CHANNEL}, ${fleet.serverIds[index] ?? ''})`.execute(db)),
    untilObserved: async (count) => {
      while (observed.length < count) await once(arrivals, 'report')
    },
    want: (index, generation) => want(db, fleet.serverIds[index] ?? '', generation),
    joinToken,
    get: (path) => send(end, 'GET', path),
    enrol,
    enrolled: async (index) => {
      const privateKey = newPrivateKey()
      const reply = await enrol(enrolment(await joinToken(index), publicKeyOf(privateKey)))
      if (reply.status !== 200) throw new Error(`the enrolment was answered ${reply.status} ${reply.body}`)
      return new Peer(end, fleet.serverIds[index] ?? '', privateKey)
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function want(db: Db, serverId: string, generation: number): Promise<void> {
  const managed_uids = { first: 20_000, last: 29_999 }
  const virtual_ip = { enable: false, addresses: [], cidr: '10.1.0.0/24', gateway_ip: '10.1.0.1', managed_uids }
  const desired: DesiredState = { generation, virtual_ip, reboot: null, probe: null }
  await db
    .updateTable('agents.agent')
    .set({ generation, desired: JSON.stringify(desired) })
    .where('server_id', '=', serverId)
    .execute()
  await sql`SELECT pg_notify(${DESIRED_CHANNEL}, ${serverId})`.execute(db)
}

export { CA_PATH, newPrivateKey, publicKeyOf }

/** What a well-behaved agent asks with this token. */
export function enrolment(joinToken: string, publicKey: string): EnrolRequest {
  const { server_id, secret } = parseJoinToken(joinToken) as { server_id: string; secret: string }
  return { server_id, secret, public_key: publicKey, agent_version: '1.2.3' }
}

interface End {
  readonly port: number
  readonly ca: KeyPair['certificatePem']
}

function send({ port, ca }: End, method: string, path: string, body?: string): Promise<Reply> {
  return new Promise((done, fail) => {
    const outgoing = request({ host: '127.0.0.1', port, ca, method, path, agent: false })
    outgoing.once('error', fail)
    outgoing.once('response', (incoming) => {
      readText(incoming).then((text) => done({ status: incoming.statusCode ?? 0, body: text }), fail)
    })
    outgoing.end(body)
  })
}

/** Somebody with the key of one server, who may say anything. */
export class Peer {
  readonly serverId: string
  readonly #end: End
  readonly #privateKey: string

  constructor(end: End, serverId: string, privateKey: string) {
    this.#end = end
    this.serverId = serverId
    this.#privateKey = privateKey
  }

  /** A new connection that has been challenged and has not said anything. */
  async connect(): Promise<PeerSocket> {
    const { port, ca } = this.#end
    const socket = new PeerSocket(new WebSocket(`wss://127.0.0.1:${port}${LINK_PATH}`, { ca }))
    socket.nonce = (await socket.frame<Challenge>('challenge')).nonce
    return socket
  }

  /** A hello that fits the nonce, with deviations made before or after it is signed. */
  hello(nonce: string, change: Partial<Hello> = {}, forged: Partial<Hello> = {}): Hello {
    const facts = { server_id: this.serverId, boot_id: 'boot-1', applied_generation: 0, ...change }
    const signature = signText(this.#privateKey, helloText(nonce, facts))
    return { type: 'hello', agent_version: '1.2.3', signature, ...facts, ...forged }
  }

  /** A connection that was welcomed. */
  async link(change: Partial<Hello> = {}): Promise<PeerSocket> {
    const socket = await this.connect()
    socket.send(this.hello(socket.nonce, change))
    await socket.frame('welcome')
    return socket
  }

  /** A report that nothing is wrong with, but for the deviations. */
  report(change: object = {}): object {
    return {
      type: 'observed',
      seq: 1,
      server_id: this.serverId,
      boot_id: 'boot-1',
      generation: 0,
      error: null,
      probe: null,
      session_count: 0,
      sessions: [],
      ...change,
    }
  }

  /** A frame that goes on with the sessions of the last report. */
  more(seq: number, sessions: readonly object[], change: object = {}): object {
    return { type: 'sessions', seq, server_id: this.serverId, boot_id: 'boot-1', sessions, ...change }
  }
}

interface Frame {
  readonly type: string
}

/** A raw connection: frames out as they are, frames in one by one. */
export class PeerSocket implements Disposable {
  nonce = ''
  readonly socket: WebSocket
  /** Code and reason with which the other side closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #frames: Frame[] = []
  readonly #takers: ((frame: Frame) => void)[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const frame: Frame = JSON.parse(String(data))
      const taker = this.#takers.shift()
      if (taker) taker(frame)
      else this.#frames.push(frame)
    })
  }

  /** The next frame; rejects when the connection closes instead. */
  async next(): Promise<Frame> {
    const known = this.#frames.shift()
    if (known) return known
    const lost = this.closed.then(({ code, reason }) => {
      throw new Error(`the connection was closed with ${code} ${reason}`)
    })
    return Promise.race([new Promise<Frame>((done) => this.#takers.push(done)), lost])
  }

  async frame<T extends Frame>(type: T['type']): Promise<T> {
    const frame = await this.next()
    if (frame.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(frame)}`)
    return frame as T
  }

  /** Text and bytes as they are, anything else as JSON. */
  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame))
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}
