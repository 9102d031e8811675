import type { ResponseOf } from '../../contract/operation.ts'
import type { JobStatus, SubJobStatus, showJob } from '../../contract/operations/jobs/job.ts'
import type { JobDetail } from './job.view.ts'

type JobV1 = ResponseOf<typeof showJob>['job']

/** 0 failed, 1 success, 2 under way, 3 not begun. */
const NUMBERS = {
  WAITING: 3,
  RUNNING: 2,
  SUCCESS: 1,
  FAILED: 0,
  ABNORMAL: 0,
  ROLLBACK: 2,
  ABORTING: 2,
} as const satisfies Record<JobStatus | SubJobStatus, number>

/** The former shape of a job (contract 5.6): numbers for statuses, seconds for times, the first failure as its own. */
export function renderJobV1(job: JobDetail): JobV1 {
  const failed = job.sub_jobs.find((subJob) => subJob.error_code !== '')
  return {
    job_id: job.id,
    job_type: 1,
    ...times(job),
    job_status: NUMBERS[job.status],
    execute_code: failed?.error_code ?? '',
    execute_message: failed?.error_message ?? '',
    sub_jobs: job.sub_jobs.map((subJob) => ({
      job_id: subJob.id,
      job_type: 2,
      ...times(subJob),
      job_status: NUMBERS[subJob.status],
      execute_code: subJob.error_code,
      execute_message: subJob.error_message,
      entities: [subJob.job_resource_info],
    })),
  }
}

function times({ begin_time, end_time }: { readonly begin_time: string; readonly end_time?: string }) {
  return { begin_time: inSeconds(begin_time), ...(end_time === undefined ? {} : { end_time: inSeconds(end_time) }) }
}

function inSeconds(instant: string): string {
  return instant.replace(/\.\d+Z$/, 'Z')
}
