import { type RawBuilder, sql } from 'kysely'
import type { Db } from '#db'
import type { JobPlan, Outcome, Progress } from './job.ts'

/**
 * The part of a statement that makes a job and its sub-jobs, as the CTEs `job (id)` and `sub_job (id, resource_id)`.
 * The module that starts a job adds its own CTEs to it, so that everything exists together or not at all, in one round
 * trip.
 */
export function newJobCtes(plan: JobPlan): RawBuilder<unknown> {
  const total = plan.resources.length
  const ids = plan.resources.map((resource) => resource.id)
  const names = plan.resources.map((resource) => resource.name)
  const notices = plan.resources.map((resource) => resource.notice)
  return sql`job AS (
      INSERT INTO jobs.job (project_id, job_type, status, begin_time, sub_jobs_total, sub_jobs_pending)
      VALUES (${plan.projectId}, ${plan.jobType}, 'RUNNING', ${plan.at}, ${total}, ${total})
      RETURNING id
    ),
    sub_job AS (
      INSERT INTO jobs.sub_job
        (job_id, project_id, job_type, status, begin_time, resource_id, resource_name, notice, step, step_at)
      SELECT job.id, ${plan.projectId}, ${plan.jobType}, 'RUNNING', ${plan.at}::timestamptz,
             resource.id, resource.name, resource.notice, ${plan.step}, ${plan.at}::timestamptz
      FROM job, unnest(${ids}::text[], ${names}::text[], ${notices}::text[]) AS resource (id, name, notice)
      RETURNING id, resource_id
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
