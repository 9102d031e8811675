import { type RawBuilder, sql } from 'kysely'
import type { Db } from '#db'
import type { JobKind, JobPlan, Outcome, Progress } from './job.ts'

/** A new job id for each caller, in the order of the calls. */
export async function nextJobIds(db: Db, count: number): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`SELECT jobs.next_id() AS id FROM generate_series(1, ${count})`.execute(db)
  return rows.map((row) => row.id)
}

/**
 * The part of a statement that makes jobs and their sub-jobs, as the CTE `sub_job (id, job_id, project_id,
 * resource_id)`. The module that starts jobs adds its own CTEs, so that everything exists together or not at all, in
 * one round trip.
 */
export function newJobsCtes({ jobType, step, at }: JobKind, plans: readonly JobPlan[]): RawBuilder<unknown> {
  const ids = plans.map((plan) => plan.id)
  const projectIds = plans.map((plan) => plan.projectId)
  const totals = plans.map((plan) => plan.resources.length)
  const resources = plans.flatMap(({ id, projectId, resources }) =>
    resources.map((resource) => ({ ...resource, jobId: id, projectId })),
  )
  const column = (name: keyof (typeof resources)[number]) => resources.map((resource) => resource[name])
  return sql`job AS (
      INSERT INTO jobs.job (id, project_id, job_type, status, begin_time, sub_jobs_total, sub_jobs_pending)
      SELECT id, project_id, ${jobType}, 'RUNNING', ${at}::timestamptz, total, total
      FROM unnest(${ids}::text[], ${projectIds}::text[], ${totals}::int[]) AS plan (id, project_id, total)
    ),
    sub_job AS (
      INSERT INTO jobs.sub_job
        (job_id, project_id, job_type, status, begin_time, resource_id, resource_name, notice, step, step_at)
      SELECT job_id, project_id, ${jobType}, 'RUNNING', ${at}::timestamptz, id, name, notice, ${step}, ${at}::timestamptz
      FROM unnest(${column('jobId')}::text[], ${column('projectId')}::text[], ${column('id')}::text[],
                  ${column('name')}::text[], ${column('notice')}::text[])
             AS resource (job_id, project_id, id, name, notice)
      RETURNING id, job_id, project_id, resource_id
    )`
}

/** The part of a statement that says where a sub-job is, if its CTE `moved` has a row: the CTE `progress`. */
export function progressCte(subJobId: string, { status, step, attempt, at }: Progress): RawBuilder<unknown> {
  return sql`progress AS (
      UPDATE jobs.sub_job
      SET status = ${status}, step = ${step}, attempt = ${attempt}, step_at = ${at}
      WHERE id = ${subJobId} AND end_time IS NULL AND EXISTS (SELECT FROM moved)
    )`
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

/**
 * Deletes the records of sub-jobs that ended, all of them or none: returns the first that has not ended. Ids that are
 * not the project's are passed over. The job keeps its own counts.
 */
export async function deleteSubJobs(
  db: Db,
  projectId: string,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly status: string } | undefined> {
  const { rows } = await sql<{ id: string; status: string }>`
    WITH asked AS (
      SELECT id, status FROM jobs.sub_job
      WHERE project_id = ${projectId} AND id = ANY(${ids}::text[])
      ORDER BY id FOR UPDATE
    ),
    unfinished AS (SELECT id, status FROM asked WHERE status NOT IN ('SUCCESS', 'FAILED')),
    deleted AS (
      DELETE FROM jobs.sub_job
      WHERE id IN (SELECT id FROM asked) AND NOT EXISTS (SELECT FROM unfinished)
    )
    SELECT id, status FROM unfinished ORDER BY id LIMIT 1`.execute(db)
  return rows[0]
}
