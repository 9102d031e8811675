import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { World } from '../control/index.ts'
import { freePort, type Postgres } from '../tools/postgres.ts'
import type { Benchmark, Report } from './support/benchmark.ts'
import { startChild } from './support/child.ts'
import { type ControlChild, startControl } from './support/control.ts'
import { createDatabase, onPglite, onPostgres } from './support/database.ts'
import { type LoadResult, runLoad } from './support/load.ts'
import { startPrism } from './support/prism.ts'
import { countWork, type Run, seedServers } from './support/seed.ts'
import { signedRequests } from './support/signed-requests.ts'
import { median, renderTable, round, type Target } from './support/table.ts'
import { benchWorld, writeWorld } from './support/world.ts'

const CONNECTIONS = 32
const WARM_UP_SECONDS = 2

/** Each round asks everybody in turn, so that a busy minute of the machine is nobody's own. */
const ROUNDS = 4

/** Servers per second of load, more than can be used up on two cores. */
const SERVERS_PER_SECOND = { postgres: 14_000, pglite: 8_000 } as const

const DOCUMENT = join(import.meta.dirname, '..', 'contract', 'openapi.json')

/** Somebody who answers the main operation. */
interface Contender {
  readonly name: string
  readonly port: number
  readonly requests: Iterator<Buffer>
  readonly answered: Map<number, number>
  readonly rounds: LoadResult[]
}

function contender(name: string, port: number, requests: readonly Buffer[]): Contender {
  return { name, port, requests: requests.values(), answered: new Map(), rounds: [] }
}

/** The full operation beside a floor and a peer: see docs/reference/benchmarks.md. */
export const requests: Benchmark = async ({ seconds, postgres, print }) => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'))
  try {
    await using stack = new AsyncDisposableStack()
    return await compare(stack, { folder, seconds, postgres, print })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Setting {
  readonly folder: string
  readonly seconds: number
  readonly postgres: Postgres
  readonly print: (text: string) => void
}

async function compare(stack: AsyncDisposableStack, setting: Setting): Promise<Report> {
  const { seconds, print } = setting
  const loadSeconds = seconds + WARM_UP_SECONDS
  const onServer = await openOnPostgres(stack, setting, loadSeconds * SERVERS_PER_SECOND.postgres)
  const embedded = await openOnPglite(stack, setting, loadSeconds * SERVERS_PER_SECOND.pglite)
  // who does not look at servers or signatures may be sent the same requests again
  const repeated = signedRequests(onServer.world, onServer.serverIds.slice(0, 2_000), onServer.control.port)
  const floor = await startFloor(stack, setting)
  const port = await freePort()
  const prism = await startPrism(DOCUMENT, port)
  if ('missing' in prism) print(`  Prism could not be had and is left out: ${prism.missing}\n`)
  else stack.use(prism)

  const contenders = [
    { ...contender('floor', floor, []), requests: forever(repeated) },
    onServer.contender,
    embedded.contender,
    ...('missing' in prism ? [] : [{ ...contender('prism', port, []), requests: forever(repeated) }]),
  ]
  await measure(contenders, seconds)
  print(`${tableOf(contenders)}\n`)
  await requireSameCount('PostgreSQL', onServer.contender, (check) => onPostgres(onServer.url, check))
  await embedded.control.stop()
  await requireSameCount('PGlite', embedded.contender, (check) => onPglite(embedded.data, check))
  print('  every answer with 200 has its job, its sub-jobs, its updates and its queued work\n')
  return reportOf(contenders)
}

function* forever(requests: readonly Buffer[]): Generator<Buffer> {
  for (;;) yield* requests
}

async function measure(contenders: readonly Contender[], seconds: number): Promise<void> {
  for (const contender of contenders) await load(contender, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contender of contenders) contender.rounds.push(await load(contender, seconds / ROUNDS))
  }
}

async function load({ name, port, requests, answered }: Contender, seconds: number): Promise<LoadResult> {
  const result = await runLoad({ port, connections: CONNECTIONS, seconds, requests })
  for (const [status, count] of result.answers) answered.set(status, (answered.get(status) ?? 0) + count)
  const refused = [...result.answers.keys()].filter((status) => status !== 200)
  if (refused.length > 0) throw new Error(`${name} answered with ${refused.join(', ')}: its figure would mean nothing`)
  return result
}

interface Opened {
  readonly control: ControlChild
  readonly world: World
  readonly serverIds: readonly string[]
  readonly contender: Contender
}

const NETWORK = { cidr: '10.20.0.0/24', gatewayIp: '10.20.0.1', servers: 0 } as const

