import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { whyNoNamespaces } from '../compute/index.ts'
import { namespaceOf, tagOf } from '../compute/netns-plan.ts'
import * as compute from '../contract/compute/client.ts'
import { look } from './support/database.ts'
import { openSite, putLicenceServer, type Site } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { until } from './support/wait.ts'

const skip = (await whyNoNamespaces(tmpdir())) ?? false
const ANNA = { session_id: 's-anna', user_name: 'anna', uid: 20_001 }
/** Has the first address, which is not free while the probe of the update runs, as it does again after every start. */
const BERT = { session_id: 's-bert', user_name: 'bert', uid: 20_002 }

/** The address that a new session of a user is given, and which the far end sees it under. */
async function seen(site: Site, serverId: string): Promise<string> {
  const { socketPath } = site
  const farEnd = await putLicenceServer(site)
  const { virtual_ip } = await compute.openSession(socketPath, serverId, ANNA)
  const { tcp, udp } = await compute.connect(socketPath, serverId, ANNA.session_id, farEnd)
  assert.deepEqual([tcp, udp], [virtual_ip, virtual_ip])
  return virtual_ip
}

async function bootOf({ socketPath }: Site, serverId: string): Promise<string | undefined> {
  return (await compute.listMachines(socketPath)).find((machine) => machine.server_id === serverId)?.boot_id
}

story('a server is made, reinstalled, stopped, started and deleted with real packets', { skip }, async (stage, t) => {
  const site = await openSite(stage, { servers: 0, maxSession: 3, hosts: 'netns' })
  const { client, world } = site
  const { project, server_group, vpc, subnet } = world
  const control = await site.startControl()
  const servers = `/v1/${project.id}/app-servers`
  const succeeds = async (method: string, path: string, body?: object) => {
    const answer = await client.call(method, `${servers}${path}`, body)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    const { job_id } = (answer.body ?? {}) as { job_id?: string }
    const job = job_id === undefined ? undefined : await client.jobEnd(job_id)
    assert.ok(job === undefined || job.status === 'SUCCESS', JSON.stringify(job))
    return job?.sub_jobs[0]?.job_resource_info.resource_id ?? ''
  }
  const untilShown = (serverId: string, status: string) =>
    until(`the server is ${status}`, async () => {
      const server = await client.server(serverId)
      return server.task_status === 'null' && server.status === status
    })
  let id = ''
  let address = ''

  await chapter(t, 'it is made with its virtual IPs on, and a session is seen under its own address', async () => {
    id = await succeeds('POST', '/actions/create', {
      ...{ type: 'createApps', server_group_id: server_group.id, vpc_id: vpc.id, subnet_id: subnet.id },
      ...{ product_id: 'workspace.appstream.general.xlarge.2', subscription_num: 1 },
      root_volume: { type: 'SAS', size: 80 },
    })
    await compute.openSession(site.socketPath, id, BERT)
    address = await seen(site, id)
  })

  await chapter(t, 'reinstalled it has another boot and the same addresses', async () => {
    const before = await bootOf(site, id)
    await succeeds('POST', `/${id}/actions/reinstall`, {})
    await untilShown(id, 'REGISTERED')
    assert.notEqual(await bootOf(site, id), before)
    await compute.openSession(site.socketPath, id, BERT)
    assert.equal(await seen(site, id), address)
  })

  await chapter(t, 'stopped it has no boot; started it serves as before', async () => {
    await succeeds('PATCH', '/actions/batch-stop', { items: [id], type: 'SOFT' })
    await untilShown(id, 'STOPPED')
    assert.equal(await bootOf(site, id), '')
    await succeeds('PATCH', '/actions/batch-start', { items: [id] })
    await untilShown(id, 'REGISTERED')
    assert.equal(await seen(site, id), address)
  })

  await chapter(t, 'deleted it leaves no namespace, and its addresses rest', async () => {
    await succeeds('DELETE', `/${id}`)
    assert.equal((await client.call('GET', `${servers}/${id}`)).status, 404)
    assert.ok(!readdirSync('/run/netns').includes(namespaceOf(tagOf(site.stateDir), id)))
    await control.end('SIGTERM')
    const rows = await look(site, (db) =>
      db.selectFrom('vpc.address').selectAll().where('released_at', 'is not', null).execute(),
    )
    // three of the sessions and the server's own
    assert.equal(rows.length, 4)
    for (const row of rows) {
      assert.equal(row.owner_id, null)
      assert.ok(row.quarantined_until !== null && row.quarantined_until > new Date())
    }
  })
})
