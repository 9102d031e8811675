import { type RawBuilder, type Selectable, sql } from 'kysely'
import { announce, voidKeyCte, writtenCte } from '#agents'
import { type Db, isNotNullViolation, isUniqueViolation, type TaskTable, type Trx } from '#db'
import { type Power, type Shown, startTasksCtes } from '#fleet'
import { type JobType, newJobsCtes, progressCte } from '#jobs'
import { secondsAfter } from '#kernel'
import type { Wish } from '#tsvi'
import { type Failure, isEnd, type Move, type Phase, type Task } from './task.ts'

/** Tasks of one kind that begin together, all of them or none. */
export interface TaskPlan {
  readonly projectId: string
  readonly kind: string
  /** Where they begin, and what the servers show there. */
  readonly state: string
  readonly shows: Shown
  readonly request: object
  /** After so many seconds the work is queued again if nobody has begun it. */
  readonly queuedSeconds: number
  readonly needsCreated: boolean
  /** Null where the API has no job. */
  readonly job: { readonly id: string; readonly type: JobType } | null
  /** No server twice. */
  readonly servers: readonly NewTask[]
}

export interface NewTask {
  readonly serverId: string
  readonly name: string
  readonly notice?: string
}

/**
 * One statement: the job and its sub-jobs where there are any, a task for each server, and the marks on the servers.
 * It fails as `isServerBusy` tells when one of the servers is busy, or when its creation failed and the plan needs one
 * that did not: a task without a marked server has no server id, and the index on unfinished tasks is unique.
 */
export async function insertTasks(trx: Trx, plan: TaskPlan, at: Date): Promise<readonly string[]> {
  const { projectId, kind, state, job, request, shows, needsCreated } = plan
  const deadline = secondsAfter(at, plan.queuedSeconds)
  const power: Power = shows
  const mark = { jobType: job?.type ?? null, taskStatus: shows.taskStatus, power, needsCreated, at }
  const { rows } = await sql<{ id: string }>`
    WITH ${subJobCte(plan, at)},
    ${startTasksCtes(mark)}
    INSERT INTO lifecycle.task
      (sub_job_id, job_id, project_id, server_id, kind, state, request, step_at, deadline_at, created_at)
    SELECT sub_job.id, sub_job.job_id, ${projectId}, marked.id, ${kind}, ${state}, ${JSON.stringify(request)}::jsonb,
           ${at}::timestamptz, ${deadline}::timestamptz, ${at}::timestamptz
    FROM sub_job LEFT JOIN marked ON marked.id = sub_job.resource_id
    RETURNING id`.execute(trx)
  return rows.map((row) => row.id)
}

/** The sub-jobs of the job; without one, rows that only name the servers. */
function subJobCte({ projectId, state, job, servers }: TaskPlan, at: Date): RawBuilder<unknown> {
  if (job === null) {
    const ids = servers.map(({ serverId }) => serverId)
    return sql`sub_job AS (
      SELECT NULL::text AS id, NULL::text AS job_id, resource_id FROM unnest(${ids}::text[]) AS server (resource_id)
    )`
  }
  const resources = servers.map(({ serverId: id, name, notice = '' }) => ({ id, name, notice }))
  return newJobsCtes({ jobType: job.type, step: state, at }, [{ id: job.id, projectId, resources }])
}

export function isServerBusy(error: unknown): boolean {
  return isUniqueViolation(error, 'task_running') || isNotNullViolation(error, 'server_id')
}

export async function findTask(db: Db, id: string): Promise<Task | undefined> {
  const row = await db.selectFrom('lifecycle.task').selectAll().where('id', '=', id).executeTakeFirst()
  return row && taskOf(row)
}

export async function findRunningTask(db: Db, serverId: string): Promise<Task | undefined> {
  const row = await db
    .selectFrom('lifecycle.task')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  return row && taskOf(row)
}

/** Longest overdue first, so many that a look stays short. */
const MOST_OVERDUE = 200

export async function listOverdue(db: Db, at: Date): Promise<readonly Task[]> {
  const rows = await db
    .selectFrom('lifecycle.task')
    .selectAll()
    .where('finished_at', 'is', null)
    .where('deadline_at', '<=', at)
    .orderBy('deadline_at')
    .limit(MOST_OVERDUE)
    .execute()
  return rows.map(taskOf)
}

