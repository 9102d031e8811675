import type { DesiredState } from '../contract/agent/desired-state.ts'
import type { Logoff, SessionState, Upgrade } from '../contract/agent/messages.ts'
import type { AgentStatus, SessionRequest } from '../contract/agent/session-socket.ts'
import type { Clock } from './clock.ts'
import type { MetricsDriver } from './drivers/metrics.ts'
import type { ProbeDriver } from './drivers/probe.ts'
import type { RebootDriver } from './drivers/reboot.ts'
import type { SessionEndDriver } from './drivers/session-end.ts'
import type { SessionIpDriver } from './drivers/session-ip.ts'
import type { Journal } from './journal/journal.ts'
import { Link } from './link/link.ts'
import type { Log } from './log.ts'
import { Logoffs } from './runner/logoffs.ts'
import { Runner } from './runner/runner.ts'
import { startSampler } from './runner/sampler.ts'
import { serveSessionSocket } from './runner/session-socket.ts'
import { endSession, startSession } from './runner/sessions.ts'
import { takeUpgrade } from './upgrade.ts'
import { AGENT_VERSION } from './version.ts'

export type AgentConfig = {
  readonly bootId: string
  /** Where to listen for session requests, null to serve only callers in this process. */
  readonly socketPath: string | null
  /** What it says it is; its own version unless told. */
  readonly version?: string
}

export type AgentDeps = {
  readonly journal: Journal
  readonly sessionIp: SessionIpDriver
  readonly probe: ProbeDriver
  readonly reboot: RebootDriver
  readonly sessionEnd: SessionEndDriver
  /** Absent: nothing is measured. */
  readonly metrics?: MetricsDriver
  /** Ends the agent, so that its supervisor starts what is installed; absent: nobody would start it again. */
  readonly restart?: () => void
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly log: Log
}

export interface RunningAgent {
  /** Rejects with `SessionRefused` when the session can have no address. */
  startSession(request: SessionRequest): Promise<SessionState>
  endSession(sessionId: string): Promise<void>
  status(): AgentStatus
  /** Closes link and socket; the host's network stays as it is, sessions outlive the agent. */
  stop(): Promise<void>
}

/**
 * First the journalled state is put in force, then sessions are served, then the control plane is looked for: the
 * agent does its work without it. Without an identity (lost or damaged) there is no link, and a clear word in the log.
 */
export async function startAgent(config: AgentConfig, deps: AgentDeps): Promise<RunningAgent> {
  const { bootId, socketPath, version = AGENT_VERSION } = config
  const { journal, metrics, clock, random, log } = deps
  let link: Link | undefined
  let stopSampling = () => {}
  const runner = new Runner(
    { bootId, ...deps },
    { report: (report) => link?.report(report), flush: async () => link?.flush() },
  )
  await runner.start()
  const logoffs = new Logoffs(runner, deps)
  const identity = await journal.loadIdentity()
  const calls = {
    startSession: (request: SessionRequest) => startSession(runner, clock, request),
    endSession: (sessionId: string) => endSession(runner, sessionId),
    status: () =>
      statusOf(runner, { bootId, version, serverId: identity?.server_id ?? '', linked: link?.isLinked ?? false }),
  }
  const closeSocket = socketPath === null ? undefined : await openSocketOrStop(runner, socketPath, calls, log)
  log('info', 'sessions are served', { boot_id: bootId, applied_generation: runner.appliedGeneration })
  if (identity?.enrolled) {
    const appliedGeneration = () => runner.appliedGeneration
    const wishes = {
      onLogoff: (order: Logoff) => logoffs.take(order),
      onDesired: (next: DesiredState) => runner.want(next),
      onMaintenance: (maintainStatus: boolean) => void runner.setMaintenance(maintainStatus),
      onUpgrade: (upgrade: Upgrade) => void takeUpgrade(upgrade, version, deps),
    }
    link = new Link({ identity, bootId, appliedGeneration, version, ...wishes, clock, random, log })
    if (metrics !== undefined)
      stopSampling = startSampler({ metrics, clock, log, send: (frame) => link?.sendMetrics(frame) })
  } else {
    log('error', 'this host is not enrolled, or its identity was lost: no control plane will be contacted')
  }
  return {
    ...calls,
    async stop() {
      stopSampling()
      await closeSocket?.()
      await logoffs.stop()
      await runner.stop()
      await link?.stop()
    },
  }
}

async function openSocketOrStop(
  runner: Runner,
  path: string,
  calls: Parameters<typeof serveSessionSocket>[1],
  log: Log,
): Promise<() => Promise<void>> {
  try {
    return await serveSessionSocket(path, calls, log)
  } catch (error) {
    await runner.stop()
    throw new Error(`cannot serve the session socket ${path}`, { cause: error })
  }
}

type Facts = {
  readonly bootId: string
  readonly version: string
  readonly serverId: string
  readonly linked: boolean
}

function statusOf(runner: Runner, { bootId, version, serverId, linked }: Facts): AgentStatus {
  const { virtualIp, appliedGeneration, ledger } = runner
  return {
    server_id: serverId,
    boot_id: bootId,
    agent_version: version,
    linked,
    applied_generation: appliedGeneration,
    enable: virtualIp?.enable ?? false,
    addresses_total: virtualIp?.addresses.length ?? 0,
    addresses_used: ledger.assignments.length,
  }
}
