import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { World } from '../control/index.ts'
import { callerOf } from './support/api.ts'
import type { Benchmark, Report, Setting } from './support/benchmark.ts'
import { startChild } from './support/child.ts'
import { startControl } from './support/control.ts'
import { createDatabase, onPostgres } from './support/database.ts'
import { type LoadResult, runLoad } from './support/load.ts'
import { seedServers } from './support/seed.ts'
import { median, renderTable, type Target } from './support/table.ts'
import { tokenOf } from './support/token.ts'
import { benchWorld, writeWorld } from './support/world.ts'

const SMALL = 1_000
const LARGE = 100_000

/** Servers that a filter finds, in either world. */
const FOUND = 100

const ROUNDS = 8
const NETWORK = { cidr: '10.20.0.0/24', gatewayIp: '10.20.0.1', servers: 0 } as const

/**
 * Each finds as many in either world, but the first and those that are not being maintained: they count all of it. All
 * servers but the hundred are in the world's own group, where none is being maintained.
 */
const FILTERS = {
  none: () => '',
  'part of a name': () => '&server_name=needle',
  'part of a machine name': () => '&machine_name=needle',
  'part of an address': () => '&ip_addr=10.77.',
  id: ({ serverIds }) => `&server_id=${serverIds[0]}`,
  group: ({ groupId }) => `&server_group_id=${groupId}`,
  'being maintained': () => '&maintain_status=true',
  'not being maintained': () => '&maintain_status=false',
  'group, being maintained': ({ groupId }) => `&server_group_id=${groupId}&maintain_status=true`,
  'the large group, being maintained': ({ world }) => `&server_group_id=${world.server_group.id}&maintain_status=true`,
  'the large group, not being maintained': ({ world }) =>
    `&server_group_id=${world.server_group.id}&maintain_status=false`,
  'a part that all names have': () => '&server_name=APS-',
  'the last page': ({ size }) => `&offset=${size - 100}`,
} as const satisfies Readonly<Record<string, (place: Place) => string>>
type Filter = keyof typeof FILTERS

/**
 * The exact count of the one is that of all it finds, and the other goes past all that come before it; they are a hundred
 * times as many: shown, and promised to nobody.
 */
const UNBOUNDED: readonly Filter[] = ['a part that all names have', 'the last page']

/** A hundred servers, spread over the whole, that differ in everything that can be asked for. */
const SPREAD = `
  WITH numbered AS (SELECT id, row_number() OVER (ORDER BY created_at) AS n FROM fleet.server),
  found AS (SELECT id, n / $1::int AS n FROM numbered WHERE n % $1::int = 0)
  UPDATE fleet.server AS s
  SET name = 'APS-needle-' || found.n, machine_name = 'needle-' || found.n, maintain_status = true, server_group_id = $2,
      host_address = host_address || jsonb_build_object('addr', '10.77.0.' || found.n)
  FROM found WHERE s.id = found.id`

interface Place {
  readonly size: number
  readonly port: number
  readonly world: World
  readonly token: string
  /** Group of the hundred. */
  readonly groupId: string
  readonly url: string
  readonly serverIds: readonly string[]
}

