import { isIP } from 'node:net'
import { type SecureContext, connect as tlsConnect } from 'node:tls'
import { WebSocket } from 'ws'
import type { DesiredState } from '../../contract/agent/desired-state.ts'
import {
  FEATURES,
  type Hello,
  helloText,
  LINK_PATH,
  type Logoff,
  MAX_FRAME_BYTES,
  type Upgrade,
} from '../../contract/agent/messages.ts'
import type { Metrics } from '../../contract/agent/metrics.ts'
import { type Clock, every } from '../clock.ts'
import type { Identity } from '../journal/journal.ts'
import type { Log } from '../log.ts'
import type { Report } from '../runner/runner.ts'
import { type Expected, parseFrame, renderReport } from './frames.ts'
import { signText } from './keys.ts'

/** A link without an answer to a ping is given up after one to two of these. */
const PING_MS = 10_000
const LINKED_WITHIN_MS = 15_000
const FLUSH_MS = 2_000
const CLOSE_MS = 1_000
const POLICY_VIOLATION = 1008
const GOING_AWAY = 1001

export type ConnectionDeps = {
  readonly identity: Identity
  readonly bootId: string
  readonly appliedGeneration: () => number
  readonly onDesired: (desired: DesiredState) => void
  readonly onLogoff: (order: Logoff) => void
  readonly onMaintenance: (maintainStatus: boolean) => void
  readonly onUpgrade: (upgrade: Upgrade) => void
  /** What the control plane is told. */
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  readonly tls: TlsMemory
}

/** Kept from one connection to the next: a resumed session spares both ends the key exchange. */
export type TlsMemory = { readonly secureContext: SecureContext; session: Buffer | undefined }

/**
 * One connection, once:
 *
 *   opening ── challenge, we say hello ──▶ greeted ── welcome ──▶ linked
 *      any state ── wrong frame, silence, either side closes ──▶ closed
 *
 * Reports go out only when linked: before, the control plane has not said yet that it knows us. A linked connection may
 * be idle for ever: nothing may be desired of this server yet.
 */
export type ConnectionState = 'opening' | 'greeted' | 'linked' | 'closed'

const EXPECTED: Readonly<Record<Exclude<ConnectionState, 'closed'>, Expected>> = {
  opening: 'challenge',
  greeted: 'welcome',
  linked: 'wish',
}

export class Connection {
  readonly closed: Promise<void>
  readonly #deps: ConnectionDeps
  readonly #socket: WebSocket
  readonly #cancels: (() => void)[] = []
  #state: ConnectionState = 'opening'
  #linkedAt: number | undefined
  #seq = 0
  #isAlive = true

