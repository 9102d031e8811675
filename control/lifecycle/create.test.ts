import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createJoinTokenByHand } from '#agents'
import { saveConfiguration } from '#fleet'
import { systemClock } from '#kernel'
import { silentLog } from '../../agent/index.ts'
import { memoryProvider } from '../../compute/memory.ts'
import { Refused } from '../../compute/provider.ts'
import { newGroup } from '../fleet/test-groups.ts'
import { type TestApi, type TestApiOptions, testApi } from '../testing/api.ts'
import { giveAddress } from './create.actions.ts'
import { TASK_TIMING } from './task.ts'
import { newServers, poll, READY, send, showJob, showServer, standing, untilJobEnds } from './test-servers.ts'

const PLAIN = { servers: 0, workers: true, hosts: true } as const

async function create(api: TestApi, change: object = {}): Promise<string> {
  const answer = await send(api, 'CreateAppServers', newServers(api, change))
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as { job_id: string }).job_id
}

/** A group whose sessions use the host's own address. */
async function plainGroup(api: TestApi): Promise<string> {
  const body = newGroup(api, { ip_virtual: { enable: false } })
  const answer = await api.call('POST', `/v1/${api.world.project.id}/app-server-groups`, { body })
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as { id: string }).id
}

async function createdId(api: TestApi, jobId: string): Promise<string> {
  const job = await untilJobEnds(api, jobId)
  assert.equal(job.status, 'SUCCESS', JSON.stringify(job))
  return job.sub_jobs[0]?.job_resource_info.resource_id ?? assert.fail('no server')
}

function addressesOf({ db }: TestApi, ownerIds: readonly string[]) {
  return db.selectFrom('vpc.address').select(['address', 'kind']).where('owner_id', 'in', ownerIds).execute()
}

