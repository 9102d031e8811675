import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { type TestApi, type TestApiOptions, testApi } from '../testing/api.ts'
import { TASK_TIMING } from './task.ts'
import {
  checked,
  newServers,
  READY,
  send,
  showJob,
  showServer,
  standing,
  untilJobEnds,
  untilServer,
} from './test-servers.ts'

const OPTIONS = { servers: 2, workers: true, hosts: true } as const

function remove(api: TestApi, id: string) {
  return checked('DeleteServer', api.call('DELETE', `/v1/${api.world.project.id}/app-servers/${id}`))
}

async function removed(api: TestApi, id: string): Promise<string> {
  const answer = await remove(api, id)
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as { job_id: string }).job_id
}

async function isGone(api: TestApi, id: string): Promise<boolean> {
  const { status } = await api.call('GET', `/v1/${api.world.project.id}/app-servers/${id}`)
  return status === 404
}

/** Whatever is left of a server beside its jobs. */
async function leftOf({ db }: TestApi, id: string): Promise<readonly string[]> {
  const port = await db.selectFrom('vpc.port').select('id').where('device_id', '=', id).execute()
  const addresses = await db.selectFrom('vpc.address').select('address').where('owner_id', '=', id).execute()
  const agents = await db.selectFrom('agents.agent').select('server_id').where('server_id', '=', id).execute()
  const tokens = await db.selectFrom('agents.join_token').select('server_id').where('server_id', '=', id).execute()
  const updates = await db.selectFrom('tsvi.update').select('id').where('server_id', '=', id).execute()
  return [
    ...[port.length && 'port', addresses.length && 'addresses', agents.length && 'agent'],
    ...[tokens.length && 'token', updates.length && 'update'],
  ].filter((name) => typeof name === 'string')
}

async function ready(api: TestApi): Promise<string> {
  const id = String(api.world.servers[0]?.id)
  await untilServer(api, id, ({ status }) => status === 'REGISTERED')
  return id
}