  constructor(deps: ConnectionDeps) {
    this.#deps = deps
    this.#socket = openSocket(deps)
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', (code, reason) => {
        this.#end(code, reason.toString('utf8'))
        resolve()
      })
    })
    this.#socket.on('error', (error) => deps.log('info', 'the link failed', { reason: error.message }))
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    this.#socket.on('pong', () => {
      this.#isAlive = true
    })
    this.#socket.on('ping', () => {
      this.#isAlive = true
    })
    this.#cancels.push(
      every(deps.clock, PING_MS, () => this.#checkLife()),
      deps.clock.after(LINKED_WITHIN_MS, () => this.#checkLinked()),
    )
  }

  get isLinked(): boolean {
    return this.#state === 'linked'
  }

  /** How long it was, or has been, linked. */
  get linkedMs(): number {
    return this.#linkedAt === undefined ? 0 : this.#deps.clock.now() - this.#linkedAt
  }

  report(report: Report): void {
    if (this.#state !== 'linked') return
    const { identity, bootId } = this.#deps
    const facts = { server_id: identity.server_id, boot_id: bootId, session_count: report.sessions.length }
    const nextSeq = () => {
      this.#seq += 1
      return this.#seq
    }
    for (const text of renderReport({ type: 'observed', ...facts, ...report }, nextSeq)) this.#socket.send(text)
  }

  /** Reports come first: while anything waits to go out, what was measured is dropped. */
  sendMetrics(metrics: Metrics): void {
    if (this.#state === 'linked' && this.#socket.bufferedAmount === 0) this.#socket.send(JSON.stringify(metrics))
  }

  /** Frames arrive in order, so the answer to a ping tells that everything before it arrived. */
  flush(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        this.#socket.off('pong', done)
        this.#socket.off('close', done)
        resolve()
      }
      const cancel = this.#deps.clock.after(FLUSH_MS, done)
      this.#socket.on('pong', done)
      this.#socket.on('close', done)
      this.#socket.ping()
    })
  }

  close(): void {
    this.#close(GOING_AWAY, 'agent stops')
  }

  #receive(data: WebSocket.RawData, isBinary: boolean): void {
    this.#isAlive = true
    if (this.#state === 'closed') return
    const frame = isBinary ? { problem: 'a binary frame' } : parseFrame(data.toString(), EXPECTED[this.#state])
    if ('problem' in frame) {
      this.#deps.log('warn', 'refused a frame of the control plane', { problem: frame.problem })
      this.#close(POLICY_VIOLATION, 'malformed frame')
    } else if (frame.type === 'challenge') {
      this.#sayHello(frame.nonce)
    } else if (frame.type === 'welcome') {
      this.#becomeLinked()
    } else if (frame.type === 'logoff') {
      this.#deps.onLogoff(frame)
    } else if (frame.type === 'maintenance') {
      this.#deps.onMaintenance(frame.maintain_status)
    } else if (frame.type === 'upgrade') {
      this.#deps.onUpgrade(frame)
    } else {
      this.#deps.onDesired(frame.desired)
    }
  }

  #sayHello(nonce: string): void {
    const { identity, bootId } = this.#deps
    const facts = {
      server_id: identity.server_id,
      boot_id: bootId,
      applied_generation: this.#deps.appliedGeneration(),
    }
    const signature = signText(identity.private_key_pem, helloText(nonce, facts))
    const own = { agent_version: this.#deps.version, features: [...FEATURES] }
    const hello: Hello = { type: 'hello', ...facts, ...own, signature }
    this.#socket.send(JSON.stringify(hello))
    this.#state = 'greeted'
  }

  #becomeLinked(): void {
    this.#state = 'linked'
    this.#linkedAt = this.#deps.clock.now()
    this.#deps.log('info', 'linked', { server_id: this.#deps.identity.server_id })
  }

  #checkLinked(): void {
    if (this.#state === 'linked') return
    this.#deps.log('warn', 'the control plane did not take the link up in time', { state: this.#state })
    this.#socket.terminate()
  }

  #checkLife(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (!this.#isAlive) {
      this.#deps.log('warn', 'the link is dead', { without_answer_ms: PING_MS })
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#socket.ping()
  }

  #close(code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#socket.close(code, reason)
    this.#cancels.push(this.#deps.clock.after(CLOSE_MS, () => this.#socket.terminate()))
  }

  #end(code: number, reason: string): void {
    for (const cancel of this.#cancels) cancel()
    this.#deps.log('info', 'the link is closed', { code, reason, linked_ms: this.linkedMs })
    this.#state = 'closed'
  }
}

function openSocket({ identity, tls }: ConnectionDeps): WebSocket {
  const { host, port } = identity
  const isAddress = isIP(host) !== 0
  const createConnection = () => {
    const socket = tlsConnect({
      host,
      port,
      servername: isAddress ? '' : host,
      secureContext: tls.secureContext,
      session: tls.session,
      rejectUnauthorized: true,
    })
    socket.on('session', (session) => {
      tls.session = session
    })
    return socket
  }
  const authority = isIP(host) === 6 ? `[${host}]` : host
  return new WebSocket(`wss://${authority}:${port}${LINK_PATH}`, {
    createConnection,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handshakeTimeout: LINKED_WITHIN_MS,
  })
}
