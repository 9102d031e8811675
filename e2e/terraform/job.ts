import { until } from '../support/wait.ts'
import type { Wire } from './wire.ts'

export interface Job {
  readonly status: string
  readonly sub_jobs: readonly { readonly job_resource_info: { readonly resource_id: string } }[]
}

const JOB_MS = 60_000

/** The provider knows one status that goes on and one that is the end; everything else fails (contract 5.4). */
export function waitForJob(wire: Wire, projectId: string, jobId: string): Promise<Job> {
  let wrong: string | undefined
  const look = async () => {
    const job = await wire.json<Job>('GET', `/v2/${projectId}/job/${jobId}`)
    if (job.status !== 'RUNNING' && job.status !== 'SUCCESS') wrong = JSON.stringify(job)
    return wrong !== undefined || job.status === 'SUCCESS' ? job : undefined
  }
  return until(`job ${jobId} succeeds`, look, JOB_MS).then((job) => {
    if (wrong !== undefined) throw new Error(`unexpected state of a job: ${wrong}`)
    return job
  })
}