describe('a server that is deleted', () => {
  it('ends with its host, port, addresses, agent and row; its jobs stay', async () => {
    await using api = await testApi(OPTIONS)
    const created = await send(api, 'CreateAppServers', newServers(api))
    const { job_id: createJob } = created.body as { job_id: string }
    const job = await untilJobEnds(api, createJob)
    const { resource_id: id, resource_name } = job.sub_jobs[0]?.job_resource_info ?? assert.fail()
    const addresses = await api.db.selectFrom('vpc.address').select('address').where('owner_id', '=', id).execute()
    assert.equal(addresses.length, 4)
    const fixed = (await showServer(api, id)).host_address[0]?.addr ?? ''

    const jobId = await removed(api, id)
    const begun = await showJob(api, jobId)
    assert.equal(begun.job_type, 'DELETE_SERVER')
    const ended = await untilJobEnds(api, jobId)
    assert.equal(ended.status, 'SUCCESS', JSON.stringify(ended))
    assert.deepEqual(ended.sub_jobs[0]?.job_resource_info, { resource_id: id, resource_name })
    assert.ok(await isGone(api, id))
    assert.deepEqual(await leftOf(api, id), [])
    assert.ok(!api.provider?.listMachines().some((machine) => machine.server_id === id))
    assert.equal((await showJob(api, createJob)).status, 'SUCCESS')

    const resting = await api.db
      .selectFrom('vpc.address')
      .select('address')
      .where('quarantined_until', '>', new Date())
      .execute()
    const expected = [...addresses.map(({ address }) => address), fixed].sort()
    assert.deepEqual(resting.map(({ address }) => address).sort(), expected, 'they rest before they are given away')
  })

  it('is shown as deleting meanwhile, refuses everything else, and can never link again', async () => {
    await using api = await testApi({ ...OPTIONS, workers: false })
    const id = await ready(api)
    const jobId = await removed(api, id)
    assert.deepEqual(standing(await showServer(api, id)), ['UNREGISTER', 'DELETING', 'deleting'])
    const again = await remove(api, id)
    assert.equal(again.status, 409)
    assert.match(again.text, new RegExp(`by job ${jobId} \\(DELETE_SERVER\\)`))
    // the machine outlives its server: a provider that forgets to end it
    await using _ = await api.startReplica({ workers: true })
    assert.equal((await untilJobEnds(api, jobId)).status, 'SUCCESS')
    assert.ok(await isGone(api, id))
  })

  it('whose agent goes on running is cut off', async () => {
    const hosts: TestApiOptions['hosts'] = (plain) => ({ ...plain, deleteMachine: async () => {} })
    await using api = await testApi({ ...OPTIONS, hosts })
    const id = await ready(api)
    await untilJobEnds(api, await removed(api, id))
    assert.equal(api.provider?.listMachines().find((machine) => machine.server_id === id)?.running, true)
    await api.provider?.resetMachine(id)
    const refused = () =>
      api.log.lines.filter((line) => JSON.stringify(line).includes('a frame of an agent was refused'))
    for (let attempt = 0; refused().length === 0 && attempt < 500; attempt += 1) {
      await new Promise((done) => setTimeout(done, 20))
    }
    assert.ok(refused().length > 0, 'it tried, in vain')
    assert.ok(await isGone(api, id))
  })

  it('may be down', async () => {
    await using api = await testApi(OPTIONS)
    const id = await ready(api)
    await send(api, 'BatchStopServer', { items: [id], type: 'HARD' })
    await untilServer(api, id, ({ status }) => status === 'STOPPED')
    await api.provider?.deleteMachine(id)
    assert.equal((await untilJobEnds(api, await removed(api, id))).status, 'SUCCESS')
    assert.deepEqual([await isGone(api, id), await leftOf(api, id)], [true, []])
  })

  it('may be one whose creation has failed', async () => {
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      putMachine: () => Promise.reject(new Error('the rack is full')),
    })
    await using api = await testApi({ ...OPTIONS, servers: 0, hosts, taskTiming: { ...TASK_TIMING, pause: 0 } })
    const { job_id } = (await send(api, 'CreateAppServers', newServers(api))).body as { job_id: string }
    const { resource_id: id } = (await untilJobEnds(api, job_id)).sub_jobs[0]?.job_resource_info ?? assert.fail()
    assert.equal((await untilJobEnds(api, await removed(api, id))).status, 'SUCCESS')
    assert.deepEqual([await isGone(api, id), await leftOf(api, id)], [true, []])
  })

  it('may wait for a host that somebody is to bring: then its creation ends', async () => {
    await using api = await testApi({ servers: 0, workers: true })
    const { job_id } = (await send(api, 'CreateAppServers', newServers(api))).body as { job_id: string }
    const { resource_id: id } = (await showJob(api, job_id)).sub_jobs[0]?.job_resource_info ?? assert.fail()
    const waiting = await untilServer(api, id, ({ task_status }) => task_status === 'updating_sid')
    assert.deepEqual(standing(waiting), ['UNREGISTER', 'BUILD', 'updating_sid'])
    assert.match((await showJob(api, job_id)).sub_jobs[0]?.progress.notice ?? '', /berth join-token/)
    assert.equal((await untilJobEnds(api, await removed(api, id))).status, 'SUCCESS')
    const [creation] = (await showJob(api, job_id)).sub_jobs
    assert.deepEqual([creation?.status, creation?.error_code], ['FAILED', 'WKS.00121214'])
    assert.deepEqual([await isGone(api, id), await leftOf(api, id)], [true, []])
  })

  it('that the provider does not end is shown so, and can be deleted again', async () => {
    let refuses = true
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      deleteMachine: (id) => (refuses ? Promise.reject(new Error('not now')) : plain.deleteMachine(id)),
    })
    await using api = await testApi({ ...OPTIONS, hosts, taskTiming: { ...TASK_TIMING, pause: 0 } })
    const id = await ready(api)
    const job = await untilJobEnds(api, await removed(api, id))
    assert.deepEqual([job.status, job.sub_jobs[0]?.error_code], ['FAILED', 'WKS.00121211'])
    assert.equal((await showServer(api, id)).task_status, 'delete_failed')
    refuses = false
    assert.equal((await untilJobEnds(api, await removed(api, id))).status, 'SUCCESS')
    assert.ok(await isGone(api, id))
  })
})

describe('a request to delete', () => {
  it('a server that is not there succeeds as JSON, without a job', async () => {
    await using api = await testApi({ servers: 1, hosts: true })
    const foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
    for (const id of ['nowhere', String(foreign.serverIds[0])]) {
      const answer = await remove(api, id)
      assert.deepEqual([answer.status, answer.body], [200, { job_id: '' }])
    }
    const kept = await api.db.selectFrom('fleet.server').select('id').where('id', 'in', foreign.serverIds).execute()
    assert.equal(kept.length, foreign.serverIds.length)
  })

  it('several has a sub-job for each', async () => {
    await using api = await testApi(OPTIONS)
    const items = api.world.servers.map(({ id }) => id)
    const { body } = await send(api, 'BatchDeleteServer', { items })
    const job = await untilJobEnds(api, (body as { job_id: string }).job_id)
    assert.deepEqual([job.status, job.sub_jobs.length], ['SUCCESS', 2])
    for (const id of items) assert.ok(await isGone(api, id))
  })

  it('several with one that is not there is refused whole', async () => {
    await using api = await testApi(OPTIONS)
    const id = await ready(api)
    const answer = await send(api, 'BatchDeleteServer', { items: [id, 'nowhere'] })
    assert.equal(answer.status, 404)
    assert.deepEqual(standing(await showServer(api, id)), READY)
    for (const items of [[], ['a', 'a'], Array.from({ length: 21 }, (_, index) => `s${index}`)]) {
      assert.equal((await send(api, 'BatchDeleteServer', { items })).status, 400)
    }
  })

  it('of two at the same moment lets one through', async () => {
    await using api = await testApi({ ...OPTIONS, workers: false })
    const id = String(api.world.servers[0]?.id)
    const answers = await Promise.all([remove(api, id), remove(api, id)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
    assert.equal((await api.db.selectFrom('jobs.job').select('id').execute()).length, 1)
  })
})