/** ListServers in a large world beside a small one, and ShowServer beside a bare handler: docs/reference/benchmarks.md. */
export const lists: Benchmark = async (setting) => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'))
  try {
    await using stack = new AsyncDisposableStack()
    const small = await open(stack, setting, folder, SMALL)
    const large = await open(stack, setting, folder, LARGE)
    const listed = await measureLists(setting, small, large)
    const shown = await measureShow(stack, setting, large)
    return { targets: [...listed.targets, ...shown.targets], figures: { ...listed.figures, ...shown.figures } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function open(stack: AsyncDisposableStack, { postgres }: Setting, folder: string, size: number): Promise<Place> {
  const world = benchWorld(NETWORK)
  const url = await createDatabase(postgres.url, `bench_lists_${size}`)
  const data = join(folder, String(size))
  const worldFile = writeWorld(join(folder, `${size}.json`), world)
  const control = stack.use(await startControl({ data, databaseUrl: url, worldFile, workers: false }))
  const groupId = await createGroup(control.endpoint, world)
  const serverIds = await onPostgres(url, async (run) => {
    const ids = await seedServers(run, world, size)
    await run(SPREAD, [size / FOUND, groupId])
    await run('VACUUM ANALYZE fleet.server', [])
    return ids
  })
  return { size, port: control.port, world, token: await tokenOf(control.endpoint, world), groupId, url, serverIds }
}

async function createGroup(endpoint: string, world: World): Promise<string> {
  const group = await callerOf(endpoint, world)('POST', 'v1', 'app-server-groups', {
    ...{ name: 'found', image_id: 'image', image_type: 'private', os_type: 'Linux', is_vdi: false },
    ...{ vpc_id: world.vpc.id, subnet_id: world.subnet.id, system_disk_type: 'SAS', system_disk_size: 80 },
    product_id: 'workspace.appstream.general.xlarge.2',
  })
  return (group as { id: string }).id
}

function get(place: Place, path: string): Buffer {
  const lines = [
    `GET /v1/${place.world.project.id}/${path} HTTP/1.1`,
    `Host: 127.0.0.1:${place.port}`,
    `X-Auth-Token: ${place.token}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

function* forever(requests: readonly Buffer[]): Generator<Buffer> {
  for (;;) yield* requests
}

async function load(
  port: number,
  requests: readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const result = await runLoad({ port, connections, seconds, requests: forever(requests) })
  const refused = [...result.answers.keys()].filter((status) => status !== 200)
  if (refused.length > 0) throw new Error(`an answer was ${refused.join(', ')}: the figure would mean nothing`)
  return result
}

type Part = Pick<Report, 'targets' | 'figures'>

/** One request at a time, in turns: what it takes, not how many fit. */
async function measureLists({ print, seconds }: Setting, small: Place, large: Place): Promise<Part> {
  const times = new Map<Filter, { readonly small: number[]; readonly large: number[] }>()
  const each = seconds / ROUNDS / 4
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const filter of Object.keys(FILTERS) as Filter[]) {
      const found = times.get(filter) ?? { small: [], large: [] }
      const [inSmall, inLarge] = [await list(small, filter, each), await list(large, filter, each)]
      // the first round is for caches and plans
      if (round === 0) continue
      found.small.push(inSmall)
      found.large.push(inLarge)
      times.set(filter, found)
    }
  }
  const measured = [...times].map(([filter, { small, large }]) => ({
    filter,
    small_ms: median(small),
    large_ms: median(large),
    ratio: median(large.map((ms, round) => ms / (small[round] ?? Number.NaN))),
  }))
  const rows = measured.map(({ filter, small_ms, large_ms, ratio }) => [
    filter,
    ...[small_ms, large_ms, ratio].map((value) => value.toFixed(2)),
  ])
  print(`${renderTable(['ListServers, 100 of', `${SMALL} ms`, `${LARGE} ms`, 'ratio'], rows)}\n`)
  return {
    targets: measured.map(targetOf),
    figures: { lists: measured },
  }
}

function targetOf({ filter, ratio }: { readonly filter: Filter; readonly ratio: number }): Target {
  const target = { what: `ListServers, ${filter}`, value: ratio, unit: ' ×' }
  return UNBOUNDED.includes(filter) ? target : { ...target, atMost: 1.5 }
}

async function list(place: Place, filter: Filter, seconds: number): Promise<number> {
  const path = `app-servers?limit=100${FILTERS[filter](place)}`
  return (await load(place.port, [get(place, path)], 1, seconds)).medianMs
}

const CONNECTIONS = 32

async function measureShow(stack: AsyncDisposableStack, { print, seconds }: Setting, place: Place): Promise<Part> {
  const script = join(import.meta.dirname, 'floor-show.ts')
  const environment = { DATABASE_URL: place.url, NODE_ENV: '' }
  const child = stack.use(await startChild({ name: 'the floor', args: [script], environment }))
  const floorPort = Number(new URL(String(child.ready.endpoint)).port)
  const requests = place.serverIds.slice(0, 1_000).map((id) => get(place, `app-servers/${id}`))
  const rates: { readonly ours: number; readonly floor: number }[] = []
  for (let round = 0; round <= ROUNDS / 2; round += 1) {
    const ours = (await load(place.port, requests, CONNECTIONS, (2 * seconds) / ROUNDS)).perSecond
    const floor = (await load(floorPort, requests, CONNECTIONS, (2 * seconds) / ROUNDS)).perSecond
    if (round > 0) rates.push({ ours, floor })
  }
  const [ours, floor] = [median(rates.map((rate) => rate.ours)), median(rates.map((rate) => rate.floor))]
  print(
    `${renderTable(
      ['ShowServer', 'requests/s'],
      [
        ['berth', ours.toFixed(0)],
        ['floor', floor.toFixed(0)],
      ],
    )}\n`,
  )
  const value = median(rates.map((rate) => rate.ours / rate.floor))
  const target: Target = { what: 'ShowServer against the floor', value, unit: ' ×', atLeast: 0.4 }
  return { targets: [target], figures: { show: { ours, floor } } }
}
