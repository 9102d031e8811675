import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `jobs`. */
export const JOBS_ERRORS = {
  'jobs.not_found': service(
    400,
    'WKS.00149901',
    'The job {jobId} does not exist in this project. Check the job id.',
    'ShowJobDetail declares 400, 401, 403 and 500 only, so an unknown job is a 400.',
  ),
  'jobs.sub_job_unfinished': service(
    400,
    'WKS.00149901',
    'The sub-job {subJobId} is {status}: only SUCCESS and FAILED ones can be deleted. Nothing was deleted.',
    'Leave it out, or wait until it ends.',
  ),
} as const satisfies Record<string, ErrorEntry>
