import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import type { JoinAddress } from '#agents'
import type { Database, Db } from '#db'
import type { Catalogue } from '#fleet'
import { type Bootstrap, type Keyring, type OutsideConfig, openKeyring, openMasterKeys } from '#iam'
import { type Clock, systemClock } from '#kernel'
import { TASK_TIMING, type TaskTiming } from '#lifecycle'
import { DEFAULT_TIMING } from '#tsvi'
import type { Provider } from '../../compute/provider.ts'
import { signRequest } from '../../contract/signing/sign.ts'
import { startControl } from '../compose.ts'
import type { ControlConfig } from '../config.ts'
import type { World } from '../world.ts'
import { type AccessKey, newAccessKey } from './access-key.ts'
import { testDatabase } from './database.ts'
import { assertDeclared, assertErrorShape, assertFitsContract, type ErrorSchema } from './declared.ts'
import { testHosts } from './hosts.ts'
import { type RecordingLog, recordingLog } from './log.ts'

export interface TestApiOptions {
  readonly servers: number
  /** Sessions, and so addresses, of each server. */
  readonly maxSession: number
  readonly workers: boolean
  /** What the control plane takes for now, and what requests are signed with. */
  readonly clock: Clock
  /** Changes the small world before the control plane makes it. */
  readonly world: (world: World) => World
  /** What is offered; null for what comes with Berth. */
  readonly catalogue: Catalogue | null
  /** An identity service outside; null for none. */
  readonly outside: OutsideConfig | null
  /** Applied at the start, after the world; not by further replicas. */
  readonly bootstrap: Bootstrap | null
  /** Gives the servers hosts in memory; a test may change what makes them. False: hosts would be brought by hand. */
  readonly hosts: boolean | ((plain: Provider) => Provider)
  readonly taskTiming: TaskTiming
}

export const API: TestApiOptions = {
  servers: 2,
  maxSession: 4,
  workers: false,
  clock: systemClock,
  world: (world) => world,
  catalogue: null,
  outside: null,
  bootstrap: null,
  hosts: false,
  taskTiming: TASK_TIMING,
}

export { type AccessKey, assertDeclared, assertErrorShape, type ErrorSchema, newAccessKey }

/** A header with several values is sent several times. */
export type Headers = Readonly<Record<string, string | string[]>>

export interface CallOptions {
  readonly headers?: Headers
  /** Text and bytes are sent as they are, anything else as JSON; absent sends none. Bytes that are no UTF-8 need a token. */
  readonly body?: unknown
  /** The access key to sign with, the world's own unless told; false sends no signature. */
  readonly sign?: AccessKey | false
  /** Sent instead of a signature. */
  readonly token?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The text as JSON, undefined when it is none. */
  readonly body: unknown
}

/** The whole control plane over HTTP, on a database of its own, with a small world in it. */
export interface TestApi extends AsyncDisposable {
  readonly endpoint: string
  readonly world: World
  /** Where it was read from; a replica reads it only when it is told to. */
  readonly worldFile: string
  readonly db: Db
  readonly log: RecordingLog
  /** Where agents reach it. */
  readonly joinAddress: JoinAddress
  /** What the control plane seals secret keys and tokens with. */
  readonly keyring: Keyring
  /** What the keyring itself is sealed with. */
  readonly masterKeys: readonly Buffer[]
  /** What makes the hosts, where there are any. */
  readonly provider: Provider | undefined
  /** What makes the hosts goes away, and its socket with it. */
  stopHosts(): Promise<void>
  /** One request, path and headers on the wire exactly as given. Fails when the contract does not declare the answer. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Another control plane on the same database. */
  startReplica(change?: Partial<Pick<ControlConfig, 'workers' | 'worldFile' | 'port'>>): Promise<Replica>
}

export interface Replica extends AsyncDisposable {
  call: TestApi['call']
}