async function openOnPostgres(
  stack: AsyncDisposableStack,
  { folder, postgres }: Setting,
  servers: number,
): Promise<Opened & { readonly url: string }> {
  const world = benchWorld(NETWORK)
  const url = await createDatabase(postgres.url, 'bench_requests')
  const worldFile = writeWorld(join(folder, 'postgres.json'), world)
  const data = join(folder, 'postgres')
  const control = stack.use(await startControl({ data, databaseUrl: url, worldFile, workers: false }))
  const serverIds = await onPostgres(url, (run) => seedServers(run, world, servers))
  const signed = signedRequests(world, serverIds, control.port)
  return { control, world, serverIds, url, contender: contender('berth, PostgreSQL', control.port, signed) }
}

/** The embedded database has one user at a time: first the control plane makes it, then it is filled, then it serves. */
async function openOnPglite(
  stack: AsyncDisposableStack,
  { folder }: Setting,
  servers: number,
): Promise<Opened & { readonly data: string }> {
  const world = benchWorld(NETWORK)
  const data = join(folder, 'pglite')
  const options = {
    data,
    databaseUrl: null,
    worldFile: writeWorld(join(folder, 'pglite.json'), world),
    workers: false,
  }
  const first = await startControl(options)
  await first.stop()
  const serverIds = await onPglite(data, (run) => seedServers(run, world, servers))
  const control = stack.use(await startControl(options))
  const signed = signedRequests(world, serverIds, control.port)
  return { control, world, serverIds, data, contender: contender('berth, PGlite', control.port, signed) }
}

async function startFloor(stack: AsyncDisposableStack, { postgres }: Setting): Promise<number> {
  const url = await createDatabase(postgres.url, 'bench_floor')
  const script = join(import.meta.dirname, 'floor.ts')
  const child = stack.use(
    await startChild({ name: 'the floor', args: [script], environment: { DATABASE_URL: url, NODE_ENV: '' } }),
  )
  return Number(new URL(String(child.ready.endpoint)).port)
}

type Checker = (check: (run: Run) => Promise<void>) => Promise<void>

/** A throughput of answers that nothing stands behind would be worth nothing. */
async function requireSameCount(where: string, { answered }: Contender, look: Checker): Promise<void> {
  const jobs = answered.get(200) ?? 0
  await look(async (run) => {
    const found = await countWork(run)
    const fits = found.jobs === jobs && found.queued === jobs && found.sub_jobs === 2 * jobs
    if (!fits || found.updates !== 2 * jobs) {
      throw new Error(`${jobs} answers with 200 on ${where}, but in the database: ${JSON.stringify(found)}`)
    }
  })
}

function rateOf({ rounds }: Contender): number {
  return median(rounds.map(({ perSecond }) => perSecond))
}

function tableOf(contenders: readonly Contender[]): string {
  const rows = contenders.map((contender) => {
    const of = (pick: (result: LoadResult) => number) => contender.rounds.map(pick)
    const rates = of(({ perSecond }) => perSecond)
    return [
      contender.name,
      rateOf(contender).toFixed(0),
      `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`,
      median(of(({ medianMs }) => medianMs)).toFixed(1),
      median(of(({ p99Ms }) => p99Ms)).toFixed(1),
      String(contender.answered.get(200) ?? 0),
    ]
  })
  return renderTable(['', 'requests/s', 'over rounds', 'median ms', 'p99 ms', 'answers'], rows)
}

/** Ratios are taken inside a round and their median is the figure. */
function ratio(above: Contender, below: Contender): number {
  return median(above.rounds.map(({ perSecond }, round) => perSecond / (below.rounds[round]?.perSecond ?? Number.NaN)))
}

function reportOf([floor, postgres, pglite, prism]: readonly Contender[]): Report {
  if (!floor || !postgres || !pglite) throw new Error('the floor and the control plane were not measured')
  const targets: Target[] = [
    { what: 'PostgreSQL against the floor', value: ratio(postgres, floor), unit: ' ×', atLeast: 0.5 },
    ...(prism
      ? [
          { what: 'PostgreSQL against Prism', value: ratio(postgres, prism), unit: ' ×', atLeast: 1.5 },
          { what: 'PGlite against Prism', value: ratio(pglite, prism), unit: ' ×', atLeast: 0.4 },
        ]
      : []),
    { what: 'PGlite', value: rateOf(pglite), unit: ' requests/s' },
  ]
  const rates = [floor, postgres, pglite, ...(prism ? [prism] : [])].map(
    (one) => [one.name, round(rateOf(one))] as const,
  )
  return { targets, figures: { requests_per_second: Object.fromEntries(rates), connections: CONNECTIONS } }
}
