import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checked, OFF, send, showServer, standing, untilJobEnds, untilServer } from './lifecycle/test-servers.ts'
import { type TestApi, testApi } from './testing/api.ts'

async function ready(workers: boolean): Promise<{ api: TestApi; id: string; other: string }> {
  const api = await testApi({ servers: 2, hosts: true, workers })
  const [id = '', other = ''] = api.world.servers.map((server) => server.id)
  for (const each of [id, other]) await untilServer(api, each, ({ status }) => status === 'REGISTERED')
  return { api, id, other }
}

async function remove(api: TestApi, id: string): Promise<string> {
  const answer = await checked('DeleteServer', api.call('DELETE', `/v1/${api.world.project.id}/app-servers/${id}`))
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as { job_id: string }).job_id
}

const machines = ({ provider }: TestApi) => (provider?.listMachines() ?? []).map(({ server_id }) => server_id)

/** A start with the same world. */
const restart = (api: TestApi, workers = true) => api.startReplica({ workers, worldFile: api.worldFile })

describe('a world that is applied again', () => {
  it('does not bring back a server that was deleted, and makes the hosts that are missing', async () => {
    const { api, id, other } = await ready(true)
    await using _ = api
    assert.equal((await untilJobEnds(api, await remove(api, id))).status, 'SUCCESS')
    await api.provider?.deleteMachine(other)
    await using _replica = await restart(api)
    assert.equal((await api.call('GET', `/v1/${api.world.project.id}/app-servers/${id}`)).status, 404)
    assert.deepEqual(machines(api), [other])
  })

  it('makes no host for a server whose deletion has ended that and is to go on', async () => {
    const { api, id, other } = await ready(false)
    await using _ = api
    const jobId = await remove(api, id)
    // where a process died: the host is gone, the row is not
    await api.db.updateTable('lifecycle.task').set({ state: 'freeing_addresses' }).execute()
    await api.provider?.deleteMachine(id)
    await using _replica = await restart(api)
    assert.equal((await untilJobEnds(api, jobId)).status, 'SUCCESS')
    assert.deepEqual(machines(api), [other])
  })

  it('leaves off what was stopped', async () => {
    const { api, id, other } = await ready(true)
    await using _ = api
    await send(api, 'BatchStopServer', { items: [id], type: 'HARD' })
    await untilServer(api, id, ({ status }) => status === 'STOPPED')
    await api.provider?.deleteMachine(id)
    await using _replica = await restart(api)
    assert.deepEqual([machines(api), standing(await showServer(api, id))], [[other], OFF])
  })
})
