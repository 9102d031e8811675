import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import type { Db } from '#db'
import { findMaintainStatus } from '#fleet'
import type { Clock, Log } from '#kernel'
import {
  type Challenge,
  type Desired,
  FEATURES,
  type Feature,
  type Hello,
  type Logoff,
  type Maintenance,
  type Observed,
  type SessionState,
  type Sessions,
  type Upgrade,
  type Welcome,
} from '../../contract/agent/messages.ts'
import type { Metrics } from '../../contract/agent/metrics.ts'
import { findAgent, type LinkRef, recordLinked, recordObserved } from './agent.store.ts'
import {
  checkHello,
  FrameRefused,
  type FrameText,
  type LinkState,
  listAfter,
  readHello,
  readReport,
  type SessionList,
} from './frame.ts'
import type { Measured } from './metric.store.ts'
import type { Wanted } from './presence.store.ts'
import type { Heard } from './presence.ts'
import { findToldUpgrade } from './upgrade.store.ts'

/** All sessions of a host, as it reported them. */
export interface HostSessions extends LinkRef {
  readonly sessions: readonly SessionState[]
}

export type LogoffOrder = Omit<Logoff, 'type'>

/** What the agents tell and ask the rest of the control plane; bound in `compose.ts`. Each may come more than once. */
export interface AgentEvents {
  /** An agent proved itself: the server is up, in this boot. */
  linked(serverId: string, bootId: string): Promise<void>
  observed(observed: Observed): Promise<void>
  /** After `observed`, once every session that it counts was named. */
  sessions(host: HostSessions): Promise<void>
  /** What is to be ended on the server, now and later. */
  logoffs(serverId: string): Promise<readonly LogoffOrder[]>
}

export interface LinkDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly events: AgentEvents
  /** Stores what a server measured. */
  recordMetrics(measured: Measured): Promise<void>
  /** Called once the peer is known, and with undefined when it left. */
  onIdentity(link: Link, serverId: string): void
}

const HELLO_MS = 10_000
const PING_MS = 10_000
/** Three pings without any sign of life. */
const SILENCE_MS = 30_000

/** An agent measures once a minute. */
const METRICS_MS = 30_000

const POLICY_VIOLATION = 1008
const INTERNAL_ERROR = 1011
const REPLACED = 4409

/**
 * One connection of one agent: `challenged → linked → closed`. Frames are handled one after the other, and while one is
 * under way no more is read: whoever sends faster than the database answers waits, as TCP makes it. The first frame
 * that does not fit ends the connection.
 */
export class Link implements Heard {
  readonly #socket: WebSocket
  readonly #deps: LinkDeps
  readonly #nonce = randomBytes(32).toString('base64url')
  readonly #timers: NodeJS.Timeout[] = []
  #state: LinkState | undefined
  #features: ReadonlySet<Feature> = new Set()
  #sentUpgrade: string | undefined
  #work: Promise<void> = Promise.resolve()
  /** Frames that were read and are not dealt with: those of one read of the socket, at most. */
  #unhandled = 0
  #isPushDue = false
  #areLogoffsDue = false
  #heardAt = Date.now()
  #isHeard = false
  #isRecording = false
  #recordedAt = 0

