import { setTimeout as delay } from 'node:timers/promises'
import type { ResponseOf } from '../../contract/operation.ts'
import type { listServers } from '../../contract/operations/fleet/server.ts'
import type { showJobDetail } from '../../contract/operations/jobs/job.ts'
import { type Credentials, callApi } from '../api-client.ts'
import type { ProgressDisplay, ServerProgress } from '../output/progress.ts'

type JobDetail = ResponseOf<typeof showJobDetail>
type ServerPage = ResponseOf<typeof listServers>

const POLL_MS = 150
const SERVERS_MS = 30_000
const MAX_ITEMS = 20

/** Waits until every server has been heard of; returns their names by id. */
export async function awaitServers(
  credentials: Credentials,
  projectId: string,
  serverIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const until = Date.now() + SERVERS_MS
  for (;;) {
    const page = (await callApi(credentials, 'GET', `/v1/${projectId}/app-servers?limit=100`)) as ServerPage
    const ready = page.items.filter((server) => server.status === 'REGISTERED')
    const names = new Map(ready.map((server) => [server.id, server.name]))
    if (serverIds.every((id) => names.has(id))) return names
    if (Date.now() > until) throw new Error(`only ${names.size} of ${serverIds.length} servers have registered`)
    await delay(POLL_MS)
  }
}

/** The main job, asked for as any client would; more than twenty servers go in several calls. */
export async function requestUpdates(
  credentials: Credentials,
  projectId: string,
  serverIds: readonly string[],
): Promise<readonly string[]> {
  const jobIds: string[] = []
  for (let start = 0; start < serverIds.length; start += MAX_ITEMS) {
    const items = serverIds.slice(start, start + MAX_ITEMS).map((id) => ({ id, enable: true }))
    const path = `/v1/${projectId}/app-servers/actions/batch-update-tsvi`
    const answer = (await callApi(credentials, 'PATCH', path, { items })) as { job_id: string }
    jobIds.push(answer.job_id)
  }
  return jobIds
}

/** Follows jobs to their end; true when all succeeded. */
export async function watchJobs(
  credentials: Credentials,
  projectId: string,
  jobIds: readonly string[],
  display: ProgressDisplay,
): Promise<boolean> {
  for (;;) {
    const jobs = await Promise.all(jobIds.map((id) => callApi(credentials, 'GET', `/v2/${projectId}/job/${id}`)))
    const details = jobs as JobDetail[]
    display.show(details.flatMap((job) => job.sub_jobs.map(progressOf)))
    if (details.every((job) => job.status !== 'RUNNING')) return details.every((job) => job.status === 'SUCCESS')
    await delay(POLL_MS)
  }
}

function progressOf(subJob: JobDetail['sub_jobs'][number]): ServerProgress {
  const end = subJob.end_time === undefined ? Date.now() : Date.parse(subJob.end_time)
  return {
    name: subJob.job_resource_info.resource_name,
    status: subJob.status,
    step: subJob.progress.step,
    attempt: subJob.progress.attempt,
    seconds: Math.max(0, end - Date.parse(subJob.begin_time)) / 1000,
    error: subJob.error_code === '' ? '' : `${subJob.error_code} ${subJob.error_message}`,
  }
}
