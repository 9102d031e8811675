import type { Db } from '#db'
import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { listSubJobs, showJobDetail } from '../../contract/operations/jobs/job.ts'
import { findJobDetail, listSubJobPage } from './job.view.ts'

export function jobRoutes(api: Api, db: Db): void {
  serve(api, showJobDetail, async ({ params }) => {
    const job = await findJobDetail(db, params.project_id, params.job_id)
    if (!job) throw new AppError('jobs.not_found', { jobId: params.job_id })
    return job
  })

  serve(api, listSubJobs, ({ params, query }) =>
    listSubJobPage(db, params.project_id, {
      jobType: query.job_type,
      status: query.status ?? '',
      jobId: query.job_id ?? '',
      offset: query.offset ?? 0,
      limit: query.limit ?? 10,
    }),
  )
}