  constructor(socket: WebSocket, deps: LinkDeps) {
    this.#socket = socket
    this.#deps = deps
    socket.on('message', (data, isBinary) => void this.#take(isBinary ? undefined : String(data)))
    socket.on('pong', () => this.#hear())
    socket.on('close', () => this.#timers.forEach(clearTimeout))
    socket.on('error', (error) => this.#break(error))
    this.#timers.push(
      setTimeout(() => this.#expectHello(), HELLO_MS),
      setInterval(() => this.#ping(), PING_MS),
    )
    this.#send({ type: 'challenge', nonce: this.#nonce })
  }

  /** Sends what is wanted of the server, as far as this connection has not had it yet. */
  pushDesired(): void {
    if (this.#isPushDue) return
    this.#isPushDue = true
    void this.#queue(() => this.#push())
  }

  /** Sends what is to be logged off, all of it. */
  pushLogoffs(): void {
    if (this.#areLogoffsDue) return
    this.#areLogoffsDue = true
    void this.#queue(() => this.#pushLogoffs())
  }

  catchUp(wanted: Wanted): void {
    if (this.#state === undefined) return
    const { sentGeneration, sentMaintenance } = this.#state
    const isMarkDue = sentMaintenance !== undefined && sentMaintenance !== wanted.maintain_status
    const isUpgradeDue =
      this.#features.has('upgrade') && wanted.upgrade_id !== null && wanted.upgrade_id !== this.#sentUpgrade
    if (wanted.generation > sentGeneration || isMarkDue || isUpgradeDue) this.pushDesired()
  }

  cutOff(): void {
    this.#socket.close(POLICY_VIOLATION, 'this server has no agent any more')
  }

  takeHeard(): boolean {
    const isHeard = this.#isHeard
    this.#isHeard = false
    return isHeard
  }

  replace(): void {
    this.#socket.close(REPLACED, 'another connection of this server took over')
  }

  end(): void {
    this.#socket.terminate()
  }

  #queue(task: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(task).catch((error) => this.#fail(error))
    return this.#work
  }

  async #take(text: FrameText): Promise<void> {
    this.#unhandled += 1
    this.#socket.pause()
    this.#hear()
    await this.#queue(() => this.#receive(text))
    this.#unhandled -= 1
    if (this.#unhandled > 0) return
    // nobody who was not listened to was silent
    this.#heardAt = Date.now()
    this.#socket.resume()
  }

  #hear(): void {
    this.#heardAt = Date.now()
    this.#isHeard = true
  }

  async #receive(text: FrameText): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#state === undefined) await this.#greet(readHello(text))
    else await this.#handle(readReport(text, this.#state), this.#state)
  }

  async #handle(report: Observed | Sessions | Metrics, state: LinkState): Promise<void> {
    if (report.type === 'metrics') this.#record(report, state)
    else await this.#takeIn(report, state)
  }

  async #takeIn(frame: Observed | Sessions, state: LinkState): Promise<void> {
    const list = listAfter(frame, state.openList)
    if (frame.type === 'observed' && !(await this.#observe(frame, state))) return
    await this.#list(list, frame.seq)
  }

  async #greet(hello: Hello): Promise<void> {
    const { db, clock, events, log, onIdentity } = this.#deps
    const agent = await findAgent(db, hello.server_id)
    const publicKey = checkHello(hello, this.#nonce, agent)
    const { server_id: serverId, boot_id: bootId, agent_version: agentVersion } = hello
    const features = FEATURES.filter((feature) => hello.features?.includes(feature))
    const linked = { publicKey, bootId, agentVersion, features, at: clock.now() }
    const linkNumber = await recordLinked(db, serverId, linked)
    if (linkNumber === undefined) throw new FrameRefused(`server ${serverId} has another key by now, or none`)
    const appliedGeneration = agent?.applied_generation ?? 0
    this.#features = new Set(features)
    const sent = { sentGeneration: 0, sentMaintenance: undefined }
    this.#state = { serverId, bootId, linkNumber, lastSeq: 0, appliedGeneration, ...sent, openList: null }
    log.info({ serverId, bootId, agentVersion, appliedGeneration: hello.applied_generation }, 'an agent linked')
    onIdentity(this, serverId)
    this.#send({ type: 'welcome' })
    await events.linked(serverId, bootId)
    await this.#push()
    await this.#pushLogoffs()
  }

  /** Nothing waits for it: what comes too often, or while the last is being written, or cannot be written, is dropped. */
  #record({ values }: Metrics, { serverId }: LinkState): void {
    const { recordMetrics, log } = this.#deps
    const now = Date.now()
    if (this.#isRecording || now - this.#recordedAt < METRICS_MS) return
    this.#isRecording = true
    this.#recordedAt = now
    recordMetrics({ serverId, values })
      .catch((error) => log.debug({ serverId, error: String(error) }, 'what an agent measured was dropped'))
      .finally(() => {
        this.#isRecording = false
      })
  }

  /** False when another connection has taken over. */
  async #observe(observed: Observed, state: LinkState): Promise<boolean> {
    const { db, clock, events, log } = this.#deps
    const { linkNumber } = state
    const applied = observed.error === null ? observed.generation : state.appliedGeneration
    const appliedGeneration = observed.error === null ? observed.generation : undefined
    const report = { bootId: observed.boot_id, linkNumber, appliedGeneration, at: clock.now() }
    if (!(await recordObserved(db, state.serverId, report))) {
      this.replace()
      return false
    }
    this.#state = { ...state, lastSeq: observed.seq, appliedGeneration: applied }
    if (observed.error !== null) {
      const { generation, error } = observed
      log.warn({ serverId: state.serverId, generation, error }, 'an agent could not apply its desired state')
    }
    await events.observed(observed)
    return true
  }

  /** Keeps what was named so far, and passes it on when it is all. */
  async #list(list: SessionList, seq: number): Promise<void> {
    const state = this.#state
    if (state === undefined) return
    const isWhole = list.sessions.length === list.count
    this.#state = { ...state, lastSeq: seq, openList: isWhole ? null : list }
    const { serverId, bootId, linkNumber } = state
    if (isWhole) await this.#deps.events.sessions({ serverId, bootId, linkNumber, sessions: list.sessions })
  }

  async #push(): Promise<void> {
    this.#isPushDue = false
    await this.#pushMaintenance()
    await this.#pushUpgrade()
    await this.#pushDesired()
  }

  /** The mark is read when it is sent: the row of the server is the one place where it stands. */
  async #pushMaintenance(): Promise<void> {
    const state = this.#state
    if (state === undefined || !this.#features.has('maintenance')) return
    const maintainStatus = await findMaintainStatus(this.#deps.db, state.serverId)
    if (maintainStatus === undefined || maintainStatus === state.sentMaintenance) return
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#state = { ...state, sentMaintenance: maintainStatus }
    this.#send({ type: 'maintenance', maintain_status: maintainStatus })
  }

  async #pushUpgrade(): Promise<void> {
    const state = this.#state
    if (state === undefined || !this.#features.has('upgrade')) return
    const told = await findToldUpgrade(this.#deps.db, state.serverId)
    if (told === undefined || told.id === this.#sentUpgrade) return
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#sentUpgrade = told.id
    this.#send({ type: 'upgrade', ...told })
  }

  async #pushDesired(): Promise<void> {
    const state = this.#state
    if (state === undefined || this.#socket.readyState !== this.#socket.OPEN) return
    const agent = await findAgent(this.#deps.db, state.serverId)
    if (!agent?.public_key) return this.cutOff()
    if (!agent.desired || agent.desired.generation <= state.sentGeneration) return
    this.#state = { ...state, sentGeneration: agent.desired.generation }
    this.#send({ type: 'desired', desired: agent.desired })
  }

  async #pushLogoffs(): Promise<void> {
    this.#areLogoffsDue = false
    const state = this.#state
    if (state === undefined || !this.#features.has('logoff') || this.#socket.readyState !== this.#socket.OPEN) return
    for (const order of await this.#deps.events.logoffs(state.serverId)) this.#send({ type: 'logoff', ...order })
  }

  #send(frame: Challenge | Welcome | Desired | Maintenance | Upgrade | Logoff): void {
    this.#socket.send(JSON.stringify(frame))
  }

  #expectHello(): void {
    if (this.#state === undefined) this.#fail(new FrameRefused(`no hello within ${HELLO_MS / 1000} s`))
  }

  #ping(): void {
    const isSilent = !this.#socket.isPaused && Date.now() - this.#heardAt > SILENCE_MS
    if (isSilent) this.#socket.terminate()
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  /** The socket ends by itself. What it could not read was as much a wrong frame as one that we refuse. */
  #break(error: Error): void {
    const isFrame = 'code' in error && String(error.code).startsWith('WS_ERR_')
    if (isFrame) this.#logRefusal(error.message)
    else this.#deps.log.debug({ error: error.message }, 'an agent connection broke')
  }

  #logRefusal(reason: string): void {
    this.#deps.log.warn({ serverId: this.#state?.serverId, reason }, 'a frame of an agent was refused')
  }

  #fail(error: unknown): void {
    if (error instanceof FrameRefused) {
      this.#logRefusal(error.message)
      this.#socket.close(POLICY_VIOLATION, error.message.slice(0, 120))
      return
    }
    const message = error instanceof Error ? error.message : String(error)
    this.#deps.log.warn(
      { serverId: this.#state?.serverId, error: message },
      'an agent connection ended by a failure of ours; it will come back',
    )
    this.#socket.close(INTERNAL_ERROR, 'try again')
  }
}
