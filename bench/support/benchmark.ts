import type { Postgres } from '../../tools/postgres.ts'
import type { Target } from './table.ts'

export interface Setting {
  /** How long each contender is under load. */
  readonly seconds: number
  /** A server of this run's own, durable as it is by default. */
  readonly postgres: Postgres
  readonly print: (text: string) => void
}

export interface Report {
  readonly targets: readonly Target[]
  /** Further figures for the JSON line. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** Measures, prints its table, and returns what is held against the targets. */
export type Benchmark = (setting: Setting) => Promise<Report>

/** The same for what has no database. */
export type DatabaselessBenchmark = (setting: Pick<Setting, 'print'>) => Promise<Report>
