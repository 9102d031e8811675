import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../agent/index.ts'
import type { Machine, MachineSpec, SessionSpec, Sighting, StopSpec } from '../contract/compute/machine.ts'
import type { Network } from './netns-network.ts'
import { namespaceOf } from './netns-plan.ts'
import { type NetnsProcess, startInNamespace } from './netns-process.ts'
import { type FarEnd, Refused, requireEntry } from './provider.ts'

export interface MachineDeps {
  readonly network: Network
  readonly stateDir: string
  readonly socketPath: string
  readonly bootMs: number
  readonly log: Log
}

/** A crashed agent is started again after this long, as `Restart=always` of systemd would. */
const AGENT_RESTART_MS = 200

/** How long processes have to end by themselves when a machine is asked to go off. */
const SOFT_STOP_MS = 5_000

/**
 * One app server: a namespace with a NIC, the agent in it, and the sessions' processes. Its "disk" is a directory and
 * survives a reboot and a stop; everything else does not. What is done to it is done one after the other.
 *
 *   off → booting → up → (reboot, reset) → booting …; up → (stop) → off → (start) → booting …; closed at the end
 */
export class NetnsMachine {
  readonly #serverId: string
  #spec: MachineSpec
  readonly #deps: MachineDeps
  readonly #namespace: string
  readonly #disk: string
  readonly #sessions = new Map<string, NetnsProcess>()
  #bootId = ''
  #agent: NetnsProcess | undefined
  #boots: Promise<void> = Promise.resolve()
  readonly #closing = new AbortController()

