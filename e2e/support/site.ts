import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as compute from '../../contract/compute/client.ts'
import type { World } from '../../control/index.ts'
import { freePort } from '../../tools/postgres.ts'
import { apiClient, type Client } from './api.ts'
import { type StoryDatabase, storyDatabase } from './database.ts'
import type { ControlPlan } from './dying.ts'
import type { Program } from './program.ts'
import type { Stage } from './stage.ts'
import { storyWorld } from './world.ts'

/** Hosts, a database, and the means to start control planes over them, again and again at the same ports. */
export interface Site {
  readonly world: World
  readonly serverIds: readonly string[]
  readonly client: Client
  /** Where the API of the first control plane answers. */
  readonly endpoint: string
  readonly database: StoryDatabase
  /** Where the compute provider answers. */
  readonly socketPath: string
  readonly stateDir: string
  readonly agentPort: number
  /** Resolves when it serves. A plan starts the control plane that can die, without one the program as it is. */
  startControl(replica?: Partial<Replica>): Promise<Program>
}

export interface Replica {
  readonly name: string
  readonly port: number
  readonly agentHost: string
  readonly agentPublicHost: string
  readonly plan: ControlPlan | undefined
}

export interface SiteOptions {
  readonly servers: number
  readonly maxSession?: number
  readonly hosts?: 'memory' | 'netns'
  readonly cidr?: string
  readonly bootMs?: number
  /** A provider of the story's own instead of ours, listening there. */
  readonly socketPath?: string
  readonly database?: StoryDatabase
  /** What every control plane of the story is told besides. */
  readonly control?: { readonly args: readonly string[]; readonly environment: Readonly<Record<string, string>> }
}

const MEMORY_CIDR = '198.18.0.0/24'

export async function openSite(stage: Stage, options: SiteOptions): Promise<Site> {
  const { servers, maxSession = 4 } = options
  const stateDir = join(stage.folder, 'compute')
  const socketPath = options.socketPath ?? join(stage.folder, 'compute.sock')
  const network = options.socketPath === undefined ? await startCompute(stage, options) : ownNetwork(options)
  const world = storyWorld({ servers, maxSession, cidr: network.cidr })
  const worldFile = join(stage.folder, 'world.json')
  writeFileSync(worldFile, JSON.stringify(world), { mode: 0o600 })
  const database = options.database ?? (await storyDatabase(stage))
  const [port, agentPort] = [await freePort(), await freePort()]
  const endpoint = `http://127.0.0.1:${port}`
  const masterKey = { BERTH_MASTER_KEY: randomBytes(32).toString('base64') }
  const environment = { ...database.environment, ...masterKey, ...options.control?.environment }
  const where = ['--data', stage.folder, '--compute-socket', socketPath, '--world', worldFile]
  const common = [...where, '--until-stdin-closes', ...(options.control?.args ?? [])]
  return {
    world,
    serverIds: world.servers.map((server) => server.id),
    client: apiClient(endpoint, world),
    endpoint,
    database,
    socketPath,
    stateDir,
    agentPort,
    startControl: async (replica = {}) => {
      const { name = 'the control plane', plan, agentHost = network.listenHost, agentPublicHost = agentHost } = replica
      const listen = ['--agent-host', agentHost, '--agent-port', String(agentPort)]
      const reach = ['--agent-public-host', agentPublicHost, '--port', String(replica.port ?? port)]
      const [path, first] = plan
        ? ['e2e/control-that-dies.ts', [JSON.stringify(plan)]]
        : ['control/main.ts', [] as string[]]
      const args = [...first, ...common, ...listen, ...reach]
      const control = stage.start({ name, path, args, environment })
      await control.ready()
      return control
    },
  }
}

/** A far end in the network of the servers. */
export function putLicenceServer({ socketPath, world }: Pick<Site, 'socketPath' | 'world'>) {
  return compute.putLicenceServer(socketPath, { address: world.subnet.cidr.replace('0/24', '200') })
}

interface SiteNetwork {
  readonly cidr: string
  readonly listenHost: string
}

function ownNetwork({ cidr = MEMORY_CIDR }: SiteOptions): SiteNetwork {
  return { cidr, listenHost: '127.0.0.1' }
}

async function startCompute(stage: Stage, options: SiteOptions): Promise<SiteNetwork> {
  const { hosts = 'memory', bootMs = 100, cidr = hosts === 'memory' ? MEMORY_CIDR : undefined } = options
  const where = ['--socket', join(stage.folder, 'compute.sock'), '--state', join(stage.folder, 'compute')]
  const what = ['--hosts', hosts, '--boot-ms', String(bootMs), ...(cidr === undefined ? [] : ['--cidr', cidr])]
  const args = [...where, ...what, '--until-stdin-closes']
  const status = await stage.start({ name: 'the compute provider', path: 'compute/main.ts', args }).ready()
  return { cidr: String(status.cidr), listenHost: String(status.agent_listen_host) }
}
