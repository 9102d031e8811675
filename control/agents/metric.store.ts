import { sql } from 'kysely'
import type { Db } from '#db'
import { secondsAfter } from '#kernel'
import { METRIC_NAMES, type Metrics } from '../../contract/agent/metrics.ts'

/** What one server measured of about the minute before it was received. */
export interface Measured {
  readonly serverId: string
  readonly values: Metrics['values']
}

/** Adds the figures of several servers to their minute and their five minutes, in one statement and one order. */
export async function insertMetrics(db: Db, group: readonly Measured[], at: Date): Promise<readonly undefined[]> {
  const parts = group.flatMap(partsOf)
  if (parts.length > 0) {
    await sql`
      INSERT INTO agents.metric (server_id, metric, period, at, count, sum, sum_of_squares, min, max)
      SELECT server_id, metric, period,
             date_bin(period * interval '1 second', ${at}::timestamptz, 'epoch'::timestamptz),
             sum(part.count), sum(part.sum), sum(part.sum_of_squares), min(part.min), max(part.max)
      FROM unnest(${parts.map((part) => part.serverId)}::text[], ${parts.map((part) => part.metric)}::text[],
                  ${parts.map((part) => part.count)}::int[], ${parts.map((part) => part.sum)}::float8[],
                  ${parts.map((part) => part.sumOfSquares)}::float8[], ${parts.map((part) => part.min)}::float8[],
                  ${parts.map((part) => part.max)}::float8[])
             AS part (server_id, metric, count, sum, sum_of_squares, min, max)
      CROSS JOIN (VALUES (60), (300)) AS length (period)
      GROUP BY server_id, metric, period
      ORDER BY server_id, metric, period
      ON CONFLICT (server_id, metric, period, at) DO UPDATE
      SET count = metric.count + excluded.count, sum = metric.sum + excluded.sum,
          sum_of_squares = metric.sum_of_squares + excluded.sum_of_squares,
          min = least(metric.min, excluded.min), max = greatest(metric.max, excluded.max)`.execute(db)
  }
  return group.map(() => undefined)
}

function partsOf({ serverId, values }: Measured) {
  return METRIC_NAMES.flatMap((metric) => {
    const seen = values[metric] ?? []
    if (seen.length === 0) return []
    const sum = seen.reduce((total, value) => total + value, 0)
    const sumOfSquares = seen.reduce((total, value) => total + value * value, 0)
    return [{ serverId, metric, count: seen.length, sum, sumOfSquares, min: Math.min(...seen), max: Math.max(...seen) }]
  })
}

const MINUTES_KEPT_SECONDS = 2 * 86_400
/** Rows of one step: short enough that nobody waits for its locks. */
const MOST_PRUNED = 5_000

/** Deletes what is too old, in steps; rows that another replica deletes are passed over. Returns how many it deleted. */
export async function pruneMetrics(db: Db, keptSeconds: number, at: Date, most = MOST_PRUNED): Promise<number> {
  let pruned = 0
  for (const [period, seconds] of [
    [60, Math.min(MINUTES_KEPT_SECONDS, keptSeconds)],
    [300, keptSeconds],
  ] as const) {
    for (let step = most; step === most; pruned += step) {
      step = await pruneStep(db, period, secondsAfter(at, -seconds), most)
    }
  }
  return pruned
}

async function pruneStep(db: Db, period: number, before: Date, most: number): Promise<number> {
  const result = await sql`
    DELETE FROM agents.metric WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM agents.metric WHERE period = ${period} AND at < ${before}::timestamptz
      ORDER BY at LIMIT ${most} FOR UPDATE SKIP LOCKED))`.execute(db)
  return Number(result.numAffectedRows ?? 0n)
}
