import { type RawBuilder, sql } from 'kysely'
import type { Db } from '#db'

/** Empty filters nothing. */
export interface ServerFilter {
  readonly serverGroupId: string
  readonly serverName: string
  readonly machineName: string
  readonly ipAddr: string
  readonly serverId: string
  readonly maintainStatus: string
  readonly scalingAutoCreate: string
  readonly offset: number
  readonly limit: number
}

/** How many servers match in all, and those of the page in its order. */
export interface Picked {
  readonly count: number
  readonly ids: readonly string[]
}

/**
 * A filter by group and maintenance alone is counted by the tally and cut from an index in order. Any other has to find all
 * that match: then the count is theirs.
 */
export async function pickServers(db: Db, projectId: string, filter: ServerFilter): Promise<Picked> {
  // no server is made by scaling
  if (filter.scalingAutoCreate === 'true') return { count: 0, ids: [] }
  const found = findTests(filter)
  if (found.length > 0) return pickFound(db, [...placeTests(projectId, filter), ...found], filter)
  const [count, ids] = await Promise.all([
    countByTally(db, projectId, filter),
    pickInOrder(db, placeTests(projectId, filter), filter),
  ])
  return { count, ids }
}

type Test = RawBuilder<unknown>

function placeTests(projectId: string, { serverGroupId, maintainStatus }: ServerFilter): readonly Test[] {
  return [
    sql`project_id = ${projectId}`,
    ...(serverGroupId === '' ? [] : [sql`server_group_id = ${serverGroupId}`]),
    ...(maintainStatus === '' ? [] : [sql`maintain_status = ${maintainStatus === 'true'}`]),
  ]
}

function findTests({ serverId, serverName, machineName, ipAddr }: ServerFilter): readonly Test[] {
  return [
    ...(serverId === '' ? [] : [sql`id = ${serverId}`]),
    ...partTests(sql`name`, serverName),
    ...partTests(sql`machine_name`, machineName),
    ...partTests(sql`host_address ->> 'addr'`, ipAddr),
  ]
}

/** Text of two characters has no piece that an index could be asked for: every server is looked at. */
const PIECE = 3

function partTests(whole: RawBuilder<unknown>, part: string): readonly Test[] {
  if (part === '') return []
  const test = sql`strpos(${whole}, ${part}) > 0`
  return [...part].length < PIECE ? [test] : [sql`fleet.pieces(${whole}) @> fleet.pieces(${part})`, test]
}

async function pickFound(db: Db, tests: readonly Test[], { offset, limit }: ServerFilter): Promise<Picked> {
  const { rows } = await sql<Picked>`
    WITH matching AS MATERIALIZED (SELECT id, created_at FROM fleet.server WHERE ${sql.join(tests, sql` AND `)})
    SELECT (SELECT count(*)::int FROM matching) AS count,
           ARRAY(SELECT id FROM matching ORDER BY created_at DESC, id OFFSET ${offset} LIMIT ${limit}) AS ids`.execute(
    db,
  )
  return rows[0] ?? { count: 0, ids: [] }
}

async function pickInOrder(
  db: Db,
  tests: readonly Test[],
  { offset, limit }: ServerFilter,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM fleet.server WHERE ${sql.join(tests, sql` AND `)}
    ORDER BY created_at DESC, id OFFSET ${offset} LIMIT ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

async function countByTally(db: Db, projectId: string, filter: ServerFilter): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT coalesce(sum(delta), 0)::int AS n FROM fleet.server_tally
    WHERE ${sql.join(placeTests(projectId, filter), sql` AND `)}`.execute(db)
  return rows[0]?.n ?? 0
}
