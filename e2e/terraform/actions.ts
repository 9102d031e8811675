import assert from 'node:assert/strict'
import { until } from '../support/wait.ts'
import { waitForJob } from './job.ts'
import type { Wire } from './wire.ts'

interface Listed {
  readonly id: string
  readonly status: string
  readonly task_status: string
}

/** Where the status poll of the actions without a job ends. */
const SETTLED = ['REGISTERED', 'STOPPED', 'FREEZE', 'NONE']
const SETTLE_MS = 60_000
const PAGE = 100

/** `huaweicloud_workspace_app_server_batch_action` (contract 9.2): the body is the user's JSON, the verb the type's. */
export function batchActions(wire: Wire, projectId: string) {
  const servers = `/v1/${projectId}/app-servers`

  const byJob = async (type: string, body: object): Promise<void> => {
    const { job_id } = await wire.json<{ job_id: string }>('PATCH', `${servers}/actions/${type}`, { body })
    await waitForJob(wire, projectId, job_id)
  }

  const byStatus = async (type: string, body: object, ids: readonly string[]): Promise<void> => {
    const method = type === 'batch-change-image' || type === 'batch-reinstall' ? 'POST' : 'PATCH'
    await wire.done(method, `${servers}/actions/${type}`, { body })
    await until(
      `${type} of ${ids.join()} settles`,
      async () => settled(await listServers(wire, projectId), ids),
      SETTLE_MS,
    )
  }

  /**
   * What the provider does with `max_retries`: whatever answers 409 is asked again, anything else ends it. It sleeps half a
   * minute in between; here the next try follows at once. Returns how often it was refused.
   */
  const throughConflicts = async (type: string, body: object): Promise<number> => {
    let refused = 0
    const jobId = await until(`${type} is taken`, async () => {
      const { status, text } = await wire.send('PATCH', `${servers}/actions/${type}`, { body })
      if (status !== 409) return { status, text }
      refused += 1
      return undefined
    }).then(({ status, text }) => {
      assert.equal(status, 200, text)
      return (JSON.parse(text) as { job_id: string }).job_id
    })
    await waitForJob(wire, projectId, jobId)
    return refused
  }

  return { byJob, byStatus, throughConflicts }
}

/** `huaweicloud_workspace_app_server_action`: one server, by its job. */
export async function serverAction(
  wire: Wire,
  projectId: string,
  serverId: string,
  type: 'change-image' | 'reinstall',
  body: object,
): Promise<void> {
  const path = `/v1/${projectId}/app-servers/${serverId}/actions/${type}`
  const { job_id } = await wire.json<{ job_id: string }>('POST', path, { body })
  await waitForJob(wire, projectId, job_id)
}

/** The provider looks first after ten seconds; who looks at once must see that the task has not ended yet. */
function settled(listed: readonly Listed[], ids: readonly string[]): boolean {
  return listed
    .filter(({ id }) => ids.includes(id))
    .every(({ status, task_status }) => task_status === 'null' && SETTLED.includes(status))
}

/** `huaweicloud_workspace_app_servers`: page after page until one is not full. */
export async function listServers(wire: Wire, projectId: string, filter = ''): Promise<readonly Listed[]> {
  const all: Listed[] = []
  for (;;) {
    const path = `/v1/${projectId}/app-servers?limit=${PAGE}${filter}&offset=${all.length}`
    const { items } = await wire.json<{ items: readonly Listed[] }>('GET', path)
    all.push(...items)
    if (items.length < PAGE) return all
  }
}