export async function listUnfinishedIds(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('lifecycle.task')
    .select('id')
    .where('finished_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

/** Those of these servers that were deleted. */
export async function listDeletedServers(db: Db, serverIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ server_id: string }>`
    SELECT server_id FROM lifecycle.task
    WHERE server_id = ANY(${serverIds}::text[]) AND kind = 'delete' AND state = 'done'`.execute(db)
  return rows.map(({ server_id }) => server_id)
}

/** Makes what is overdue, or will be before `soon`, wait for its turn until `deadline`; pauses end as they would. */
export async function queueAgain(db: Db, soon: Date, deadline: Date): Promise<void> {
  await db
    .updateTable('lifecycle.task')
    .set({ phase: 'queued', deadline_at: deadline })
    .where('finished_at', 'is', null)
    .where('phase', '!=', 'pausing')
    .where('deadline_at', '<', soon)
    .execute()
}

/** The turn of a queued task has come; undefined when somebody else has begun it, or it moved. */
export async function beginTask(db: Db, seen: Task, deadline: Date | null): Promise<Task | undefined> {
  const row = await db
    .updateTable('lifecycle.task')
    .set({ phase: 'running', deadline_at: deadline })
    .where(isWhereSeen(seen))
    .where('phase', '=', 'queued')
    .returningAll()
    .executeTakeFirst()
  return row && taskOf(row)
}

export interface Moving {
  readonly at: Date
  readonly phase: Phase
  readonly seconds: number | null
  /** Only if its deadline still has passed: it may have begun, or been put off, since it was seen. */
  readonly isDue: boolean
}

/**
 * Moves a task if it still is where it was seen, its sub-job with it, and returns it: of two that try, one wins and the
 * other gets nothing.
 */
export async function moveTask(
  db: Db,
  from: Task,
  move: Move,
  { at, phase, seconds, isDue }: Moving,
): Promise<Task | undefined> {
  const { state, attempt, failure, refusal = null } = move
  const deadline = seconds === null ? null : secondsAfter(at, seconds)
  const status = failure ? 'ROLLBACK' : 'RUNNING'
  const { rows } = await sql<Selectable<TaskTable>>`
    WITH moved AS (
      UPDATE lifecycle.task
      SET state = ${state}, attempt = ${attempt}, step_at = ${at}::timestamptz, deadline_at = ${deadline}::timestamptz,
          phase = ${phase}, refusal = ${refusal && JSON.stringify(refusal)}::jsonb,
          error_word = ${failure?.word ?? null}, error_facts = ${failure && JSON.stringify(failure.facts)}::jsonb,
          finished_at = ${isEnd(state) ? at : null}::timestamptz
      WHERE ${isWhereSeen(from)} AND (NOT ${isDue}::boolean OR deadline_at <= ${at}::timestamptz)
      RETURNING *
    ),
    ${progressCte(from.subJobId ?? '', { status, step: state, attempt, at })}
    SELECT * FROM moved`.execute(db)
  return rows[0] && taskOf(rows[0])
}

/** Compares and sets: the task has not moved since it was read. */
export function isWhereSeen({ id, state, attempt }: Task): RawBuilder<boolean> {
  return sql<boolean>`id = ${id} AND state = ${state} AND attempt = ${attempt}`
}

/** Writes down the boot the task finds its server in, the first time. */
export async function noteBoot(db: Db, seen: Task, bootId: string | null): Promise<void> {
  await sql`
    UPDATE lifecycle.task SET boot_id = coalesce(boot_id, ${bootId}) WHERE ${isWhereSeen(seen)}`.execute(db)
}

/**
 * Writes down, the first time, the boot and the key of the agent on the disk that is about to go; returns that key.
 * Undefined when the task has moved on.
 */
export async function noteFormer(db: Db, seen: Task): Promise<{ readonly key: string | null } | undefined> {
  const { rows } = await sql<{ key: string | null }>`
    UPDATE lifecycle.task SET
      boot_id = CASE WHEN request -> 'formerKey' IS NULL THEN agent.boot_id ELSE task.boot_id END,
      request = jsonb_build_object('formerKey', agent.public_key) || request
    FROM agents.agent WHERE agent.server_id = ${seen.serverId} AND ${isWhereSeen(seen)}
    RETURNING request ->> 'formerKey' AS key`.execute(db)
  return rows[0]
}

/** Voids the key of the former disk, unless the task has moved on or the agent of the new disk has enrolled already. */
export async function voidFormerKey(db: Db, seen: Task, key: string): Promise<void> {
  await sql`
    WITH seen AS (SELECT id FROM lifecycle.task WHERE ${isWhereSeen(seen)} FOR UPDATE),
    ${voidKeyCte(seen.serverId, key)}
    SELECT ${announce} FROM voided`.execute(db)
}

/** Tells the agent what is desired of its server, unless the task has moved on. */
export async function tellAgent(db: Db, seen: Task, desired: Wish): Promise<void> {
  await sql`
    WITH seen AS (SELECT id FROM lifecycle.task WHERE ${isWhereSeen(seen)} FOR UPDATE),
    ${writtenCte(seen.serverId, desired)}
    SELECT ${announce} FROM written`.execute(db)
}

/** The same, and the task remembers in its request which `generation` its agent has to report, and what with. */
export async function tellAgentAndNote(db: Db, seen: Task, desired: Wish): Promise<void> {
  await sql`
    WITH seen AS (SELECT id FROM lifecycle.task WHERE ${isWhereSeen(seen)} FOR UPDATE),
    ${writtenCte(seen.serverId, desired)},
    noted AS (
      UPDATE lifecycle.task SET request = request || jsonb_build_object(
        'generation', written.generation, 'isProbed', ${desired.probe !== null}::boolean)
      FROM written WHERE id = ${seen.id}
    )
    SELECT ${announce} FROM written`.execute(db)
}

function taskOf(row: Selectable<TaskTable>): Task {
  return {
    id: row.id,
    subJobId: row.sub_job_id,
    jobId: row.job_id,
    projectId: row.project_id,
    serverId: row.server_id,
    kind: row.kind,
    state: row.state,
    request: row.request,
    bootId: row.boot_id,
    attempt: row.attempt,
    phase: row.phase as Phase,
    refusal: row.refusal as Failure | null,
    failure: row.error_word === null ? null : ({ word: row.error_word, facts: row.error_facts } as Failure),
  }
}

/** The servers among these whose creation can still be called off. */
export async function listCreating(db: Db, serverIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ server_id: string }>`
    SELECT server_id FROM lifecycle.task WHERE server_id = ANY(${serverIds}::text[]) AND ${IS_CREATING}`.execute(db)
  return rows.map((row) => row.server_id)
}

