import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callerOf } from './support/api.ts'
import type { Benchmark } from './support/benchmark.ts'
import { residentMiB } from './support/child.ts'
import { startControl } from './support/control.ts'
import { createDatabase } from './support/database.ts'
import { renderTable, type Target } from './support/table.ts'
import { benchWorld, writeWorld } from './support/world.ts'

const MOST_MIB = 200

/** Resident memory of a control plane, workers on, that has answered its first request. */
export const memory: Benchmark = async (setting) => {
  const onServer = await measure(await createDatabase(setting.postgres.url, 'bench_memory'))
  const embedded = await measure(null)
  if (onServer === undefined || embedded === undefined) {
    setting.print('  left out: only Linux tells the memory of another process in /proc\n')
    return { targets: [], figures: {} }
  }
  const rows = [
    ['PostgreSQL', onServer.toFixed(0)],
    ['PGlite', embedded.toFixed(0)],
  ]
  setting.print(`${renderTable(['', 'MiB'], rows)}\n`)
  const targets: Target[] = [
    { what: 'with PostgreSQL', value: onServer, unit: ' MiB', atMost: MOST_MIB },
    { what: 'with PGlite', value: embedded, unit: ' MiB' },
  ]
  return { targets, figures: {} }
}

async function measure(databaseUrl: string | null): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'))
  try {
    const world = benchWorld({ cidr: '10.20.0.0/24', gatewayIp: '10.20.0.1', servers: 3 })
    const worldFile = writeWorld(join(folder, 'world.json'), world)
    await using control = await startControl({ data: join(folder, 'control'), databaseUrl, worldFile, workers: true })
    await callerOf(control.endpoint, world)('GET', 'v1', 'app-servers')
    return residentMiB(control.pid)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