export async function testApi(options: Partial<TestApiOptions> = {}): Promise<TestApi> {
  const all = { ...API, ...options }
  const { servers, maxSession, workers, clock, world: changed, catalogue, outside, bootstrap, hosts, taskTiming } = all
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const folder = mkdtempSync(join(tmpdir(), 'berth-api-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const world = changed(smallWorld(servers, maxSession))
  const worldFile = join(folder, 'world.json')
  writeFileSync(worldFile, JSON.stringify(world), { mode: 0o600 })

  const made =
    hosts === false ? undefined : stack.use(await testHosts(folder, CIDR, hosts === true ? undefined : hosts))
  const computeSocket = made?.socketPath ?? null
  const config = { ...configOf(folder, worldFile, workers), catalogue, outside, bootstrap, computeSocket }
  const log = recordingLog()
  const control = await startControl(config, log, { database, clock, taskTiming })
  stack.defer(() => control.close())
  const masterKeys = openMasterKeys(config.masterKey)
  const keyring = await openKeyring({ db: database.db, clock }, masterKeys)
  const { endpoint } = control
  const callAt =
    (endpoint: string): TestApi['call'] =>
    async (method, path, options = {}) => {
      const answer = await send({ endpoint, ownKey: world.access_key, clock }, method, path, options)
      assertFitsContract(method, path, answer)
      return answer
    }
  const startReplica: TestApi['startReplica'] = async (change) => {
    const kept: Database = { ...database, close: async () => {} }
    const replica = await startControl({ ...config, worldFile: null, bootstrap: null, ...change }, log, {
      database: kept,
      clock,
      taskTiming,
    })
    return { call: callAt(replica.endpoint), [Symbol.asyncDispose]: () => replica.close() }
  }
  const open = stack.move()
  return {
    endpoint,
    world,
    worldFile,
    db: database.db,
    log,
    joinAddress: control.listener.joinAddress,
    keyring,
    masterKeys,
    provider: made?.provider,
    stopHosts: async () => made?.[Symbol.asyncDispose](),
    call: callAt(endpoint),
    startReplica,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function configOf(folder: string, worldFile: string, workers: boolean): ControlConfig {
  return {
    host: '127.0.0.1',
    port: 0,
    trustedProxies: [],
    region: 'local-1',
    // never opened: the test brings its database
    database: { kind: 'pglite', dataDir: join(folder, 'database') },
    masterKey: { kind: 'text', base64: randomBytes(32).toString('base64') },
    agents: { host: '127.0.0.1', port: 0, publicHost: '127.0.0.1', silenceSeconds: 90 },
    computeSocket: null,
    outside: null,
    probe: null,
    managedUids: { first: 20_000, last: 29_999 },
    quarantineSeconds: 900,
    metricsSeconds: 180 * 86_400,
    timing: DEFAULT_TIMING,
    worldFile,
    catalogue: null,
    bootstrap: null,
    workers,
  }
}

const CIDR = '10.9.0.0/24'

function smallWorld(servers: number, maxSession: number): World {
  const hex = () => randomUUID().replaceAll('-', '')
  return {
    domain: { id: hex(), name: 'api-account' },
    project: { id: hex(), name: 'local-1' },
    user: { id: hex(), name: 'owner', password: `Aa1!${randomBytes(12).toString('hex')}` },
    access_key: newAccessKey(),
    vpc: { id: randomUUID(), name: 'vpc', cidr: CIDR },
    subnet: { id: randomUUID(), name: 'subnet', cidr: CIDR, gateway_ip: '10.9.0.1' },
    server_group: {
      id: randomUUID(),
      name: 'group',
      os_type: 'Windows',
      ip_virtual: { enable: true },
      max_session: maxSession,
    },
    servers: Array.from({ length: servers }, (_, index) => ({ id: randomUUID(), name: `APS-${index + 1}` })),
    reserved_addresses: [],
  }
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Headers of the caller that occur once: the others are left out of the signature. */
function signable(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** Who calls, unless the call says otherwise. */
interface Client {
  readonly endpoint: string
  readonly ownKey: AccessKey
  readonly clock: Clock
}

function credentialOf(client: Client, method: string, path: string, headers: Headers, options: CallOptions): Headers {
  if (options.token !== undefined) return { 'X-Auth-Token': options.token }
  if (options.sign === false) return {}
  const { access: accessKey, secret: secretKey } = options.sign ?? client.ownKey
  const body = bytesOf(options.body).toString()
  const url = `${client.endpoint}${path}`
  const now = client.clock.now()
  return { ...signRequest({ method, url, headers: signable(headers), body, accessKey, secretKey, now }) }
}

const CALL_MS = 20_000

async function send(client: Client, method: string, path: string, options: CallOptions): Promise<Answer> {
  const body = bytesOf(options.body)
  const type: Headers = options.body === undefined ? {} : { 'Content-Type': 'application/json' }
  const given = { ...type, ...options.headers }
  const headers = { ...given, ...credentialOf(client, method, path, given, options) }
  const { hostname, port } = new URL(client.endpoint)
  const length = options.body === undefined ? {} : { 'Content-Length': String(body.length) }
  return new Promise((done, fail) => {
    const outgoing = httpRequest({
      hostname,
      port,
      method,
      path,
      headers: { ...length, ...headers },
      agent: false,
      signal: AbortSignal.timeout(CALL_MS),
    })
    outgoing.once('error', fail)
    outgoing.once('response', async (incoming) => {
      try {
        const text = await readText(incoming)
        done({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: jsonOf(text) })
      } catch (error) {
        fail(error)
      }
    })
    outgoing.end(body)
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
