import type { Selectable } from 'kysely'
import type { Db, SubJobTable } from '#db'
import type { ResponseOf } from '../../contract/operation.ts'
import type { listSubJobs, showJobDetail } from '../../contract/operations/jobs/job.ts'

type JobDetail = ResponseOf<typeof showJobDetail>
type SubJob = JobDetail['sub_jobs'][number]
type SubJobPage = ResponseOf<typeof listSubJobs>

export async function findJobDetail(db: Db, projectId: string, jobId: string): Promise<JobDetail | undefined> {
  const [job, subJobs] = await Promise.all([
    db
      .selectFrom('jobs.job')
      .selectAll()
      .where('id', '=', jobId)
      .where('project_id', '=', projectId)
      .executeTakeFirst(),
    db.selectFrom('jobs.sub_job').selectAll().where('job_id', '=', jobId).orderBy('id').execute(),
  ])
  if (!job) return undefined
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

export interface SubJobFilter {
  readonly jobType: string
  readonly status: string
  readonly jobId: string
  readonly offset: number
  readonly limit: number
}

/** An empty filter value means: any. */
export async function listSubJobPage(db: Db, projectId: string, filter: SubJobFilter): Promise<SubJobPage> {
  let matching = db.selectFrom('jobs.sub_job').where('project_id', '=', projectId)
  if (filter.jobType !== '') matching = matching.where('job_type', '=', filter.jobType)
  if (filter.status !== '') matching = matching.where('status', '=', filter.status)
  if (filter.jobId !== '') matching = matching.where('job_id', '=', filter.jobId)
  const page = matching.selectAll().orderBy('id', 'desc').offset(filter.offset).limit(filter.limit)
  const [counted, rows] = await Promise.all([
    matching.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow(),
    page.execute(),
  ])
  return {
    count: Number(counted.count),
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
