import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import {
  type AgentEvents,
  type AgentListener,
  agentRoutes,
  announceChange,
  createJoinToken,
  requireAuthority,
  startAgentListener,
  startReflector,
  watchAge,
} from '#agents'
import { type Database, migrate, openDatabase } from '#db'
import {
  catalogueRoutes,
  configurationRoutes,
  noteLinked,
  serverGroupRoutes,
  serverRoutes,
  setCatalogue,
  tenantRoutes,
  updateSessionCount,
} from '#fleet'
import { type Api, createApp, createFirstAnswers, pruneAnswers } from '#http'
import {
  applyBootstrap,
  createDoor,
  createKeystone,
  createOutsideTokens,
  ensureAccount,
  ensureSystemPolicies,
  IdentityCache,
  iamRoutes,
  openKeyring,
  openMasterKeys,
  watchIdentities,
} from '#iam'
import { jobRoutes, openQueue, type Queue } from '#jobs'
import { type Clock, type Log, systemClock } from '#kernel'
import {
  driveTask,
  driveTaskWork,
  HostRefused,
  hostRoutes,
  type LifecycleDeps,
  lifecycleRoutes,
  type MachineDriver,
  onTaskLinked,
  onTaskObserved,
  powerRoutes,
  pruneTasks,
  resumeTasks,
  TASK_TIMING,
  type TaskTiming,
  watchTaskDeadlines,
} from '#lifecycle'
import {
  endFormerBoots,
  exportRoutes,
  pendingLogoffs,
  pruneExports,
  recordSessions,
  sessionRoutes,
  watchLogoffs,
  writeExport,
  writeExportWork,
} from '#sessions'
import {
  driveUpdate,
  driveUpdateWork,
  onLinked,
  onObserved,
  type PowerDriver,
  resumeUpdates,
  startJob,
  startJobWork,
  type TsviDeps,
  updateRoutes,
  watchDeadlines,
} from '#tsvi'
import { embeddedPorts, requireSubnet, vpcRoutes } from '#vpc'
import type { Observed } from '../contract/agent/messages.ts'
import * as compute from '../contract/compute/client.ts'
import type { ControlConfig } from './config.ts'
import { openapiRoutes } from './openapi.routes.ts'
import { ensureWorld, parseWorld } from './world.ts'

export interface Control {
  readonly endpoint: string
  readonly listener: AgentListener
  close(): Promise<void>
}

/** What a test may bring: drivers of the world outside, wrapped in something that fails or dies, and its database. */
export interface Wrappers {
  tsvi?(deps: TsviDeps): TsviDeps
  /** Open already; used instead of the configured one, and closed as that would be. */
  readonly database?: Database
  /** How long tasks wait. */
  readonly taskTiming?: TaskTiming
  /** A clock of the test's own; the job queue keeps the database's. */
  readonly clock?: Clock
}

/** What ages beside measurements. */
const PRUNES = { 'first answers': pruneAnswers, 'exported files': pruneExports, 'tasks without a job': pruneTasks }

const WORK = [startJobWork, driveUpdateWork, writeExportWork, driveTaskWork]

/**
 * The whole control plane, put together. Reading it from top to bottom is reading the architecture. A start that fails
 * closes what it had opened, as `close` does: from the bottom to the top.
 */
