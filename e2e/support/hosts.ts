import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  enrol,
  memoryJournal,
  memoryProbe,
  memoryReboot,
  memorySessionIp,
  type RunningAgent,
  silentLog,
  startAgent,
  systemClock,
} from '../../agent/index.ts'
import { serveProvider } from '../../compute/daemon.ts'
import type { Provider } from '../../compute/index.ts'
import type { Machine } from '../../contract/compute/machine.ts'
import type { Stage } from './stage.ts'

/** How a host takes an order to reboot. */
export interface Habit {
  /** `hangs`: it goes down and stays down. */
  readonly softReboot: 'reboots' | 'hangs'
  readonly hardReboot: 'reboots' | 'hangs'
  /** The far end of its probe sees nothing. */
  readonly isUnseen?: boolean
}

/** Hosts in memory that do not do what they are told, behind the socket of a compute provider. */
export interface BadHosts {
  readonly socketPath: string
  readonly habits: Map<string, Habit>
  /** Orders as they came: `soft` or `hard` and the server's id. */
  readonly orders: string[]
  /** What somebody at the console does: the host comes up again. */
  powerOn(serverId: string): Promise<void>
}

interface Host {
  readonly serverId: string
  readonly journal: ReturnType<typeof memoryJournal>
  readonly sessionIp: ReturnType<typeof memorySessionIp>
  bootId: string
  agent: RunningAgent | undefined
}

const GOOD: Habit = { softReboot: 'reboots', hardReboot: 'reboots' }

export async function badHosts(stage: Stage): Promise<BadHosts> {
  const hosts = new Map<string, Host>()
  const habits = new Map<string, Habit>()
  const orders: string[] = []

  const reboot = async (host: Host, kind: 'soft' | 'hard') => {
    orders.push(`${kind} ${host.serverId}`)
    await powerOff(host)
    const habit = habits.get(host.serverId) ?? GOOD
    if (habit[`${kind}Reboot`] === 'reboots') await bootUp(host)
  }
  const bootUp = (host: Host): Promise<void> => {
    const isSeen = (address: string) => !habits.get(host.serverId)?.isUnseen && host.sessionIp.hasAddress(address)
    return boot(host, isSeen, () => void reboot(host, 'soft'))
  }
  const hostOf = (serverId: string): Host => {
    const host = hosts.get(serverId)
    if (!host) throw new Error(`there is no host ${serverId}`)
    return host
  }
  const socketPath = join(stage.folder, 'bad-hosts.sock')
  const provider = providerOf({
    putMachine: async (serverId, spec) => {
      const host: Host = {
        serverId,
        journal: memoryJournal(),
        sessionIp: memorySessionIp(spec.address),
        bootId: '',
        agent: undefined,
      }
      hosts.set(serverId, host)
      await enrol(spec.join_token, host.journal, silentLog)
      await bootUp(host)
      return describe(host)
    },
    listMachines: () => [...hosts.values()].map(describe),
    resetMachine: async (serverId) => {
      await reboot(hostOf(serverId), 'hard')
      return describe(hostOf(serverId))
    },
  })
  const server = await serveProvider(provider, socketPath, silentLog)
  stage.defer(async () => {
    server.close()
    server.closeAllConnections()
    await Promise.all([...hosts.values()].map(powerOff))
  })
  const powerOn = (serverId: string) => bootUp(hostOf(serverId))
  return { socketPath, habits, orders, powerOn }
}

async function boot(host: Host, isSeen: (address: string) => boolean, onReboot: () => void): Promise<void> {
  const { journal, sessionIp } = host
  host.bootId = randomUUID()
  host.agent = await startAgent(
    { bootId: host.bootId, socketPath: null },
    {
      journal,
      sessionIp,
      probe: memoryProbe(isSeen),
      reboot: memoryReboot(onReboot),
      clock: systemClock,
      random: Math.random,
      log: silentLog,
    },
  )
}

async function powerOff(host: Host): Promise<void> {
  const { agent } = host
  host.agent = undefined
  host.bootId = ''
  await agent?.stop()
  host.sessionIp.reset()
}

function describe({ serverId, bootId }: Host): Machine {
  return { server_id: serverId, kind: 'memory', boot_id: bootId, running: bootId !== '' }
}

/** What the stories of failure do not ask of a host. */
function providerOf(own: Pick<Provider, 'putMachine' | 'listMachines' | 'resetMachine'>): Provider {
  const refuse = () => Promise.reject(new Error('these hosts only reboot'))
  return {
    status: { kind: 'memory', reason: null, cidr: '', gateway_ip: '', agent_listen_host: '127.0.0.1' },
    startMachine: refuse,
    stopMachine: refuse,
    rebuildMachine: refuse,
    deleteMachine: refuse,
    openSession: refuse,
    connect: refuse,
    closeSession: refuse,
    putLicenceServer: refuse,
    close: async () => {},
    ...own,
  }
}