describe('servers that are created', () => {
  it('have a job with a sub-job each, generated names, hosts that run, and what was asked for', async () => {
    await using api = await testApi(PLAIN)
    const server_group_id = await plainGroup(api)
    const jobId = await create(api, { server_group_id, subscription_num: 3 })
    const begun = await showJob(api, jobId)
    assert.deepEqual([begun.job_type, begun.status, begun.sub_jobs.length], ['CREATE_SERVER', 'RUNNING', 3])
    const job = await untilJobEnds(api, jobId)
    assert.equal(job.status, 'SUCCESS', JSON.stringify(job))
    const addresses = new Set<string>()
    for (const { status, job_resource_info, progress } of job.sub_jobs) {
      const server = await showServer(api, job_resource_info.resource_id)
      assert.deepEqual([status, progress.step, standing(server)], ['SUCCESS', 'done', READY])
      assert.match(server.name, /^APS-\d{14}-[A-Z0-9]{10}$/)
      assert.equal(server.name, job_resource_info.resource_name)
      assert.equal(server.machine_name, `APS-${server.name.slice(-10)}`)
      assert.partialDeepStrictEqual(server, {
        server_group_id,
        job_id: jobId,
        job_type: 'CREATE_SERVER',
        job_status: 'SUCCESS',
        product_info: {
          product_id: 'workspace.appstream.general.xlarge.2',
          system_disk_type: 'SSD',
          system_disk_size: '100',
        },
      })
      addresses.add(server.host_address[0]?.addr ?? '')
    }
    assert.equal(addresses.size, 3)
    assert.equal(api.provider?.listMachines().filter(({ running }) => running).length, 3)
  })

  it('keep what they were made of when their group changes', async () => {
    await using api = await testApi(PLAIN)
    const id = await createdId(api, await create(api))
    const before = await showServer(api, id)
    const changed = { product_id: 'workspace.appstream.general.large.2', system_disk_size: 500, image_id: 'other' }
    await api.db.updateTable('fleet.server_group').set(changed).execute()
    assert.deepEqual(await showServer(api, id), before)
  })

  it('know from their first boot where the group has no addresses for sessions', async () => {
    await using api = await testApi(PLAIN)
    const id = await createdId(api, await create(api, { server_group_id: await plainGroup(api) }))
    const { generation, desired } = await api.db
      .selectFrom('agents.agent')
      .select(['generation', 'desired'])
      .where('server_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.equal(generation, 1)
    assert.partialDeepStrictEqual(desired, {
      generation: 1,
      reboot: null,
      virtual_ip: { enable: false, addresses: [] },
    })
    const session = { session_id: 'a', user_name: 'alice', uid: 20_001 }
    const refusal = async () => {
      try {
        return `none, but ${JSON.stringify(await api.provider?.openSession(id, session))}`
      } catch (error) {
        return String(error)
      }
    }
    assert.match(await poll(refusal, (message) => !message.includes('has not said yet')), /switched off/)
  })

  it('have addresses for their sessions, verified and without a reboot, when the job ends', async () => {
    await using api = await testApi(PLAIN)
    const jobId = await create(api)
    const id = await createdId(api, jobId)
    const server = await showServer(api, id)
    assert.deepEqual(standing(server), READY)
    assert.deepEqual([server.job_id, server.job_type, server.job_status], [jobId, 'CREATE_SERVER', 'SUCCESS'])
    const update = await api.db.selectFrom('tsvi.update').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([update.state, update.boot_id], ['done', null], 'no reboot was asked for')
    const owned = (await addressesOf(api, [id])).map(({ address }) => address)
    assert.equal(owned.length, 4)
    const session = { session_id: 'a', user_name: 'alice', uid: 20_001 }
    const { virtual_ip } = (await api.provider?.openSession(id, session)) ?? { virtual_ip: '' }
    assert.ok(owned.includes(virtual_ip), `${virtual_ip} is of ${owned}`)
  })

  it('are not ready before their sessions have addresses', async () => {
    await using api = await testApi({ ...PLAIN, workers: false })
    const jobId = await create(api)
    const { resource_id } = (await showJob(api, jobId)).sub_jobs[0]?.job_resource_info ?? { resource_id: '' }
    const seen = await showServer(api, resource_id)
    assert.deepEqual(standing(seen), ['UNREGISTER', 'BUILD', 'scheduling'])
    assert.deepEqual(seen.host_address, [])
    await using _ = await api.startReplica({ workers: true })
    const statuses = new Set<string>()
    while ((await showJob(api, jobId)).status === 'RUNNING') {
      const { status, job_status } = await showServer(api, resource_id)
      if (job_status === 'RUNNING') statuses.add(status)
    }
    assert.deepEqual([...statuses], ['UNREGISTER'])
    assert.deepEqual(standing(await showServer(api, resource_id)), READY)
  })

  it('have no addresses for sessions where the tenant does not allow it', async () => {
    await using api = await testApi(PLAIN)
    await saveConfiguration(api.db, api.world.project.id, 'IP_VIRTUAL_ENABLE', 'false')
    const id = await createdId(api, await create(api))
    assert.deepEqual(await addressesOf(api, [id]), [])
  })
})

describe('a creation that is cut off', () => {
  it('goes on with the host that was made already', async () => {
    let calls = 0
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      putMachine: async (id, spec) => {
        const machine = await plain.putMachine(id, spec)
        calls += 1
        if (calls === 1) throw new Error('the line broke after the work was done')
        return machine
      },
    })
    await using api = await testApi({ ...PLAIN, hosts, taskTiming: { ...TASK_TIMING, pause: 0 } })
    const id = await createdId(api, await create(api))
    assert.deepEqual(standing(await showServer(api, id)), READY)
    assert.equal(api.provider?.listMachines().length, 1)
  })

  it('boots the host that was made and did not come up', async () => {
    let calls = 0
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      putMachine: async (id, spec) => {
        const machine = await plain.putMachine(id, spec)
        calls += 1
        if (calls > 1) return machine
        await plain.stopMachine(id, { type: 'HARD' })
        throw new Error('its first boot failed')
      },
    })
    await using api = await testApi({ ...PLAIN, hosts, taskTiming: { ...TASK_TIMING, pause: 0, enrolling: 10 } })
    const id = await createdId(api, await create(api, { server_group_id: await plainGroup(api) }))
    assert.deepEqual([standing(await showServer(api, id)), calls], [READY, 2])
    assert.deepEqual(
      api.provider?.listMachines().map(({ running }) => running),
      [true],
    )
  })

  it('has one port, however often its step is done', async () => {
    await using api = await testApi({ ...PLAIN, workers: false })
    const jobId = await create(api)
    const id = (await showJob(api, jobId)).sub_jobs[0]?.job_resource_info.resource_id ?? assert.fail()
    const { project } = api.world
    for (let times = 0; times < 3; times += 1) {
      const trx = api.db.transaction()
      await trx.execute((trx) => giveAddress(trx, { serverId: id, projectId: project.id }, new Date()))
    }
    const ports = await api.db.selectFrom('vpc.port').select('id').where('device_id', '=', id).execute()
    assert.equal(ports.length, 1)
    await using _ = await api.startReplica({ workers: true })
    assert.equal(await createdId(api, jobId), id)
  })
})