export async function startControl(config: ControlConfig, log: Log, wrappers?: Wrappers): Promise<Control> {
  await using stack = new AsyncDisposableStack()
  const clock = wrappers?.clock ?? systemClock
  const masterKeys = openMasterKeys(config.masterKey)
  setCatalogue(config.catalogue)

  const database = wrappers?.database ?? (await openDatabase(config.database, log))
  stack.defer(() => database.close())
  const { db } = database
  const migrated = await migrate(database)
  if (migrated.length > 0) log.info({ migrated }, 'the database was migrated')
  const keyring = await openKeyring({ db, clock }, masterKeys)
  const { secrets } = keyring
  await ensureSystemPolicies(db, clock)
  const cache = new IdentityCache()
  const identities = await watchIdentities(database, cache, () => {
    keyring.reload().catch((error) => log.warn({ error: String(error) }, 'new sealing keys could not be read yet'))
  })
  stack.defer(() => identities.close())
  const queue = await openQueue(database, WORK, log)
  stack.defer(() => queue.stop())

  const reflector = config.probe === null ? await startReflector(config.agents.host, config.agents.publicHost) : null
  stack.defer(() => reflector?.close())
  const plain: TsviDeps = {
    db,
    clock,
    log,
    queue,
    ports: embeddedPorts(db),
    power: powerOf(config.computeSocket),
    timing: config.timing,
    managedUids: config.managedUids,
    probe: config.probe ?? (reflector && { host: reflector.host, port: reflector.port }),
    quarantineSeconds: config.quarantineSeconds,
  }
  const tsvi = wrappers?.tsvi?.(plain) ?? plain

  const authority = await requireAuthority(db, secrets, clock)
  const machines = machinesOf(config.computeSocket)
  const { ports, managedUids, probe, quarantineSeconds } = tsvi
  const lifecycle: LifecycleDeps = {
    ...{ db, clock, log, queue, ports, machines, managedUids, probe, quarantineSeconds },
    timing: wrappers?.taskTiming ?? TASK_TIMING,
    createJoinToken: (serverId) => createJoinToken(db, clock, serverId, listener.joinAddress),
  }
  const events = agentEvents(tsvi, lifecycle)
  const listener = await startAgentListener(config.agents, { database, authority, clock, log, events })
  stack.defer(() => listener.close())

  const app = createApp({ log, trustedProxies: config.trustedProxies })
  const iam = { db, clock, keyring, cache }
  const outside =
    config.outside &&
    createOutsideTokens({ db, clock, log, cache, identity: createKeystone(config.outside, clock) }, config.outside)
  const door = createDoor({ ...iam, outside: outside ?? undefined }, config.region)
  const api: Api = { app, door, firstAnswers: createFirstAnswers({ db, clock, log }) }
  const endpoint = () => endpointOf(app)
  openapiRoutes(app, () => isReady(database))
  iamRoutes(api, { ...iam, region: config.region, endpoint })
  serviceRoutes(api, lifecycle)

  if (config.worldFile !== null) {
    const world = parseWorld(readFileSync(config.worldFile, 'utf8'))
    const account = () => ensureAccount({ db, clock, secrets }, world)
    const { computeSocket: socketPath } = config
    const listMachines = async () => (socketPath === null ? [] : compute.listMachines(socketPath))
    await ensureWorld({ ...lifecycle, requireSubnet, listMachines, ensureAccount: account }, world)
  }
  if (config.bootstrap !== null) {
    const changes = await applyBootstrap({ ...iam, region: config.region }, config.bootstrap, { dryRun: false })
    if (changes.length > 0) log.info({ changes }, 'the bootstrap file was applied')
  }
  if (config.workers) {
    const work = await startWork(tsvi, lifecycle, queue)
    stack.defer(() => work.close())
    for (const watch of watchAge({ db, clock, log, keptSeconds: config.metricsSeconds, others: PRUNES })) {
      stack.defer(() => watch.close())
    }
  }
  stack.defer(() => app.close())
  await app.listen({ host: config.host, port: config.port })

  const open = stack.move()
  return { endpoint: endpoint(), listener, close: () => open.disposeAsync() }
}

/** Everything but IAM, from the left to the right. */
function serviceRoutes(api: Api, lifecycle: LifecycleDeps): void {
  const { db, clock, queue } = lifecycle
  jobRoutes(api, db)
  configurationRoutes(api, db)
  catalogueRoutes(api, db)
  tenantRoutes(api, { db, clock, requireSubnet })
  serverGroupRoutes(api, { db, clock, requireSubnet })
  serverRoutes(api, { db, clock, announceMaintenance: announceChange })
  vpcRoutes(api, { db, clock })
  agentRoutes(api, db)
  sessionRoutes(api, { db, clock })
  exportRoutes(api, { db, clock, queue })
  updateRoutes(api, { db, clock, queue })
  powerRoutes(api, lifecycle)
  lifecycleRoutes(api, { ...lifecycle, requireSubnet })
  hostRoutes(api, lifecycle)
}

