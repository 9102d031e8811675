import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from './child.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'control', 'main.ts')

export interface ControlOptions {
  readonly data: string
  /** PostgreSQL; null is PGlite in the data directory. */
  readonly databaseUrl: string | null
  readonly worldFile: string
  readonly computeSocket?: string
  readonly workers: boolean
}

export type ControlChild = Child & { readonly endpoint: string; readonly port: number }

/** A thousand machines are made before it serves. */
const START_MS = 300_000

/** The control plane as a user would run it, on free ports. */
export async function startControl(options: ControlOptions): Promise<ControlChild> {
  const { data, databaseUrl, worldFile, computeSocket, workers } = options
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const child = await startChild({
    name: 'the control plane',
    args: [
      MAIN,
      ...['--port', '0', '--agent-port', '0', '--data', data, '--world', worldFile],
      ...(computeSocket === undefined ? [] : ['--compute-socket', computeSocket]),
      ...(workers ? [] : ['--no-workers']),
    ],
    environment: { DATABASE_URL: databaseUrl ?? '' },
    startMs: START_MS,
  })
  const endpoint = String(child.ready.endpoint)
  return { ...child, endpoint, port: Number(new URL(endpoint).port) }
}
