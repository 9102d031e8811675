import { type RawBuilder, type Selectable, sql } from 'kysely'
import { announce, writtenCte } from '#agents'
import { type Db, isNotNullViolation, isUniqueViolation, type Trx, type UpdateTable } from '#db'
import { startTasksCtes } from '#fleet'
import { newJobsCtes, progressCte } from '#jobs'
import { secondsAfter } from '#kernel'
import { claimMissingCtes, countFree, markLeaving } from '#vpc'
import type { VirtualIp } from '../../contract/agent/desired-state.ts'
import type { Wish } from './plan.ts'
import { type Failure, isEnd, type Move, type Update, type UpdateState } from './update.ts'

export interface NewUpdate {
  readonly serverId: string
  readonly name: string
  readonly enable: boolean
  readonly notice: string
}

/** The updates of one request; no server twice, over all plans that start together. */
export interface UpdatePlan {
  readonly jobId: string
  readonly projectId: string
  readonly updates: readonly NewUpdate[]
}

const JOB_TYPE = 'UPDATE_SERVER_TSVI'

/**
 * One statement for all plans: the jobs, their sub-jobs, an update for each and the marks on the servers. It fails as
 * `isServerBusy` tells when one of the servers is busy: with another task, because an update without a marked server
 * has no server id; with an update, because of the unique index on unfinished ones.
 */
export async function insertUpdates(trx: Trx, plans: readonly UpdatePlan[], at: Date): Promise<void> {
  const updates = plans.flatMap((plan) => plan.updates)
  const jobs = plans.map(({ jobId: id, projectId, updates }) => ({
    id,
    projectId,
    resources: updates.map(({ serverId: id, name, notice }) => ({ id, name, notice })),
  }))
  await sql`
    WITH ${newJobsCtes({ jobType: JOB_TYPE, step: 'planned', at }, jobs)},
    ${startTasksCtes({ jobType: JOB_TYPE, taskStatus: 'updating_tsvi', at })}
    INSERT INTO tsvi.update (id, job_id, project_id, server_id, state, enable, step_at, created_at)
    SELECT sub_job.id, sub_job.job_id, sub_job.project_id, marked.id, 'planned', wanted.enable,
           ${at}::timestamptz, ${at}::timestamptz
    FROM sub_job
    JOIN unnest(${updates.map((update) => update.serverId)}::text[],
                ${updates.map((update) => update.enable)}::boolean[]) AS wanted (id, enable)
      ON wanted.id = sub_job.resource_id
    LEFT JOIN marked ON marked.id = sub_job.resource_id`.execute(trx)
}

/** An update that goes on with a sub-job of another kind: it ends the sub-job, and the task on the server. */
export interface Continuation {
  readonly subJobId: string
  readonly jobId: string
  readonly projectId: string
  readonly serverId: string
  readonly enable: boolean
}

export async function insertContinuation(trx: Trx, from: Continuation, at: Date): Promise<void> {
  const { subJobId, jobId, projectId, serverId, enable } = from
  await sql`
    WITH moved AS (
      INSERT INTO tsvi.update (id, job_id, project_id, server_id, state, enable, step_at, created_at)
      VALUES (${subJobId}, ${jobId}, ${projectId}, ${serverId}, 'planned', ${enable},
              ${at}::timestamptz, ${at}::timestamptz)
      RETURNING id
    ),
    ${progressCte(subJobId, { status: 'RUNNING', step: 'planned', attempt: 1, at })}
    SELECT id FROM moved`.execute(trx)
}

export function isServerBusy(error: unknown): boolean {
  return isUniqueViolation(error, 'update_running') || isNotNullViolation(error, 'server_id')
}

export async function findUpdate(db: Db, id: string): Promise<Update | undefined> {
  const row = await db.selectFrom('tsvi.update').selectAll().where('id', '=', id).executeTakeFirst()
  return row && updateOf(row)
}

export async function findRunningUpdate(db: Db, serverId: string): Promise<Update | undefined> {
  const row = await db
    .selectFrom('tsvi.update')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  return row && updateOf(row)
}

/** Unfinished updates of one job, or of all jobs. */
export async function listUnfinishedIds(db: Db, jobId?: string): Promise<readonly string[]> {
  let query = db.selectFrom('tsvi.update').select('id').where('finished_at', 'is', null)
  if (jobId !== undefined) query = query.where('job_id', '=', jobId)
  const rows = await query.orderBy('created_at').orderBy('id').execute()
  return rows.map((row) => row.id)
}

/** Longest overdue first, so many that a look stays short. */
const MOST_OVERDUE = 200

export async function listOverdue(db: Db, at: Date): Promise<readonly Update[]> {
  const rows = await db
    .selectFrom('tsvi.update')
    .selectAll()
    .where('finished_at', 'is', null)
    .where('deadline_at', '<=', at)
    .orderBy('deadline_at')
    .limit(MOST_OVERDUE)
    .execute()
  return rows.map(updateOf)
}

/** When the update of each state is overdue that is given its time anew. */
export type Deadlines = ReadonlyMap<UpdateState, Date>