  constructor(serverId: string, spec: MachineSpec, deps: MachineDeps) {
    this.#serverId = serverId
    this.#spec = spec
    this.#deps = deps
    this.#namespace = namespaceOf(deps.network.plan.tag, serverId)
    this.#disk = join(deps.stateDir, this.#namespace)
    mkdirSync(this.#disk, { recursive: true, mode: 0o700 })
  }

  describe(): Machine {
    return { server_id: this.#serverId, kind: 'netns', boot_id: this.#bootId, running: this.#bootId !== '' }
  }

  /** Kills every process and all network state, and brings the machine up with a new boot id. */
  reboot(): Promise<void> {
    const ordered = this.#bootId
    return this.#inTurn(async () => {
      // a second order during one boot is the same order
      const { signal } = this.#closing
      if (signal.aborted || this.#bootId !== ordered) return
      await this.#powerOff()
      await delay(this.#deps.bootMs, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await this.#powerOn()
    })
  }

  /** The first boot; whoever closes meanwhile waits for its end. */
  boot(): Promise<void> {
    return this.#inTurn(() => this.#powerOn())
  }

  /** Boots it if it is off. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#bootId === '') await this.#powerOn()
    })
  }

  stop(type: StopSpec['type']): Promise<void> {
    return this.#inTurn(async () => {
      if (type === 'SOFT') await this.#askToEnd()
      await this.#powerOff()
    })
  }

  /** An empty disk, and up from it; left as it is when its disk was made with this token. */
  rebuild(joinToken: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#spec.join_token !== joinToken) {
        await this.#powerOff()
        rmSync(this.#disk, { recursive: true, force: true })
        mkdirSync(this.#disk, { recursive: true, mode: 0o700 })
        this.#spec = { ...this.#spec, join_token: joinToken }
      }
      if (this.#bootId === '') await this.#powerOn()
    })
  }

  /** What failed does not hold up what comes next. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#boots.catch(() => {}).then(work)
    this.#boots = turn
    return turn
  }

  async #powerOn(): Promise<void> {
    const { network } = this.#deps
    if (this.#closing.signal.aborted) throw new Refused(409, `the machine ${this.#serverId} is gone`)
    await network.attach({ namespace: this.#namespace, address: this.#spec.address })
    const bootId = randomUUID()
    writeFileSync(this.#bootIdFile(), `${bootId}\n`)
    this.#bootId = bootId
    this.#startAgent()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#boots.catch(() => {})
    await this.#powerOff()
  }

  async openSession(spec: SessionSpec): Promise<{ readonly virtual_ip: string }> {
    const { virtual_ip } = await askAgent(join(this.#disk, 'agent.sock'), spec)
    if (!this.#sessions.has(spec.session_id)) {
      const session = this.#start('compute/session-process', [String(spec.uid)], {}, 'sessions.log')
      this.#sessions.set(spec.session_id, session)
      await session.nextLine()
    }
    return { virtual_ip }
  }

  async connect(sessionId: string, farEnd: FarEnd): Promise<Sighting> {
    const session = requireEntry(this.#sessions, sessionId, 'session')
    session.send(farEnd)
    return (await session.nextLine()) as Sighting
  }

  async closeSession(sessionId: string): Promise<void> {
    const session = this.#sessions.get(sessionId)
    this.#sessions.delete(sessionId)
    session?.kill()
    await session?.ended
    await tellAgent(join(this.#disk, 'agent.sock'), 'DELETE', `/sessions/${encodeURIComponent(sessionId)}`, '')
  }

  /** The agent and the sessions; what else runs here meets the plug. */
  async #askToEnd(): Promise<void> {
    this.#bootId = ''
    const processes = [this.#agent, ...this.#sessions.values()].filter((process) => process !== undefined)
    for (const process of processes) process.terminate()
    const waiting = new AbortController()
    await Promise.race([
      Promise.all(processes.map((process) => process.ended)),
      delay(SOFT_STOP_MS, undefined, { signal: waiting.signal }).catch(() => {}),
    ])
    waiting.abort()
  }

  async #powerOff(): Promise<void> {
    this.#bootId = ''
    const processes = [this.#agent, ...this.#sessions.values()]
    this.#agent = undefined
    this.#sessions.clear()
    await this.#deps.network.detach(this.#namespace)
    for (const process of processes) process?.kill()
    await Promise.all(processes.map((process) => process?.ended))
  }

  #startAgent(): void {
    const rebootCommand = join(import.meta.dirname, `reboot-command${extname(import.meta.filename)}`)
    const reboot = [process.execPath, rebootCommand, this.#deps.socketPath, this.#serverId]
    const args = ['run', '--state', this.#disk, '--boot-id-file', this.#bootIdFile()]
    const agent = this.#start(
      'agent/main',
      [...args, '--reboot-command', JSON.stringify(reboot)],
      { BERTH_JOIN_TOKEN: this.#spec.join_token },
      'agent.log',
    )
    this.#agent = agent
    const bootId = this.#bootId
    void agent.ended.then(() => this.#restartAgent(agent, bootId))
  }

  /** Unless the machine was switched off or rebooted. */
  async #restartAgent(ended: NetnsProcess, bootId: string): Promise<void> {
    if (this.#bootId !== bootId || this.#agent !== ended) return
    const { log } = this.#deps
    const fields = { server_id: this.#serverId }
    log('warn', 'an agent ended by itself and is started again', fields)
    await delay(AGENT_RESTART_MS)
    if (this.#bootId !== bootId) return
    try {
      this.#startAgent()
    } catch (error) {
      // its disk is gone, say, because somebody took the directory away: no reason to end the other machines
      log('error', 'an agent cannot be started again', { ...fields, error: String(error) })
    }
  }

  #start(program: string, args: readonly string[], environment: Record<string, string>, log: string): NetnsProcess {
    const logFile = join(this.#disk, log)
    return startInNamespace({ namespace: this.#namespace, program, args, environment, logFile })
  }

  #bootIdFile(): string {
    return join(this.#disk, 'boot_id')
  }
}

async function askAgent(socketPath: string, spec: SessionSpec): Promise<{ readonly virtual_ip: string }> {
  return JSON.parse(await tellAgent(socketPath, 'POST', '/sessions', JSON.stringify(spec)))
}

function tellAgent(socketPath: string, method: string, path: string, body: string): Promise<string> {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request({ socketPath, method, path, headers, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const status = response.statusCode ?? 500
        if (status >= 400) fail(new Refused(status, `the agent said ${text}`))
        else done(text)
      })
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.on('error', (error) => fail(new Refused(503, `the agent does not answer: ${error.message}`)))
    sent.end(body)
  })
}
