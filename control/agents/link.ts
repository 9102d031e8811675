import { randomBytes } from 'node:crypto'
import type { WebSocket } from 'ws'
import type { Db } from '#db'
import type { Clock, Log } from '#kernel'
import type { Challenge, Desired, Hello, Observed } from '../../contract/agent/messages.ts'
import { findAgent, recordLinked, recordObserved } from './agent.store.ts'
import { checkHello, FrameRefused, type LinkState, readHello, readObserved } from './frame.ts'

/** What the agents tell the rest of the control plane; bound in `compose.ts`. Both may come more than once. */
export interface AgentEvents {
  /** An agent proved itself: the server is up, in this boot. */
  linked(serverId: string, bootId: string): Promise<void>
  observed(observed: Observed): Promise<void>
}

export interface LinkDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly events: AgentEvents
  /** Called once the peer is known, and with undefined when it left. */
  onIdentity(link: Link, serverId: string): void
}

const HELLO_MS = 10_000
const PING_MS = 10_000
/** Three pings without any sign of life. */
const SILENCE_MS = 30_000

const POLICY_VIOLATION = 1008
const INTERNAL_ERROR = 1011
const REPLACED = 4409

/**
 * One connection of one agent: `challenged → linked → closed`. Frames are handled one after the other; the first that
 * does not fit ends the connection.
 */
export class Link {
  readonly #socket: WebSocket
  readonly #deps: LinkDeps
  readonly #nonce = randomBytes(32).toString('base64url')
  readonly #timers: NodeJS.Timeout[] = []
  #state: LinkState | undefined
  #work: Promise<void> = Promise.resolve()
  #heardAt = Date.now()

  constructor(socket: WebSocket, deps: LinkDeps) {
    this.#socket = socket
    this.#deps = deps
    socket.on('message', (data, isBinary) => this.#queue(() => this.#receive(isBinary ? '' : String(data))))
    socket.on('pong', () => {
      this.#heardAt = Date.now()
    })
    socket.on('close', () => this.#timers.forEach(clearTimeout))
    socket.on('error', (error) => deps.log.debug({ error: error.message }, 'an agent connection broke'))
    this.#timers.push(
      setTimeout(() => this.#expectHello(), HELLO_MS),
      setInterval(() => this.#ping(), PING_MS),
    )
    this.#send({ type: 'challenge', nonce: this.#nonce })
  }

  /** Sends the newest desired state, if this connection has not had it yet. */
  pushDesired(): void {
    this.#queue(() => this.#pushDesired())
  }

  replace(): void {
    this.#socket.close(REPLACED, 'another connection of this server took over')
  }

  end(): void {
    this.#socket.terminate()
  }

  #queue(task: () => Promise<void>): void {
    this.#work = this.#work.then(task).catch((error) => this.#fail(error))
  }

  async #receive(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#heardAt = Date.now()
    if (this.#state === undefined) await this.#greet(readHello(text))
    else await this.#observe(readObserved(text, this.#state), this.#state)
  }

  async #greet(hello: Hello): Promise<void> {
    const { db, clock, events, log, onIdentity } = this.#deps
    const agent = await findAgent(db, hello.server_id)
    checkHello(hello, this.#nonce, agent)
    const { server_id: serverId, boot_id: bootId, agent_version: agentVersion } = hello
    await recordLinked(db, serverId, { bootId, agentVersion, at: clock.now() })
    const appliedGeneration = agent?.applied_generation ?? 0
    this.#state = { serverId, bootId, lastSeq: 0, appliedGeneration, sentGeneration: 0 }
    log.info({ serverId, bootId, agentVersion, appliedGeneration: hello.applied_generation }, 'an agent linked')
    onIdentity(this, serverId)
    await events.linked(serverId, bootId)
    await this.#pushDesired()
  }

  async #observe(observed: Observed, state: LinkState): Promise<void> {
    const { db, clock, events, log } = this.#deps
    const applied = observed.error === null ? observed.generation : state.appliedGeneration
    await recordObserved(db, state.serverId, {
      bootId: observed.boot_id,
      appliedGeneration: applied > state.appliedGeneration ? applied : undefined,
      at: clock.now(),
    })
    this.#state = { ...state, lastSeq: observed.seq, appliedGeneration: applied }
    if (observed.error !== null) {
      const { generation, error } = observed
      log.warn({ serverId: state.serverId, generation, error }, 'an agent could not apply its desired state')
    }
    await events.observed(observed)
  }

  async #pushDesired(): Promise<void> {
    const state = this.#state
    if (state === undefined || this.#socket.readyState !== this.#socket.OPEN) return
    const agent = await findAgent(this.#deps.db, state.serverId)
    if (!agent?.desired || agent.desired.generation <= state.sentGeneration) return
    this.#state = { ...state, sentGeneration: agent.desired.generation }
    this.#send({ type: 'desired', desired: agent.desired })
  }

  #send(frame: Challenge | Desired): void {
    this.#socket.send(JSON.stringify(frame))
  }

  #expectHello(): void {
    if (this.#state === undefined) this.#fail(new FrameRefused(`no hello within ${HELLO_MS / 1000} s`))
  }

  #ping(): void {
    if (Date.now() - this.#heardAt > SILENCE_MS) this.#socket.terminate()
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
  }

  #fail(error: unknown): void {
    const serverId = this.#state?.serverId
    if (error instanceof FrameRefused) {
      this.#deps.log.warn({ serverId, reason: error.message }, 'a frame of an agent was refused')
      this.#socket.close(POLICY_VIOLATION, error.message.slice(0, 120))
      return
    }
    const message = error instanceof Error ? error.message : String(error)
    this.#deps.log.warn(
      { serverId, error: message },
      'an agent connection ended by a failure of ours; it will come back',
    )
    this.#socket.close(INTERNAL_ERROR, 'try again')
  }
}
