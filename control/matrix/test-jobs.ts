import { inProject } from './test-project.ts'
import type { Rows } from './test-row.ts'

/** Jobs and sub-jobs. */
export const JOBS_ROWS: Rows = {
  ShowJobDetail: { ask: (place) => inProject(place, { job_id: place.jobId }) },
  ShowJob: { ask: (place) => inProject(place, { job_id: place.jobId }) },
  ListSubJobs: { ask: (place) => ({ ...inProject(place), query: { job_type: '' } }) },
  CountSubJobs: { ask: (place) => ({ ...inProject(place), query: { job_type: 'CREATE_SERVER,UPDATE_SERVER_TSVI' } }) },
  BatchDeleteAppSubJobs: { ask: (place) => ({ ...inProject(place), body: { items: ['700000000000000000'] } }) },
}
