import assert from 'node:assert/strict'
import type { ResponseOf } from '../../contract/operation.ts'
import type { listServers } from '../../contract/operations/fleet/server.ts'
import type { listSubJobs, showJobDetail } from '../../contract/operations/jobs/job.ts'
import { signRequest } from '../../contract/signing/sign.ts'
import type { World } from '../../control/index.ts'
import { assertFitsContract } from '../../control/testing/declared.ts'
import { until } from './wait.ts'

export type JobDetail = ResponseOf<typeof showJobDetail>
export type SubJob = JobDetail['sub_jobs'][number]
export type Server = ResponseOf<typeof listServers>['items'][number]
export type SubJobPage = ResponseOf<typeof listSubJobs>

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The public API, called as any client would: every request signed with the access key, every answer as declared. */
export interface Client {
  call(method: string, path: string, value?: unknown): Promise<Answer>
  requestUpdate(serverIds: readonly string[]): Promise<Answer>
  /** Expects the request to be accepted; returns the job's id. */
  startUpdate(serverIds: readonly string[]): Promise<string>
  job(jobId: string): Promise<JobDetail>
  /** Follows a job to its end, over restarts of whoever answers. */
  jobEnd(jobId: string, limitMs?: number): Promise<JobDetail>
  subJobs(): Promise<SubJobPage>
  servers(): Promise<readonly Server[]>
  server(serverId: string): Promise<Server>
  /** Waits until every server's agent has linked. */
  allRegistered(): Promise<void>
}

const CALL_MS = 20_000
const JOB_MS = 45_000

export function apiClient(endpoint: string, world: World): Client {
  const project = world.project.id
  const call = (method: string, path: string, value?: unknown) => send(endpoint, world, method, path, value)
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await call('GET', path)
    assert.equal(status, 200, `GET ${path} answered ${status} ${JSON.stringify(body)}`)
    return body as T
  }
  const requestUpdate = (serverIds: readonly string[]) => {
    const items = serverIds.map((id) => ({ id, enable: true }))
    return call('PATCH', `/v1/${project}/app-servers/actions/batch-update-tsvi`, { items })
  }
  const job = (jobId: string) => get<JobDetail>(`/v2/${project}/job/${jobId}`)
  const servers = async () => (await get<{ items: readonly Server[] }>(`/v1/${project}/app-servers?limit=100`)).items
  return {
    call,
    requestUpdate,
    startUpdate: async (serverIds) => jobIdOf(await requestUpdate(serverIds)),
    job,
    jobEnd: (jobId, limitMs = JOB_MS) => until(`job ${jobId} ends`, async () => endOf(await job(jobId)), limitMs),
    subJobs: () => get<SubJobPage>(`/v1/${project}/app-server-sub-jobs?job_type=UPDATE_SERVER_TSVI&limit=100`),
    servers,
    server: async (serverId) => {
      const found = (await servers()).find((server) => server.id === serverId)
      assert.ok(found, `server ${serverId} is not listed`)
      return found
    },
    allRegistered: async () => {
      await until('every server registers', async () => {
        const known = await servers()
        return known.length === world.servers.length && known.every((server) => server.status === 'REGISTERED')
      })
    },
  }
}

function endOf(job: JobDetail): JobDetail | undefined {
  return job.status === 'RUNNING' ? undefined : job
}

export function jobIdOf({ status, body }: Answer): string {
  assert.equal(status, 200, `the update was answered ${status} ${JSON.stringify(body)}`)
  return (body as { job_id: string }).job_id
}

/** What an error body of the service says. */
export function errorOf({ body }: Answer): { readonly error_code: string; readonly error_msg: string } {
  return body as { error_code: string; error_msg: string }
}

async function send(endpoint: string, world: World, method: string, path: string, value: unknown): Promise<Answer> {
  const { access: accessKey, secret: secretKey } = world.access_key
  const url = `${endpoint}${path}`
  const body = value === undefined ? '' : JSON.stringify(value)
  const headers = { 'content-type': 'application/json' }
  const signed = signRequest({ method, url, headers, body, accessKey, secretKey, now: new Date() })
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...signed, connection: 'close' },
    ...(value === undefined ? {} : { body }),
    signal: AbortSignal.timeout(CALL_MS),
  })
  const text = await response.text()
  const given = { 'content-type': response.headers.get('content-type') ?? undefined }
  const answer = { status: response.status, headers: given, text, body: text === '' ? undefined : JSON.parse(text) }
  assertFitsContract(method, new URL(url).pathname, answer)
  return answer
}
