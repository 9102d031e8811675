import type { Operation } from '../../operation.ts'
import { listSubJobs, showJobDetail } from './job.ts'

/** Jobs and sub-jobs, in the order of the reference. */
export const JOBS_OPERATIONS: readonly Operation[] = [showJobDetail, listSubJobs]