describe('a creation without a compute provider', () => {
  it('waits for a host that somebody brings, and ends when it has enrolled', async () => {
    await using api = await testApi({ servers: 0, workers: true })
    const jobId = await create(api)
    const waiting = await poll(
      () => showJob(api, jobId),
      ({ sub_jobs: [sub] }) => sub?.progress.step === 'updating_sid',
    )
    assert.equal(waiting.status, 'RUNNING')
    const id = waiting.sub_jobs[0]?.job_resource_info.resource_id ?? ''
    const { addr: address } = (await showServer(api, id)).host_address[0] ?? assert.fail('no address')
    const join_token = await createJoinTokenByHand(api.db, systemClock, id, api.joinAddress)
    const { cidr, gateway_ip } = api.world.subnet
    const brought = memoryProvider({ reason: null, cidr, gatewayIp: gateway_ip, bootMs: 0, log: silentLog })
    try {
      await brought.putMachine(id, { name: 'mine', address, cidr, gateway_ip, join_token })
      assert.equal((await untilJobEnds(api, jobId)).status, 'SUCCESS')
      assert.deepEqual(standing(await showServer(api, id)), READY)
    } finally {
      await brought.close()
    }
  })

  it('that nobody brings a host for fails, and an update of the server afterwards too, and it can be deleted', async () => {
    await using api = await testApi({ servers: 0, workers: true, taskTiming: { ...TASK_TIMING, enrollingByHand: 1 } })
    const job = await untilJobEnds(api, await create(api))
    const [sub] = job.sub_jobs
    assert.match(sub?.error_message ?? '', /did not link within 1 s/)
    const id = sub?.job_resource_info.resource_id ?? ''
    const update = await send(api, 'BatchUpdateTsvi', { items: [{ id, enable: true }] })
    assert.equal((await untilJobEnds(api, (update.body as { job_id: string }).job_id)).status, 'FAILED')
    const { body } = await send(api, 'BatchDeleteServer', { items: [id] })
    assert.equal((await untilJobEnds(api, (body as { job_id: string }).job_id)).status, 'SUCCESS')
    const owned = await api.db.selectFrom('vpc.address').select('address').where('owner_id', '=', id).execute()
    assert.deepEqual(owned, [])
  })
})

describe('a creation that fails', () => {
  it('is one sub-job that says why; what it took is given back, and the others go on', async () => {
    let refused = ''
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      putMachine: (id, spec) => {
        refused ||= id
        return id === refused ? Promise.reject(new Error('the rack is full')) : plain.putMachine(id, spec)
      },
    })
    await using api = await testApi({ ...PLAIN, hosts, taskTiming: { ...TASK_TIMING, pause: 0 } })
    const job = await untilJobEnds(api, await create(api, { subscription_num: 2 }))
    assert.equal(job.status, 'FAILED')
    const [bad, good] = [...job.sub_jobs].sort((one, two) => one.status.localeCompare(two.status))
    assert.deepEqual([bad?.status, good?.status], ['FAILED', 'SUCCESS'])
    assert.equal(bad?.job_resource_info.resource_id, refused)
    assert.equal(bad?.error_code, 'WKS.00121211')
    assert.match(String(bad?.error_message), /: the compute provider failed$/, 'nothing of its inside')
    assert.match(JSON.stringify(api.log.lines), /500 .*the rack is full/, 'that is in the log')
    const server = await showServer(api, refused)
    assert.deepEqual([standing(server), server.host_address], [['NONE', 'BUILD_FAIL', 'null'], []])
    const ports = await api.db.selectFrom('vpc.port').select('device_id').where('device_id', '=', refused).execute()
    assert.deepEqual([ports, await addressesOf(api, [refused])], [[], []])
    const { resource_id: goodId } = good?.job_resource_info ?? { resource_id: '' }
    assert.deepEqual(standing(await showServer(api, goodId)), READY)
  })

  it('says the reason for which the provider refused, and nothing of the way to it', async () => {
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      putMachine: () => Promise.reject(new Refused(409, 'there is no room in this rack')),
    })
    await using api = await testApi({ ...PLAIN, hosts, taskTiming: { ...TASK_TIMING, pause: 0 } })
    const [refused] = (await untilJobEnds(api, await create(api))).sub_jobs
    assert.match(refused?.error_message ?? '', /: there is no room in this rack$/)
  })

  it('does not say where the provider would be when it is away', async () => {
    await using api = await testApi({ ...PLAIN, taskTiming: { ...TASK_TIMING, pause: 0 } })
    await api.stopHosts()
    const [lost] = (await untilJobEnds(api, await create(api))).sub_jobs
    assert.match(lost?.error_message ?? '', /: the compute provider cannot be reached$/)
    assert.match(JSON.stringify(api.log.lines), /compute\.sock/, 'that is in the log')
  })

  it('says so when the agent never links', async () => {
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      putMachine: async (server_id) => ({ server_id, kind: 'memory', boot_id: 'b', running: true }),
    })
    await using api = await testApi({ ...PLAIN, hosts, taskTiming: { ...TASK_TIMING, enrolling: 1 } })
    const job = await untilJobEnds(api, await create(api))
    assert.match(job.sub_jobs[0]?.error_message ?? '', /did not link within 1 s/)
  })
})
