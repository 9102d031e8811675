import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Log, silentLog } from '../agent/index.ts'
import { whyNoNamespaces } from './capability.ts'
import { serveProvider } from './daemon.ts'
import { memoryProvider } from './memory.ts'
import { netnsProvider } from './netns.ts'
import type { Provider } from './provider.ts'

export interface ComputeConfig {
  readonly socketPath: string
  readonly stateDir: string
  readonly hosts: 'netns' | 'memory' | 'auto'
  /** The subnet wanted, null for the provider's choice. */
  readonly cidr: string | null
  /** How long a boot takes beyond what it takes anyway. */
  readonly bootMs: number
  readonly log: Log
}

export interface Compute {
  readonly provider: Provider
  close(): Promise<void>
}

const MEMORY_CIDR = '198.18.0.0/16'

export async function startCompute(config: ComputeConfig): Promise<Compute> {
  const stateDir = resolve(config.stateDir)
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const provider = await openProvider({ ...config, stateDir, socketPath: resolve(config.socketPath) })
  const server = await serveProvider(provider, config.socketPath, config.log)
  return {
    provider,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await provider.close()
    },
  }
}

async function openProvider(config: ComputeConfig): Promise<Provider> {
  if (config.hosts === 'memory') return openMemory(config, null)
  const reason = await whyNoNamespaces(config.stateDir)
  if (reason === null) return netnsProvider(config)
  if (config.hosts === 'netns') throw new Error(`app servers cannot be network namespaces: ${reason}`)
  return openMemory(config, reason)
}

/** A thousand agents in one process would drown the log of the provider. */
function openMemory({ cidr, bootMs }: ComputeConfig, reason: string | null): Provider {
  const chosen = cidr ?? MEMORY_CIDR
  return memoryProvider({ reason, cidr: chosen, gatewayIp: chosen.replace(/\.0\/\d+$/, '.1'), bootMs, log: silentLog })
}
