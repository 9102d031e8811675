import { randomUUID } from 'node:crypto'
import {
  AGENT_VERSION,
  enrol,
  type Journal,
  type Log,
  type MemorySessionIp,
  memoryJournal,
  memoryMetrics,
  memoryProbe,
  memoryReboot,
  memorySessionEnd,
  memorySessionIp,
  type RunningAgent,
  SessionRefused,
  startAgent,
  systemClock,
} from '../agent/index.ts'
import type { ComputeStatus, Machine, MachineSpec, SessionSpec, Sighting } from '../contract/compute/machine.ts'
import { type Provider, Refused, requireEntry } from './provider.ts'

export interface MemoryConfig {
  /** Why it is memory, when namespaces were wanted; null when memory was. */
  readonly reason: string | null
  readonly cidr: string
  readonly gatewayIp: string
  readonly bootMs: number
  /** Versions of the agent on a new disk, and after the agent was started anew; both are this code's unless told. */
  readonly agentVersions?: { readonly installed: string; readonly restarted: string }
  readonly log: Log
}

interface MemoryMachine {
  readonly serverId: string
  /** Its disk: what the agent remembers. */
  journal: Journal
  /** The token the disk was made with; empty while a new one is being made. */
  joinToken: string
  readonly sessionIp: MemorySessionIp
  /** Users by session: a login ends with its boot. */
  readonly uids: Map<string, number>
  bootId: string
  agentVersion: string
  agent: RunningAgent | undefined
  /** Boots are one after the other. */
  booting: Promise<void>
  /** It never boots again, not even from a reboot that is under way. */
  closed: boolean
}

const LICENCE_PORT = 27_000

/** Hosts in this process: the agent's own code on a kernel that is a data structure. No packet is ever sent. */
export function memoryProvider(config: MemoryConfig): Provider {
  const machines = new Map<string, MemoryMachine>()
  let closed = false
  const status: ComputeStatus = {
    kind: 'memory',
    reason: config.reason,
    cidr: config.cidr,
    gateway_ip: config.gatewayIp,
    agent_listen_host: '127.0.0.1',
  }
  const machineOf = (serverId: string) => requireEntry(machines, serverId, 'machine')
  return {
    status,
    putMachine: async (serverId, spec) => {
      if (closed) throw new Refused(503, 'the provider is about to end')
      const known = machines.get(serverId)
      if (known) return describe(known)
      const machine = newMachine(serverId, spec)
      machines.set(serverId, machine)
      try {
        await install(machine, spec.join_token, config)
        await boot(machine, config)
      } catch (error) {
        // it may have been deleted and made anew meanwhile
        if (machines.get(serverId) === machine) machines.delete(serverId)
        throw error
      }
      return describe(machine)
    },
    listMachines: () => [...machines.values()].map(describe),
    resetMachine: async (serverId) => {
      const machine = machineOf(serverId)
      await reboot(machine, config)
      return describe(machine)
    },
    startMachine: async (serverId) => {
      const machine = machineOf(serverId)
      await inTurn(machine, async () => {
        if (machine.bootId === '') await boot(machine, config)
      })
      return describe(machine)
    },
    // an agent in this process ends alike, asked or not
    stopMachine: async (serverId) => {
      const machine = machineOf(serverId)
      await inTurn(machine, () => powerOff(machine))
      return describe(machine)
    },
    rebuildMachine: async (serverId, { join_token }) => {
      const machine = machineOf(serverId)
      await inTurn(machine, () => rebuild(machine, join_token, config))
      return describe(machine)
    },
    deleteMachine: async (serverId) => {
      const machine = machines.get(serverId)
      machines.delete(serverId)
      if (machine) await end(machine)
    },
    openSession: (serverId, spec) => openSession(machineOf(serverId), spec),
    connect: async (serverId, sessionId) => look(machineOf(serverId), sessionId),
    closeSession: async (serverId, sessionId) => {
      const machine = machineOf(serverId)
      await machine.agent?.endSession(sessionId)
      machine.uids.delete(sessionId)
    },
    putLicenceServer: async ({ address }) => ({ host: address, port: LICENCE_PORT }),
    close: async () => {
      closed = true
      await Promise.all([...machines.values()].map(end))
      machines.clear()
    },
  }
}

function newMachine(serverId: string, spec: MachineSpec): MemoryMachine {
  return {
    serverId,
    journal: memoryJournal(),
    joinToken: '',
    sessionIp: memorySessionIp(spec.address),
    uids: new Map(),
    bootId: '',
    agentVersion: AGENT_VERSION,
    agent: undefined,
    booting: Promise.resolve(),
    closed: false,
  }
}