/** Puts off every deadline that comes sooner. */
export async function postponeDeadlines(db: Db, deadlines: Deadlines): Promise<void> {
  await sql`
    UPDATE tsvi.update SET deadline_at = anew.deadline_at
    FROM unnest(${[...deadlines.keys()]}::text[], ${[...deadlines.values()]}::timestamptz[]) AS anew (state, deadline_at)
    WHERE finished_at IS NULL AND update.state = anew.state AND update.deadline_at < anew.deadline_at`.execute(db)
}

/**
 * Moves an update if it still is where it was seen, its sub-job with it, and returns it: of two that try, one wins and
 * the other gets nothing.
 */
export async function moveUpdate(db: Db, from: Update, move: Move, at: Date): Promise<Update | undefined> {
  const { state, attempt, deadlineSeconds, failure } = move
  const deadline = deadlineSeconds === null ? null : secondsAfter(at, deadlineSeconds)
  const status = failure ? 'ROLLBACK' : 'RUNNING'
  const { rows } = await sql<Selectable<UpdateTable>>`
    WITH moved AS (
      UPDATE tsvi.update
      SET state = ${state}, attempt = ${attempt}, step_at = ${at}::timestamptz, deadline_at = ${deadline}::timestamptz,
          error_word = ${failure?.word ?? null}, error_facts = ${failure && JSON.stringify(failure.facts)}::jsonb,
          finished_at = ${isEnd(state) ? at : null}::timestamptz
      WHERE ${isWhereSeen(from)}
      RETURNING *
    ),
    ${progressCte(from.id, { status, step: state, attempt, at })}
    SELECT * FROM moved`.execute(db)
  return rows[0] && updateOf(rows[0])
}

/** Compares and sets: the update has not moved since it was read, and its agent was told nothing since. */
function isWhereSeen({ id, state, attempt, generation }: Update): RawBuilder<unknown> {
  return sql`id = ${id} AND state = ${state} AND attempt = ${attempt}
    AND generation IS NOT DISTINCT FROM ${generation}::integer`
}

export interface Reservation {
  readonly subnetId: string
  readonly count: number
  readonly at: Date
}

/**
 * Claims what the server lacks of its block, all of it or nothing: then it answers what is free. Undefined when the
 * update has moved on, or another has claimed for it since it was read: that one goes on.
 */
export async function reserveAddresses(
  db: Db,
  seen: Update,
  { subnetId, count, at }: Reservation,
): Promise<'claimed' | { readonly free: number; readonly needed: number } | undefined> {
  const { rows } = await sql<{ needed: number; claimed: number }>`
    WITH seen AS (
      UPDATE tsvi.update SET claims = claims + 1 WHERE ${isWhereSeen(seen)} AND claims = ${seen.claims} RETURNING id
    ),
    ${claimMissingCtes({ subnetId, ownerId: seen.serverId, count, at })}
    SELECT needed::int, (SELECT count(*)::int FROM claimed) AS claimed FROM short`.execute(db)
  const [row] = rows
  if (!row) return undefined
  if (row.claimed === row.needed) return 'claimed'
  return { free: await countFree(db, subnetId, at), needed: row.needed }
}

/** Marks what the server does not use as leaving, unless the update has moved on; it stays where it is meanwhile. */
export async function retireAddresses(db: Db, seen: Update, used: readonly string[], at: Date): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql`SELECT FROM tsvi.update WHERE ${isWhereSeen(seen)} FOR UPDATE`.execute(trx)
    if (rows.length > 0) await markLeaving(trx, seen.serverId, used, at)
  })
}

/** Writes down what the server had before, unless the update has moved on. */
export async function noteFormer(db: Db, seen: Update, former: VirtualIp | null): Promise<void> {
  await sql`UPDATE tsvi.update SET former = ${JSON.stringify(former)}::jsonb WHERE ${isWhereSeen(seen)}`.execute(db)
}

/**
 * Tells the agent, and notes the generation to wait for and the boot to end, in one statement; nothing is told when the
 * update has moved on.
 */
export async function tellAgent(db: Db, seen: Update, desired: Wish, bootId: string | null = null): Promise<void> {
  await sql`
    WITH seen AS (SELECT id FROM tsvi.update WHERE ${isWhereSeen(seen)} FOR UPDATE),
    ${writtenCte(seen.serverId, desired)},
    noted AS (
      UPDATE tsvi.update SET generation = written.generation, boot_id = coalesce(${bootId}, boot_id)
      FROM written WHERE id = ${seen.id}
    )
    SELECT ${announce} FROM written`.execute(db)
}

function updateOf(row: Selectable<UpdateTable>): Update {
  return {
    id: row.id,
    jobId: row.job_id,
    projectId: row.project_id,
    serverId: row.server_id,
    state: row.state as UpdateState,
    enable: row.enable,
    former: row.former as VirtualIp | null,
    generation: row.generation,
    bootId: row.boot_id,
    attempt: row.attempt,
    claims: row.claims,
    deadlineAt: row.deadline_at,
    failure: failureOf(row.error_word, row.error_facts),
  }
}

function failureOf(word: string | null, facts: unknown): Failure | null {
  return word === null ? null : ({ word, facts } as Failure)
}
