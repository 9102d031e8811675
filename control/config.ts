import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import type { ListenerConfig } from '#agents'
import type { DatabaseConfig } from '#db'
import { type Catalogue, readCatalogue } from '#fleet'
import { type Bootstrap, type OutsideConfig, readBootstrap } from '#iam'
import type { ManagedUids, Probe, Timing } from '#tsvi'
import { DEFAULT_TIMING } from '#tsvi'
import { OUTSIDE_OPTIONS, type OutsideValues, parseOutside } from './outside-options.ts'

/** Everything the control plane is told, parsed once; nothing in it is optional. */
export interface ControlConfig {
  readonly host: string
  readonly port: number
  /** Addresses or CIDR ranges of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly string[]
  /** Region of catalogue, URNs and credentials. */
  readonly region: string
  readonly database: DatabaseConfig
  /** 32 bytes from the environment, or a file that is made at the first start. */
  readonly masterKey:
    | { readonly kind: 'text'; readonly base64: string }
    | { readonly kind: 'file'; readonly path: string }
  readonly agents: ListenerConfig
  /** Socket of the local compute provider; null when servers are brought and enrolled by hand. */
  readonly computeSocket: string | null
  /** An identity service outside whose tokens are accepted too; null for none. */
  readonly outside: OutsideConfig | null
  /** Far end of the probe; null uses the control plane's own reflector. */
  readonly probe: Probe | null
  readonly managedUids: ManagedUids
  readonly quarantineSeconds: number
  /** How long what servers measured is kept. */
  readonly metricsSeconds: number
  readonly timing: Timing
  /** File with accounts, network and servers to have at the start; null for none. */
  readonly worldFile: string | null
  /** What the installation offers; null is the catalogue that comes with Berth. */
  readonly catalogue: Catalogue | null
  /** Accounts and who may do what in them, to have at the start. Secrets are read when it is applied. */
  readonly bootstrap: Bootstrap | null
  /** False runs only the API: another replica does the durable work. */
  readonly workers: boolean
}

/** Command line options of `berth serve`, as `parseArgs` takes them. */
export const SERVE_OPTIONS = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '8600' },
  'trusted-proxy': { type: 'string', multiple: true, default: [] as string[] },
  region: { type: 'string', default: 'local-1' },
  data: { type: 'string', default: '.berth' },
  'agent-host': { type: 'string', default: '127.0.0.1' },
  'agent-port': { type: 'string', default: '8601' },
  'agent-public-host': { type: 'string' },
  'compute-socket': { type: 'string' },
  probe: { type: 'string' },
  world: { type: 'string' },
  catalog: { type: 'string' },
  ...OUTSIDE_OPTIONS,
  bootstrap: { type: 'string' },
  'no-workers': { type: 'boolean', default: false },
  'until-stdin-closes': { type: 'boolean', default: false },
} as const

/** What `parseArgs` makes of `SERVE_OPTIONS`. */
export interface ServeValues extends OutsideValues {
  readonly host: string
  readonly port: string
  readonly 'trusted-proxy': readonly string[]
  readonly region: string
  readonly data: string
  readonly 'agent-host': string
  readonly 'agent-port': string
  readonly 'agent-public-host'?: string | undefined
  readonly 'compute-socket'?: string | undefined
  readonly probe?: string | undefined
  readonly world?: string | undefined
  readonly catalog?: string | undefined
  readonly bootstrap?: string | undefined
  readonly 'no-workers': boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Where the database is, and the key that opens what is sealed in it. */
export type Installation = Pick<ControlConfig, 'database' | 'masterKey'>

export function installationOf(dataDir: string, environment: Environment): Installation {
  const data = resolve(dataDir)
  const url = environment.DATABASE_URL
  const base64 = environment.BERTH_MASTER_KEY
  return {
    database: url ? { kind: 'postgres', url } : { kind: 'pglite', dataDir: join(data, 'database') },
    masterKey: base64 ? { kind: 'text', base64 } : { kind: 'file', path: join(data, 'master.key') },
  }
}

/** Throws a sentence that names the option when a value cannot be used. */
export function parseConfig(values: ServeValues, environment: Environment): ControlConfig {
  return {
    ...installationOf(values.data, environment),
    host: values.host,
    port: portOf('--port', values.port),
    trustedProxies: values['trusted-proxy'].map(proxyOf),
    region: values.region,
    agents: {
      host: values['agent-host'],
      port: portOf('--agent-port', values['agent-port']),
      publicHost: values['agent-public-host'] ?? values['agent-host'],
      silenceSeconds: secondsOf(environment, 'BERTH_SILENCE_SECONDS', { least: SHORTEST_SILENCE, fallback: 90 }),
    },
    computeSocket: values['compute-socket'] ?? null,
    outside: parseOutside(values, environment),
    probe: values.probe === undefined ? null : probeOf(values.probe),
    managedUids: { first: 20_000, last: 29_999 },
    quarantineSeconds: secondsOf(environment, 'BERTH_QUARANTINE_SECONDS', {
      least: SHORTEST_QUARANTINE,
      fallback: 900,
    }),
    metricsSeconds: secondsOf(environment, 'BERTH_METRICS_SECONDS', {
      least: SHORTEST_METRICS,
      fallback: 180 * DAY_SECONDS,
    }),
    timing: DEFAULT_TIMING,
    worldFile: values.world ?? null,
    catalogue: values.catalog === undefined ? null : readCatalogue(values.catalog),
    bootstrap: values.bootstrap === undefined ? null : readBootstrap(values.bootstrap, environment),
    workers: !values['no-workers'],
  }
}

function portOf(option: string, text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new Error(`${option} must be a port from 0 to 65535 (0 picks a free one), not '${text}'`)
}

function proxyOf(text: string): string {
  const [address = '', bits] = text.split('/')
  const most = isIP(address) === 6 ? 128 : 32
  if (isIP(address) !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))) return text
  throw new Error(`--trusted-proxy must be an address or a range such as 10.0.0.0/8, not '${text}'`)
}

function probeOf(text: string): Probe {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon)
  if (colon < 1)
    throw new Error(`--probe must be HOST:PORT of a server that answers with the peer's address, not '${text}'`)
  return { host, port: portOf('--probe', text.slice(colon + 1)) }
}

/** Reuse after less than two minutes meets the neighbour caches and TIME-WAIT sockets of the former owner. */
const SHORTEST_QUARANTINE = 120

const DAY_SECONDS = 86_400
/** Three days: minutes are kept for two. */
const SHORTEST_METRICS = 3 * DAY_SECONDS

/** An agent is heard every ten seconds, which is noted every twenty; less than twice that would mistake a hiccup. */
const SHORTEST_SILENCE = 60

interface Bounds {
  readonly least: number
  readonly fallback: number
}

function secondsOf(environment: Environment, name: string, { least, fallback }: Bounds): number {
  const text = environment[name]
  if (text === undefined) return fallback
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= least) return seconds
  throw new Error(`${name} must be a whole number of seconds, at least ${least}, not '${text}'`)
}
