import { parseArgs } from 'node:util'
import { jsonLog } from '../agent/index.ts'
import { type ComputeConfig, startCompute } from './compute.ts'

export const COMPUTE_HELP = `berth compute: app servers on this machine, for trying and testing

  --socket PATH            where the control plane reaches it (default .berth/compute.sock)
  --state DIR              disks and logs of the machines (default .berth/compute)
  --hosts KIND             netns (root on Linux), memory, or auto (default)
  --cidr 198.18.N.0/24     the subnet wanted (default: the first free one)
  --boot-ms N              how long a boot takes beyond what it takes anyway (default 300)
  --until-stdin-closes     end when standard input does
`

/** What a command may touch besides files and the network. */
export interface ComputeWorld {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  /** Resolves when standard input closes; reading it begins with the call. */
  readonly stdinClosed: () => Promise<void>
  readonly ended: Promise<void>
}

const OPTIONS = {
  socket: { type: 'string', default: '.berth/compute.sock' },
  state: { type: 'string', default: '.berth/compute' },
  hosts: { type: 'string', default: 'auto' },
  cidr: { type: 'string' },
  'boot-ms': { type: 'string', default: '300' },
  'until-stdin-closes': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Runs the local compute provider until it is asked to end; returns the exit code. */
export async function runComputeCommand(args: readonly string[], world: ComputeWorld): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    if (values.help) {
      world.print(COMPUTE_HELP)
      return 0
    }
    const compute = await startCompute(configOf(values, world))
    world.print(`${JSON.stringify({ ready: true, ...compute.provider.status })}\n`)
    await Promise.race(values['until-stdin-closes'] ? [world.ended, world.stdinClosed()] : [world.ended])
    await compute.close()
    return 0
  } catch (error) {
    world.complain(`berth compute: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

interface Values {
  readonly socket: string
  readonly state: string
  readonly hosts: string
  readonly cidr?: string | undefined
  readonly 'boot-ms': string
}

function configOf(values: Values, world: ComputeWorld): ComputeConfig {
  return {
    socketPath: values.socket,
    stateDir: values.state,
    hosts: hostsOf(values.hosts),
    cidr: values.cidr ?? null,
    bootMs: bootMsOf(values['boot-ms']),
    log: jsonLog(world.complain, Date.now),
  }
}

function hostsOf(text: string): ComputeConfig['hosts'] {
  if (text === 'netns' || text === 'memory' || text === 'auto') return text
  throw new Error(`--hosts takes netns, memory or auto, not '${text}'`)
}

const LONGEST_BOOT_MS = 600_000

function bootMsOf(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= LONGEST_BOOT_MS) return value
  throw new Error(`--boot-ms takes milliseconds from 0 to ${LONGEST_BOOT_MS}, not '${text}'`)
}
