import { sql } from 'kysely'
import type { Db } from '#db'
import { METRIC_UNITS, type MetricName } from '../../contract/agent/metrics.ts'
import type { ResponseOf } from '../../contract/operation.ts'
import type { Filter, listServerMetricData, showServerMetricData } from '../../contract/operations/agents/metric.ts'
import { AGGREGATES, type ListAsked, type Span, type Sums } from './metric.ts'

const STORED_SECONDS = 300
const MINUTE_SECONDS = 60

type Row = Sums & { readonly metric: MetricName }

/**
 * Sums of each period in order, whole multiples of what is stored: from the one in which the span begins, whole, to the
 * one in which it ends, as far as it goes.
 */
async function readSums(
  db: Db,
  serverId: string,
  names: readonly MetricName[],
  { from, to, seconds }: Span & { readonly seconds: number },
): Promise<readonly Row[]> {
  const stored = seconds < STORED_SECONDS ? MINUTE_SECONDS : STORED_SECONDS
  const period = sql`${seconds}::int * interval '1 second'`
  const { rows } = await sql<Row>`
    SELECT metric, date_bin(${period}, at, 'epoch'::timestamptz) AS at, sum(count)::int AS count, sum(sum) AS sum,
           sum(sum_of_squares) AS sum_of_squares, min(min) AS min, max(max) AS max
    FROM agents.metric
    WHERE server_id = ${serverId} AND metric = ANY(${names}::text[]) AND period = ${stored}
      AND at >= date_bin(${period}, ${from}::timestamptz, 'epoch'::timestamptz) AND at < ${to}::timestamptz
    GROUP BY 1, 2 ORDER BY 1, 2`.execute(db)
  return rows
}

const SHOWN_AS: Partial<Record<MetricName, 'cpu_info' | 'memory_info'>> = {
  cpu_util: 'cpu_info',
  mem_util: 'memory_info',
}

export async function showMetrics(
  db: Db,
  serverId: string,
  asked: Span & { readonly names: readonly MetricName[] },
): Promise<ResponseOf<typeof showServerMetricData>> {
  const rows = await readSums(db, serverId, asked.names, { ...asked, seconds: STORED_SECONDS })
  const byName = Map.groupBy(rows, (row) => row.metric)
  return Object.fromEntries(
    asked.names.map((name) => [
      SHOWN_AS[name] ?? name,
      (byName.get(name) ?? []).map((row) => ({ average: AGGREGATES.average(row), timestamp: row.at.getTime() })),
    ]),
  )
}

/** One metric; none where there is nothing that measures it. */
export async function listMetric(
  db: Db,
  serverId: string,
  name: MetricName | null,
  asked: ListAsked & { readonly filter: Filter },
): Promise<ResponseOf<typeof listServerMetricData>> {
  if (name === null) return { server_metrics: [] }
  const seconds = asked.period === 1 ? MINUTE_SECONDS : asked.period
  const rows = await readSums(db, serverId, [name], { ...asked, seconds })
  const datapoints = rows.map((row) => ({
    [asked.filter]: AGGREGATES[asked.filter](row),
    timestamp: row.at.getTime(),
    unit: METRIC_UNITS[name],
  }))
  return { server_metrics: [{ metric_name: name, datapoints }] }
}
