import type { Db } from '#db'
import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import {
  batchDeleteAppSubJobs,
  countSubJobs,
  listSubJobs,
  showJob,
  showJobDetail,
} from '../../contract/operations/jobs/job.ts'
import { deleteSubJobs } from './job.store.ts'
import { countMatchingSubJobs, findJobDetail, listSubJobPage } from './job.view.ts'
import { renderJobV1 } from './job-v1.ts'

export function jobRoutes(api: Api, db: Db): void {
  serve(api, showJobDetail, async ({ params }) => {
    const job = await findJobDetail(db, params.project_id, params.job_id)
    if (!job) throw new AppError('jobs.not_found', { jobId: params.job_id })
    return job
  })

  serve(api, showJob, async ({ params }) => {
    const job = await findJobDetail(db, params.project_id, params.job_id)
    if (!job) throw new AppError('jobs.not_found', { jobId: params.job_id })
    return { job: renderJobV1(job) }
  })

  serve(api, countSubJobs, async ({ params, query }) => {
    const jobTypes = (query.job_type ?? '').split(',').filter((type) => type !== '')
    const filter = { jobTypes, status: query.status ?? '', jobId: query.job_id ?? '' }
    return { count: await countMatchingSubJobs(db, params.project_id, filter) }
  })

  serve(api, batchDeleteAppSubJobs, async ({ params, body }) => {
    const unfinished = await deleteSubJobs(db, params.project_id, body.items)
    if (unfinished) {
      throw new AppError('jobs.sub_job_unfinished', { subJobId: unfinished.id, status: unfinished.status })
    }
  })

  serve(api, listSubJobs, ({ params, query }) =>
    listSubJobPage(db, params.project_id, {
      jobTypes: query.job_type === '' ? [] : [query.job_type],
      status: query.status ?? '',
      jobId: query.job_id ?? '',
      offset: query.offset ?? 0,
      limit: query.limit ?? 10,
    }),
  )
}