/** Durable work begins, and with it whatever an earlier process left under way. */
async function startWork(tsvi: TsviDeps, lifecycle: LifecycleDeps, queue: Queue): Promise<{ close(): Promise<void> }> {
  const { log } = tsvi
  await queue.handle(startJobWork, (jobId) => startJob(tsvi, jobId))
  await queue.handle(driveUpdateWork, (updateId) => driveUpdate(tsvi, updateId))
  await queue.handle(writeExportWork, (taskId) => writeExport(tsvi, taskId))
  await queue.handle(driveTaskWork, (taskId) => driveTask(lifecycle, taskId))
  const resumed = (await resumeUpdates(tsvi)) + (await resumeTasks(lifecycle))
  if (resumed > 0) log.info({ resumed }, 'work of an earlier process goes on')
  const watches = [watchDeadlines(tsvi), watchTaskDeadlines(lifecycle), watchLogoffs(tsvi)]
  return { close: async () => void (await Promise.all(watches.map((watch) => watch.close()))) }
}

/** What an agent says concerns the server it runs on, its sessions, and the update or task that may be under way there. */
function agentEvents(tsvi: TsviDeps, lifecycle: LifecycleDeps): AgentEvents {
  const { db, clock } = tsvi
  return {
    linked: async (serverId: string, bootId: string) => {
      await noteLinked(db, serverId, clock.now())
      const ended = await endFormerBoots(db, { serverId, bootId }, clock.now())
      if (ended > 0) await updateSessionCount(db, serverId, 0)
      await onTaskLinked(lifecycle, serverId, bootId)
      await onLinked(tsvi, serverId, bootId)
    },
    observed: async (observed: Observed) => {
      await updateSessionCount(db, observed.server_id, observed.session_count)
      await onTaskObserved(lifecycle, observed)
      await onObserved(tsvi, observed)
    },
    sessions: (host) => recordSessions(tsvi, host),
    logoffs: (serverId: string) => pendingLogoffs(db, serverId, clock.now()),
  }
}

function powerOf(socketPath: string | null): PowerDriver {
  return {
    hardReboot: async (serverId) => {
      if (socketPath === null) throw new Error(`server ${serverId} was brought by hand: there is no plug to pull`)
      await compute.resetMachine(socketPath, serverId)
    },
  }
}

function machinesOf(socketPath: string | null): MachineDriver | null {
  if (socketPath === null) return null
  return {
    create: (serverId, spec) => orRefused(compute.putMachine(socketPath, serverId, spec)),
    start: (serverId) => orRefused(compute.startMachine(socketPath, serverId)),
    stop: (serverId, type) => orRefused(compute.stopMachine(socketPath, serverId, { type })),
    reset: (serverId) => orRefused(compute.resetMachine(socketPath, serverId)),
    rebuild: (serverId, join_token) => orRefused(compute.rebuildMachine(socketPath, serverId, { join_token })),
    remove: (serverId) => orRefused(compute.deleteMachine(socketPath, serverId)),
  }
}

async function orRefused<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (!(error instanceof compute.ComputeFailure)) throw error
    throw new HostRefused(whyOf(error), { isMissing: error.status === 404, cause: error })
  }
}

/** For whoever asked for the task: what is inside the provider or on the way to it is the operator's, in the log. */
function whyOf({ status, reason }: compute.ComputeFailure): string {
  if (reason !== null) return reason
  return status === null ? 'the compute provider cannot be reached' : 'the compute provider failed'
}

async function isReady({ db }: Database): Promise<boolean> {
  try {
    await sql`SELECT 1`.execute(db)
    return true
  } catch {
    return false
  }
}

function endpointOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
