import type { Operation } from '../../operation.ts'
import { batchDeleteAppSubJobs, countSubJobs, listSubJobs, showJob, showJobDetail } from './job.ts'

/** Jobs and sub-jobs, in the order of the reference. */
export const JOBS_OPERATIONS: readonly Operation[] = [
  showJobDetail,
  showJob,
  listSubJobs,
  countSubJobs,
  batchDeleteAppSubJobs,
]
