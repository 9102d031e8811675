import { type Selectable, sql } from 'kysely'
import { type Db, isNotNullViolation, isUniqueViolation, type Trx, type UpdateTable } from '#db'
import { startTasksCtes } from '#fleet'
import { newJobsCtes } from '#jobs'
import { secondsAfter } from '#kernel'
import type { VirtualIp } from '../../contract/agent/desired-state.ts'
import type { Failure, Move, Update, UpdateState } from './update.ts'

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

/**
 * Moves an update if it still is where it was seen: of two that try, one wins and the other is told false.
 */
export async function moveUpdate(db: Db, from: Update, move: Move, at: Date): Promise<boolean> {
  const finished = move.state === 'done' || move.state === 'failed'
  const result = await db
    .updateTable('tsvi.update')
    .set({
      state: move.state,
      attempt: move.attempt,
      step_at: at,
      deadline_at: move.deadlineSeconds === null ? null : secondsAfter(at, move.deadlineSeconds),
      error_word: move.failure?.word ?? null,
      error_facts: move.failure ? JSON.stringify(move.failure.facts) : null,
      finished_at: finished ? at : null,
    })
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('attempt', '=', from.attempt)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export interface Note {
  readonly former?: VirtualIp | null
  readonly generation?: number
  readonly bootId?: string
}

/** Writes down what a state has learnt, unless the update has moved on meanwhile; returns whether it had not. */
export async function noteUpdate(db: Db, seen: Update, note: Note): Promise<boolean> {
  const result = await db
    .updateTable('tsvi.update')
    .set({
      ...(note.former === undefined ? {} : { former: JSON.stringify(note.former) }),
      ...(note.generation === undefined ? {} : { generation: note.generation }),
      ...(note.bootId === undefined ? {} : { boot_id: note.bootId }),
    })
    .where('id', '=', seen.id)
    .where('state', '=', seen.state)
    .where('attempt', '=', seen.attempt)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
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
    deadlineAt: row.deadline_at,
    failure: failureOf(row.error_word, row.error_facts),
  }
}

function failureOf(word: string | null, facts: unknown): Failure | null {
  return word === null ? null : ({ word, facts } as Failure)
}
