import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type TestApi, type TestApiOptions, testApi } from '../testing/api.ts'
import { checked, newServers, poll, send, showJob, untilJobEnds, untilServer } from './test-servers.ts'

const PLAIN = { servers: 0, workers: true, hosts: true } as const

interface Made {
  readonly jobId: string
  readonly id: string
}

async function create(api: TestApi): Promise<Made> {
  const answer = await send(api, 'CreateAppServers', newServers(api))
  assert.equal(answer.status, 200, answer.text)
  const { job_id: jobId } = answer.body as { job_id: string }
  return { jobId, id: (await showJob(api, jobId)).sub_jobs[0]?.job_resource_info.resource_id ?? assert.fail() }
}

function remove(api: TestApi, id: string) {
  return checked('DeleteServer', api.call('DELETE', `/v1/${api.world.project.id}/app-servers/${id}`))
}

async function removed(api: TestApi, id: string): Promise<string> {
  const answer = await remove(api, id)
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as { job_id: string }).job_id
}

/** The deletion succeeds, the creation says why it ended, and nothing of the server is left. */
async function assertCalledOff(api: TestApi, { jobId, id }: Made, deletion: string): Promise<void> {
  const ended = await untilJobEnds(api, deletion)
  assert.equal(ended.status, 'SUCCESS', JSON.stringify(ended))
  const [creation] = (await showJob(api, jobId)).sub_jobs
  assert.deepEqual([creation?.status, creation?.error_code], ['FAILED', 'WKS.00121214'])
  await assertNothingLeft(api, id)
}

async function assertNothingLeft({ db, provider }: TestApi, id: string): Promise<void> {
  const servers = await db.selectFrom('fleet.server').select('id').where('id', '=', id).execute()
  const ports = await db.selectFrom('vpc.port').select('id').where('device_id', '=', id).execute()
  const addresses = await db.selectFrom('vpc.address').select('address').where('owner_id', '=', id).execute()
  assert.deepEqual([servers, ports, addresses], [[], [], []])
  assert.ok(!provider?.listMachines().some(({ server_id }) => server_id === id))
}

describe('a server that is deleted while it is created', () => {
  it('waits for its first link no longer, and its host is ended', async () => {
    const ended: string[] = []
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      // boots, and never links
      putMachine: async (server_id) => ({ server_id, kind: 'memory', boot_id: 'b', running: true }),
      deleteMachine: async (id) => void ended.push(id),
    })
    await using api = await testApi({ ...PLAIN, hosts })
    const made = await create(api)
    await untilServer(api, made.id, ({ task_status }) => task_status === 'updating_sid')
    await assertCalledOff(api, made, await removed(api, made.id))
    assert.ok(ended.includes(made.id))
  })

  it('may not have been begun with', async () => {
    await using api = await testApi({ ...PLAIN, workers: false })
    const made = await create(api)
    const deletion = await removed(api, made.id)
    assert.equal((await remove(api, made.id)).status, 409)
    await using _ = await api.startReplica({ workers: true })
    await assertCalledOff(api, made, deletion)
  })

  it('leaves no host that was still being made when the deletion had ended', async () => {
    const machines = new Set<string>()
    const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>()
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const { promise: isMade, resolve: made } = Promise.withResolvers<void>()
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      putMachine: async (server_id) => {
        asked()
        await gate
        machines.add(server_id)
        made()
        return { server_id, kind: 'memory', boot_id: 'b', running: true }
      },
      deleteMachine: async (id) => void machines.delete(id),
    })
    await using api = await testApi({ ...PLAIN, hosts })
    // the first works on the creation, another on the deletion
    await using _ = await api.startReplica({ workers: true })
    const server = await create(api)
    await isAsked
    try {
      await assertCalledOff(api, server, await removed(api, server.id))
    } finally {
      open()
    }
    await isMade
    await poll(
      async () => machines.size,
      (count) => count === 0,
    )
    await assertNothingLeft(api, server.id)
  })

  it('goes wherever its creation is: of link and deletion one is first, and nothing is left', async () => {
    await using api = await testApi(PLAIN)
    const made = await Promise.all([0, 1, 2].map(() => create(api)))
    await Promise.all(
      made.map(async ({ id }) => {
        const { body } = await poll(
          () => remove(api, id),
          ({ status }) => status === 200,
        )
        assert.equal((await untilJobEnds(api, (body as { job_id: string }).job_id)).status, 'SUCCESS')
      }),
    )
    for (const { id, jobId } of made) {
      await poll(
        async () => api.provider?.listMachines().some(({ server_id }) => server_id === id),
        (isThere) => !isThere,
      )
      await assertNothingLeft(api, id)
      assert.notEqual((await showJob(api, jobId)).status, 'RUNNING')
    }
  })
})
