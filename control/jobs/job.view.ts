import type { Selectable } from 'kysely'
import type { Db, SubJobTable } from '#db'
import type { ResponseOf } from '../../contract/operation.ts'
import type { listSubJobs, showJobDetail } from '../../contract/operations/jobs/job.ts'

export type JobDetail = ResponseOf<typeof showJobDetail>
type SubJob = JobDetail['sub_jobs'][number]
type SubJobPage = ResponseOf<typeof listSubJobs>

/** Read one after the other: of a job that is shown as ended, no sub-job is shown as running. */
export async function findJobDetail(db: Db, projectId: string, jobId: string): Promise<JobDetail | undefined> {
  const job = await db
    .selectFrom('jobs.job')
    .selectAll()
    .where('id', '=', jobId)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  if (!job) return undefined
  const subJobs = await db.selectFrom('jobs.sub_job').selectAll().where('job_id', '=', jobId).orderBy('id').execute()
  return {
    id: job.id,
    job_type: job.job_type as JobDetail['job_type'],
    begin_time: job.begin_time.toISOString(),
    ...endTime(job.end_time),
    status: job.status as JobDetail['status'],
    sub_jobs_total: job.sub_jobs_total,
    sub_jobs: subJobs.map(renderSubJob),
  }
}

/** An empty value means: any. */
export interface SubJobFilter {
  readonly jobTypes: readonly string[]
  readonly status: string
  readonly jobId: string
}

export interface Page {
  readonly offset: number
  readonly limit: number
}

function matchingSubJobs(db: Db, projectId: string, { jobTypes, status, jobId }: SubJobFilter) {
  let matching = db.selectFrom('jobs.sub_job').where('project_id', '=', projectId)
  if (jobTypes.length > 0) matching = matching.where('job_type', 'in', jobTypes)
  if (status !== '') matching = matching.where('status', '=', status)
  if (jobId !== '') matching = matching.where('job_id', '=', jobId)
  return matching
}

export async function countMatchingSubJobs(db: Db, projectId: string, filter: SubJobFilter): Promise<number> {
  const counted = await matchingSubJobs(db, projectId, filter)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(counted.count)
}

export async function listSubJobPage(db: Db, projectId: string, filter: SubJobFilter & Page): Promise<SubJobPage> {
  const page = matchingSubJobs(db, projectId, filter).selectAll().orderBy('id', 'desc')
  const [count, rows] = await Promise.all([
    countMatchingSubJobs(db, projectId, filter),
    page.offset(filter.offset).limit(filter.limit).execute(),
  ])
  return {
    count,
    items: rows.map((row) => ({
      ...renderSubJob(row),
      job_execute_info: { error_code: row.error_code, error_message: row.error_message },
    })),
  }
}

function renderSubJob(row: Selectable<SubJobTable>): SubJob {
  return {
    id: row.id,
    job_id: row.job_id,
    job_type: row.job_type as SubJob['job_type'],
    project_id: row.project_id,
    begin_time: row.begin_time.toISOString(),
    ...endTime(row.end_time),
    status: row.status as SubJob['status'],
    error_code: row.error_code,
    error_message: row.error_message,
    job_resource_info: { resource_id: row.resource_id, resource_name: row.resource_name },
    progress: {
      step: row.step as SubJob['progress']['step'],
      attempt: row.attempt,
      step_at: row.step_at.toISOString(),
      notice: row.notice,
    },
  }
}

function endTime(at: Date | null): { end_time?: string } {
  return at === null ? {} : { end_time: at.toISOString() }
}
