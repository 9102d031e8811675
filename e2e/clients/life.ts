import assert from 'node:assert/strict'
import * as compute from '../../contract/compute/client.ts'
import type { Site } from '../support/site.ts'
import { until } from '../support/wait.ts'
import type { Said, Step } from './play.ts'

/** What a client says to these steps. */
export type Playing = (steps: readonly Step[]) => Promise<readonly Said[]>

type Result = Readonly<Record<string, unknown>>

const FLAVOR = 'workspace.appstream.general.xlarge.2'
const MAX_SESSION = 3

export function succeeded(said: Said | undefined): Result {
  assert.ok(said?.ok, `refused: ${JSON.stringify(said)}`)
  assert.ok(said.status === 200 || said.status === 204, String(said.status))
  return said.result
}

/**
 * What people do with an SDK (contract 9.3): a group, two servers in it, the update, a session seen under its own
 * address, and everything away again.
 */
export async function lifeOfServers(site: Site, playing: Playing): Promise<void> {
  const say = async (step: Step) => succeeded((await playing([step]))[0])
  const groupId = String((await say({ do: 'CreateServerGroup', with: { body: newGroup(site) } })).id)
  const serverIds = await createServers(site, say, groupId)
  const items = serverIds.map((id) => ({ id, enable: true }))
  await jobOf(say, { do: 'BatchUpdateTsvi', with: { body: { items } } })
  await seeServers(say, groupId, serverIds)
  await seeSession(site, say, serverIds[0] ?? '')
  const [first, ...others] = serverIds
  await jobOf(say, { do: 'DeleteServer', with: { server_id: first } })
  await jobOf(say, { do: 'BatchDeleteServer', with: { body: { items: others } } })
  assert.equal((await say({ do: 'ListServers', with: { server_group_id: groupId } })).count, 0)
  const [gone] = await playing([{ do: 'ShowServer', with: { server_id: first } }])
  assert.deepEqual([gone?.ok, gone?.status], [false, 404])
  await say({ do: 'DeleteServerGroups', with: { server_group_id: groupId } })
}

function newGroup({ world }: Site): object {
  return {
    name: 'sdk_group',
    ...{ image_id: '5d1c2a36-7f0e-4b58-9c21-3e8a6b7d4f10', image_type: 'private', os_type: 'Linux' },
    ...{ product_id: FLAVOR, vpc_id: world.vpc.id, subnet_id: world.subnet.id },
    ...{ system_disk_type: 'SAS', system_disk_size: 80, is_vdi: false },
    ...{ ip_virtual: { enable: true }, route_policy: { max_session: MAX_SESSION } },
  }
}

type Say = (step: Step) => Promise<Result>

/** Starts a job, and follows it to its success with the client's own calls. */
async function jobOf(say: Say, step: Step): Promise<Result> {
  const jobId = String((await say(step)).job_id)
  const job = await until(`job ${jobId} of ${step.do} ends`, async () => {
    const shown = await say({ do: 'ShowJobDetail', with: { job_id: jobId } })
    return shown.status === 'RUNNING' ? undefined : shown
  })
  assert.equal(job.status, 'SUCCESS', JSON.stringify(job))
  return job
}

async function createServers(site: Site, say: Say, groupId: string): Promise<readonly string[]> {
  const { vpc, subnet } = site.world
  const body = {
    ...{ type: 'createApps', server_group_id: groupId, product_id: FLAVOR, subscription_num: 2 },
    ...{ root_volume: { type: 'SAS', size: 80 }, vpc_id: vpc.id, subnet_id: subnet.id, update_access_agent: false },
  }
  const job = await jobOf(say, { do: 'CreateAppServers', with: { body } })
  const subJobs = job.sub_jobs as readonly { readonly job_resource_info: { readonly resource_id: string } }[]
  assert.equal(subJobs.length, 2)
  return subJobs.map((subJob) => subJob.job_resource_info.resource_id)
}

async function seeServers(say: Say, groupId: string, serverIds: readonly string[]): Promise<void> {
  const page = await say({ do: 'ListServers', with: { server_group_id: groupId, limit: 100 } })
  const listed = (page.items as readonly { readonly id: string }[]).map(({ id }) => id)
  assert.deepEqual(listed.toSorted(), serverIds.toSorted())
  const server = await say({ do: 'ShowServer', with: { server_id: serverIds[0] } })
  assert.deepEqual([server.id, server.status, server.task_status], [serverIds[0], 'REGISTERED', 'null'])
}

/** A user logs in on the host; the client sees the session with the address, and ends it. */
async function seeSession({ socketPath }: Site, say: Say, serverId: string): Promise<void> {
  const user_name = 'drafter'
  const { virtual_ip } = await compute.openSession(socketPath, serverId, { session_id: 's-1', user_name, uid: 20_001 })
  const [hourAgo, inAnHour] = [-3_600_000, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString())
  const listing: Step = {
    do: 'ListSessions',
    with: { query_begin_time: hourAgo, query_end_time: inAnHour, user_name, session_state: 'Active' },
  }
  const session = await until('the session is listed', async () => {
    const { items } = await say(listing)
    return (items as readonly { readonly id: string }[])[0]
  })
  const connections = await say({ do: 'ListUserConnection', with: { limit: 10, offset: 0, body: { virtual_ip } } })
  const [connection] = connections.items as readonly { readonly user_name: string; readonly virtual_ip: string }[]
  assert.deepEqual([connection?.user_name, connection?.virtual_ip], [user_name, virtual_ip])
  const body = { session_ids: [session.id], delay_time: 0, message_type: 0, title: 'Maintenance', message: 'Log off.' }
  await say({ do: 'LogoffUserSession', with: { body } })
  await until('the session has ended', async () => (await say(listing)).count === 0)
}
