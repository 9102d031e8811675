import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface DemoOptions {
  readonly once: boolean
  readonly port: number
  readonly servers: number
  /** `auto` takes namespaces where they are possible. */
  readonly hosts: 'netns' | 'memory' | 'auto'
  readonly data: string
  readonly serveOnly: boolean
}

export const START_HELP = `berth start: a control plane, three app servers, and the main job, on this machine

  --once         exit after the proof: 0 only if every session was seen under its own address
  --port N       port of the API; 0 picks a free one (default 8600)
  --servers N    app servers to start, 2 to 50 (default 3)
  --hosts KIND   netns (root on Linux), memory, or auto (default)
  --data DIR     where everything is kept (default .berth)
  --serve-only   no job, no proof: just serve
  --help         this text
`

const OPTIONS = {
  once: { type: 'boolean', default: false },
  port: { type: 'string', default: '8600' },
  servers: { type: 'string', default: '3' },
  hosts: { type: 'string', default: 'auto' },
  data: { type: 'string', default: '.berth' },
  'serve-only': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Undefined asks for the help; a wrong option throws a sentence that names it. */
export function parseDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false })
  if (values.help) return undefined
  if (values.once && values['serve-only']) throw new Error('--once and --serve-only exclude each other')
  return {
    once: values.once,
    port: numberOf('--port', values.port, 0, 65_535),
    servers: numberOf('--servers', values.servers, 2, 50),
    hosts: kindOf(values.hosts),
    data: resolve(values.data),
    serveOnly: values['serve-only'],
  }
}

function numberOf(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new Error(`${option} takes a whole number from ${least} to ${most}, not '${text}'`)
}

function kindOf(text: string): DemoOptions['hosts'] {
  if (text === 'netns' || text === 'memory' || text === 'auto') return text
  throw new Error(`--hosts takes netns, memory or auto, not '${text}'`)
}

/** Files of a demo, all under its data directory. */
export function demoPaths(data: string) {
  return {
    dev: join(data, 'dev.json'),
    world: join(data, 'world.json'),
    computeState: join(data, 'compute'),
    controlLog: join(data, 'control.log'),
    computeLog: join(data, 'compute.log'),
  }
}