async function boot(machine: MemoryMachine, config: MemoryConfig): Promise<void> {
  if (machine.closed) return
  machine.bootId = randomUUID()
  await runAgent(machine, config)
}

async function runAgent(machine: MemoryMachine, config: MemoryConfig): Promise<void> {
  const { bootId } = machine
  // an order of an earlier boot, or a second one, finds another boot id and does nothing
  const onReboot = () => {
    if (machine.bootId === bootId) void reboot(machine, config)
  }
  const { journal, sessionIp } = machine
  machine.agent = await startAgent(
    { bootId, socketPath: null, version: machine.agentVersion },
    {
      journal,
      sessionIp,
      probe: memoryProbe(sessionIp.hasAddress),
      reboot: memoryReboot(onReboot),
      sessionEnd: memorySessionEnd(({ session_id }) => void machine.uids.delete(session_id)),
      metrics: memoryMetrics(),
      restart: () => void restartAgent(machine, config, bootId),
      clock: systemClock,
      random: Math.random,
      log: config.log,
    },
  )
  if (machine.closed) await end(machine)
}

/** As a supervisor would: the agent alone, its host goes on. An order of an earlier boot does nothing. */
function restartAgent(machine: MemoryMachine, config: MemoryConfig, bootId: string): Promise<void> {
  return inTurn(machine, async () => {
    if (machine.bootId !== bootId || machine.closed) return
    await machine.agent?.stop()
    machine.agentVersion = config.agentVersions?.restarted ?? AGENT_VERSION
    await runAgent(machine, config)
  })
}

async function end(machine: MemoryMachine): Promise<void> {
  machine.closed = true
  machine.bootId = ''
  await machine.agent?.stop()
}

function reboot(machine: MemoryMachine, config: MemoryConfig): Promise<void> {
  machine.bootId = ''
  return inTurn(machine, async () => {
    await powerOff(machine)
    if (config.bootMs > 0) await new Promise((done) => setTimeout(done, config.bootMs))
    await boot(machine, config)
  })
}

/** What is done to one machine is done one after the other; what failed does not hold up what comes next. */
function inTurn(machine: MemoryMachine, work: () => Promise<void>): Promise<void> {
  const turn = machine.booting.then(work)
  machine.booting = turn.catch(() => {})
  return turn
}

async function powerOff(machine: MemoryMachine): Promise<void> {
  machine.bootId = ''
  await machine.agent?.stop()
  machine.agent = undefined
  machine.sessionIp.reset()
  machine.uids.clear()
}

/** An empty disk, on which the agent gets its key. */
async function install(machine: MemoryMachine, joinToken: string, config: MemoryConfig): Promise<void> {
  const { log, agentVersions } = config
  machine.agentVersion = agentVersions?.installed ?? AGENT_VERSION
  machine.journal = memoryJournal()
  machine.joinToken = ''
  await enrol(joinToken, machine.journal, log)
  machine.joinToken = joinToken
}

async function rebuild(machine: MemoryMachine, joinToken: string, config: MemoryConfig): Promise<void> {
  if (machine.joinToken !== joinToken) {
    await powerOff(machine)
    await install(machine, joinToken, config)
  }
  if (machine.bootId === '') await boot(machine, config)
}

async function openSession(machine: MemoryMachine, spec: SessionSpec): Promise<{ readonly virtual_ip: string }> {
  if (!machine.agent) throw new Refused(503, `machine ${machine.serverId} is not up`)
  try {
    const { virtual_ip } = await machine.agent.startSession(spec)
    machine.uids.set(spec.session_id, spec.uid)
    return { virtual_ip }
  } catch (error) {
    if (error instanceof SessionRefused) throw new Refused(error.status, error.message)
    throw error
  }
}

/** What a far end would see of a connection of the session's user. */
function look(machine: MemoryMachine, sessionId: string): Sighting {
  const source = machine.sessionIp.sourceOf(requireEntry(machine.uids, sessionId, 'session'))
  if (source === 'unreachable') return { tcp: null, udp: null, detail: 'the network is unreachable for this user' }
  return { tcp: source, udp: source, detail: 'in memory' }
}

function describe({ serverId, bootId }: MemoryMachine): Machine {
  return { server_id: serverId, kind: 'memory', boot_id: bootId, running: bootId !== '' }
}
