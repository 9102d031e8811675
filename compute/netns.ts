import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../agent/index.ts'
import type { ComputeStatus } from '../contract/compute/machine.ts'
import { NetnsMachine } from './netns-machine.ts'
import { type Network, openNetwork } from './netns-network.ts'
import { namespaceOf } from './netns-plan.ts'
import { type NetnsProcess, startInNamespace } from './netns-process.ts'
import { type FarEnd, type Provider, Refused, requireEntry } from './provider.ts'

export interface NetnsConfig {
  readonly stateDir: string
  readonly socketPath: string
  /** The subnet wanted, null for the first free one. */
  readonly cidr: string | null
  readonly bootMs: number
  readonly log: Log
}

/** Hosts as network namespaces of this kernel: real agents, real routes, real packets. Needs root, `ip` and `nft`. */
export async function netnsProvider(config: NetnsConfig): Promise<Provider> {
  const { socketPath, bootMs, log } = config
  const stateDir = join(config.stateDir, 'machines')
  // machines do not outlive their provider, so neither do their disks
  rmSync(stateDir, { recursive: true, force: true })
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const network = await openNetwork(config.stateDir, config.cidr, log)
  const { cidr, gatewayIp } = network.plan
  const machines = new Map<string, NetnsMachine>()
  const licence = licenceServer(network, stateDir)
  const status: ComputeStatus = {
    kind: 'netns',
    reason: null,
    cidr,
    gateway_ip: gatewayIp,
    agent_listen_host: gatewayIp,
  }
  const machineOf = (serverId: string) => requireEntry(machines, serverId, 'machine')
  let closed = false
  return {
    status,
    putMachine: async (serverId, spec) => {
      if (closed) throw new Refused(503, 'the provider is about to end')
      const known = machines.get(serverId)
      if (known) return known.describe()
      const machine = new NetnsMachine(serverId, spec, { network, stateDir, socketPath, bootMs, log })
      machines.set(serverId, machine)
      try {
        await machine.boot()
      } catch (error) {
        // whoever asks again gets one that is made anew, not one that never came up
        await machine.close().catch(() => {})
        if (machines.get(serverId) === machine) machines.delete(serverId)
        throw error
      }
      return machine.describe()
    },
    listMachines: () => [...machines.values()].map((machine) => machine.describe()),
    resetMachine: async (serverId) => {
      const machine = machineOf(serverId)
      await machine.reboot()
      return machine.describe()
    },
    startMachine: async (serverId) => {
      const machine = machineOf(serverId)
      await machine.start()
      return machine.describe()
    },
    stopMachine: async (serverId, { type }) => {
      const machine = machineOf(serverId)
      await machine.stop(type)
      return machine.describe()
    },
    rebuildMachine: async (serverId, { join_token }) => {
      const machine = machineOf(serverId)
      await machine.rebuild(join_token)
      return machine.describe()
    },
    deleteMachine: async (serverId) => {
      const machine = machines.get(serverId)
      machines.delete(serverId)
      await machine?.close()
    },
    openSession: (serverId, spec) => machineOf(serverId).openSession(spec),
    connect: (serverId, sessionId, farEnd) => machineOf(serverId).connect(sessionId, farEnd),
    closeSession: (serverId, sessionId) => machineOf(serverId).closeSession(sessionId),
    putLicenceServer: ({ address }) => licence.put(address),
    close: async () => {
      closed = true
      try {
        await Promise.all([...machines.values()].map((machine) => machine.close()))
        await licence.close()
      } finally {
        // takes away whatever is left
        await network.close()
      }
    },
  }
}

interface LicenceServer {
  put(address: string): Promise<FarEnd>
  close(): Promise<void>
}

function licenceServer(network: Network, stateDir: string): LicenceServer {
  const namespace = namespaceOf(network.plan.tag, 'licence-server')
  let running: { readonly farEnd: FarEnd; readonly process: NetnsProcess } | undefined
  return {
    put: async (host) => {
      if (running?.farEnd.host === host) return running.farEnd
      await network.detach(namespace)
      await network.attach({ namespace, address: host })
      const logFile = join(stateDir, 'licence-server.jsonl')
      const process = startInNamespace({
        namespace,
        program: 'compute/licence-server',
        args: [],
        environment: {},
        logFile,
      })
      const { port } = await process.nextLine()
      running = { farEnd: { host, port: Number(port) }, process }
      return running.farEnd
    },
    close: async () => {
      running?.process.kill()
      await running?.process.ended
      await network.detach(namespace)
    },
  }
}
