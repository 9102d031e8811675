import { type RawBuilder, sql } from 'kysely'
import type { Db } from '#db'
import type { JobKind, JobPlan, Outcome, Progress } from './job.ts'

/**
 * The part of a statement that makes jobs and their sub-jobs, as the CTEs `planned (ord, id)` with the jobs in the order
 * of the plans and `sub_job (id, job_id, project_id, resource_id)`. The module that starts jobs adds its own CTEs, so
 * that everything exists together or not at all, in one round trip.
 */
export function newJobsCtes({ jobType, step, at }: JobKind, plans: readonly JobPlan[]): RawBuilder<unknown> {
  const resources = plans.flatMap(({ resources }, index) => resources.map((resource) => ({ ...resource, index })))
  return sql`planned AS MATERIALIZED (
      SELECT ord, jobs.next_id() AS id, project_id, total
      FROM unnest(${plans.map((plan) => plan.projectId)}::text[], ${plans.map((plan) => plan.resources.length)}::int[])
        WITH ORDINALITY AS plan (project_id, total, ord)
    ),
    job AS (
      INSERT INTO jobs.job (id, project_id, job_type, status, begin_time, sub_jobs_total, sub_jobs_pending)
      SELECT id, project_id, ${jobType}, 'RUNNING', ${at}::timestamptz, total, total FROM planned
    ),
    sub_job AS (
      INSERT INTO jobs.sub_job
        (job_id, project_id, job_type, status, begin_time, resource_id, resource_name, notice, step, step_at)
      SELECT planned.id, planned.project_id, ${jobType}, 'RUNNING', ${at}::timestamptz,
             resource.id, resource.name, resource.notice, ${step}, ${at}::timestamptz
      FROM unnest(${resources.map(({ index }) => index + 1)}::bigint[], ${resources.map(({ id }) => id)}::text[],
                  ${resources.map(({ name }) => name)}::text[], ${resources.map(({ notice }) => notice)}::text[])
             AS resource (ord, id, name, notice)
      JOIN planned USING (ord)
      RETURNING id, job_id, project_id, resource_id
    )`
}

export async function updateProgress(db: Db, subJobId: string, progress: Progress): Promise<void> {
  await db
    .updateTable('jobs.sub_job')
    .set({ status: progress.status, step: progress.step, attempt: progress.attempt, step_at: progress.at })
    .where('id', '=', subJobId)
    .where('end_time', 'is', null)
    .execute()
}

/**
 * Ends a sub-job, and its job with the last one. The job's row counts what is pending, so two sub-jobs that end at the
 * same time cannot both believe that the other is still running. Ending one twice changes nothing.
 */
export async function finishSubJob(db: Db, subJobId: string, outcome: Outcome): Promise<void> {
  const { failure } = outcome
  await sql`
    WITH ended AS (
      UPDATE jobs.sub_job
      SET status = ${failure ? 'FAILED' : 'SUCCESS'}, end_time = ${outcome.at}, step = ${outcome.step},
          step_at = ${outcome.at}, error_code = ${failure?.code ?? ''}, error_message = ${failure?.message ?? ''}
      WHERE id = ${subJobId} AND end_time IS NULL
      RETURNING job_id
    )
    UPDATE jobs.job
    SET sub_jobs_pending = sub_jobs_pending - 1,
        sub_jobs_failed = sub_jobs_failed + ${failure ? 1 : 0},
        end_time = CASE WHEN sub_jobs_pending = 1 THEN ${outcome.at}::timestamptz END,
        status = CASE WHEN sub_jobs_pending > 1 THEN 'RUNNING'
                      WHEN sub_jobs_failed + ${failure ? 1 : 0} > 0 THEN 'FAILED' ELSE 'SUCCESS' END
    FROM ended WHERE job.id = ended.job_id`.execute(db)
}
