import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { World } from '../control/index.ts'
import { type Caller, callerOf } from './support/api.ts'
import type { Benchmark, Setting } from './support/benchmark.ts'
import { startCompute } from './support/compute.ts'
import { startControl } from './support/control.ts'
import { createDatabase } from './support/database.ts'
import { renderTable, type Target } from './support/table.ts'
import { benchWorld, writeWorld } from './support/world.ts'

/** The most that one request may name. */
const BATCH = 20

/** From one batch to fifty; each number of servers is a world of its own. */
const SIZES = [20, 100, 300, 1_000] as const

const MOST_SECONDS: Readonly<Record<number, number>> = { 20: 1.5, 1000: 15 }

const DATABASES = ['PGlite', 'PostgreSQL'] as const

interface Measured {
  readonly database: (typeof DATABASES)[number]
  readonly servers: number
  readonly seconds: number
}

/** What an update costs beyond the host's own work: from the first PATCH to the last SUCCESS. */
export const jobs: Benchmark = async (setting) => {
  const measured: Measured[] = []
  for (const database of DATABASES) {
    for (const servers of SIZES) {
      const seconds = await measure(setting, database, servers)
      measured.push({ database, servers, seconds })
    }
  }
  setting.print(`${tableOf(measured)}\n`)
  return { targets: measured.flatMap(targetsOf), figures: { measured } }
}

async function measure({ postgres }: Setting, database: Measured['database'], servers: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'))
  try {
    await using compute = await startCompute(folder)
    const world = benchWorld({ ...compute.network, servers })
    const databaseUrl = database === 'PGlite' ? null : await createDatabase(postgres.url, `bench_jobs_${servers}`)
    await using control = await startControl({
      data: join(folder, 'control'),
      databaseUrl,
      worldFile: writeWorld(join(folder, 'world.json'), world),
      computeSocket: compute.socket,
      workers: true,
    })
    const caller = callerOf(control.endpoint, world)
    await awaitRegistered(caller, world)
    return await updateAll(caller, world)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const POLL_MS = 20
const PATIENCE_MS = 300_000

async function awaitRegistered(call: Caller, { servers }: World): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    let registered = 0
    for (let offset = 0; offset < servers.length; offset += 100) {
      const page = (await call('GET', `v1`, `app-servers?limit=100&offset=${offset}`)) as ServerPage
      registered += page.items.filter(({ status }) => status === 'REGISTERED').length
    }
    if (registered === servers.length) return
    if (performance.now() > until) throw new Error(`only ${registered} of ${servers.length} servers registered`)
    await delay(POLL_MS)
  }
}

interface ServerPage {
  readonly items: readonly { readonly status: string }[]
}

/** All batches at once; then one question at a time, about the oldest job that still runs. */
async function updateAll(call: Caller, { servers }: World): Promise<number> {
  const batches = Array.from({ length: Math.ceil(servers.length / BATCH) }, (_, index) =>
    servers.slice(index * BATCH, (index + 1) * BATCH).map(({ id }) => ({ id, enable: true })),
  )
  const begin = performance.now()
  const answers = await Promise.all(
    batches.map((items) => call('PATCH', 'v1', 'app-servers/actions/batch-update-tsvi', { items })),
  )
  for (const { job_id } of answers as { readonly job_id: string }[]) await awaitSuccess(call, job_id)
  return (performance.now() - begin) / 1000
}

async function awaitSuccess(call: Caller, jobId: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const { status } = (await call('GET', 'v2', `job/${jobId}`)) as { readonly status: string }
    if (status === 'SUCCESS') return
    if (status !== 'RUNNING' || performance.now() > until) throw new Error(`job ${jobId} is ${status}`)
    await delay(POLL_MS)
  }
}

function tableOf(measured: readonly Measured[]): string {
  const rows = measured.map(({ database, servers, seconds }) => [
    database,
    String(servers),
    String(Math.ceil(servers / BATCH)),
    seconds.toFixed(2),
    ((seconds / servers) * 1000).toFixed(1),
  ])
  return renderTable(['', 'servers', 'jobs', 'seconds', 'ms a server'], rows)
}

/** Linear: a server among a thousand may cost little more than one among a hundred. */
const MOST_GROWTH = 1.5

function targetsOf({ database, servers, seconds }: Measured, _index: number, all: readonly Measured[]): Target[] {
  const atMost = MOST_SECONDS[servers]
  const direct =
    atMost === undefined ? [] : [{ what: `${servers} servers on ${database}`, value: seconds, unit: ' s', atMost }]
  const hundred = all.find((other) => other.database === database && other.servers === 100)
  if (servers !== 1_000 || !hundred) return direct
  const growth = seconds / servers / (hundred.seconds / hundred.servers)
  const what = `a server among 1000 against one among 100, on ${database}`
  return [...direct, { what, value: growth, unit: ' ×', atMost: MOST_GROWTH }]
}