/** Not `cleaning`, which gives everything back already. */
const IS_CREATING = sql<boolean>`kind = 'create' AND finished_at IS NULL
  AND state IN ('scheduling', 'networking', 'spawning', 'updating_sid')`

/** Ends them, unless they have come to their own end meanwhile; returns their sub-jobs. */
export async function cancelCreating(
  trx: Trx,
  serverIds: readonly string[],
  { word, facts }: Failure,
  at: Date,
): Promise<readonly { readonly serverId: string; readonly subJobId: string | null }[]> {
  const { rows } = await sql<{ serverId: string; subJobId: string | null }>`
    WITH creating AS (
      SELECT id FROM lifecycle.task WHERE server_id = ANY(${serverIds}::text[]) AND ${IS_CREATING}
      ORDER BY id FOR UPDATE
    )
    UPDATE lifecycle.task
    SET state = 'failed', step_at = ${at}::timestamptz, finished_at = ${at}::timestamptz, deadline_at = NULL,
        error_word = ${word}, error_facts = ${JSON.stringify(facts)}::jsonb
    FROM creating WHERE task.id = creating.id
    RETURNING task.server_id AS "serverId", task.sub_job_id AS "subJobId"`.execute(trx)
  return rows
}

/** Holds a task where it was seen until the transaction ends; false when it has moved on. */
export async function holdTask(trx: Trx, seen: Task): Promise<boolean> {
  const { rows } = await sql`SELECT id FROM lifecycle.task WHERE ${isWhereSeen(seen)} FOR UPDATE`.execute(trx)
  return rows.length > 0
}
