import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { until } from '../../e2e/support/wait.ts'
import { parseCatalogue } from '../fleet/catalogue.store.ts'
import { type Answer, type TestApi, type TestApiOptions, testApi } from '../testing/api.ts'
import { rebuild } from './rebuild.ts'
import { patienceOf } from './rules.ts'
import { findTask, noteFormer, voidFormerKey } from './task.store.ts'
import { TASK_TIMING, type Task, type TaskEvent } from './task.ts'
import { checked, READY, send, showServer, standing, untilJobEnds, untilServer } from './test-servers.ts'

const TIMEOUT = { timeout: 60_000 }

interface Ready extends AsyncDisposable {
  readonly api: TestApi
  readonly ids: readonly string[]
  readonly id: string
}

/** Servers whose agents have linked and have their addresses. */
async function ready(options: Partial<TestApiOptions> = {}): Promise<Ready> {
  const api = await testApi({ servers: 2, hosts: true, workers: true, ...options })
  const ids = api.world.servers.map(({ id }) => id)
  for (const id of ids) await untilServer(api, id, (server) => server.status === 'REGISTERED')
  const answer = await send(api, 'BatchUpdateTsvi', { items: ids.map((id) => ({ id, enable: true })) })
  assert.equal(answer.status, 200, answer.text)
  for (const id of ids) await untilServer(api, id, (server) => server.job_status === 'SUCCESS')
  return { api, ids, id: ids[0] ?? '', [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() }
}

const at = ({ world }: TestApi, rest: string) => `/v1/${world.project.id}/app-servers/${rest}`
const reinstall = (api: TestApi, id: string, body: object = {}) =>
  checked('ReinstallServer', api.call('POST', at(api, `${id}/actions/reinstall`), { body }))
const changeImage = (api: TestApi, id: string, body: object) =>
  checked('ChangeServerImage', api.call('POST', at(api, `${id}/actions/change-image`), { body }))
const batch = (api: TestApi, operation: 'BatchReinstallServer' | 'BatchChangeServerImage', body: object) =>
  checked(operation, api.call('POST', at(api, `actions/${ACTIONS[operation]}`), { body }))
const ACTIONS = { BatchReinstallServer: 'batch-reinstall', BatchChangeServerImage: 'batch-change-image' } as const

const IMAGE = { image_id: 'new-image', image_type: 'private', os_type: 'Windows' }

function jobOf({ status, body, text }: Answer): string {
  assert.equal(status, 200, text)
  return (body as { job_id: string }).job_id
}

const agentOf = ({ db }: TestApi, id: string) =>
  db.selectFrom('agents.agent').selectAll().where('server_id', '=', id).executeTakeFirstOrThrow()

const blockOf = async (api: TestApi, id: string) =>
  (
    await api.db.selectFrom('vpc.address').select('address').where('owner_id', '=', id).orderBy('address').execute()
  ).map(({ address }) => address)

describe('a reinstalled server', () => {
  it('has a new disk and a new key, its old sessions are gone, and its block is in force again', TIMEOUT, async () => {
    await using place = await ready()
    const { api, id } = place
    await api.provider?.openSession(id, { session_id: 's1', user_name: 'anna', uid: 20_001 })
    await untilServer(api, id, (server) => server.session_count === 1)
    const [before, block] = [await agentOf(api, id), await blockOf(api, id)]

    const job = jobOf(await reinstall(api, id, { update_access_agent: true }))
    const { status, job_type, sub_jobs } = await untilJobEnds(api, job)
    assert.deepEqual([status, job_type, sub_jobs.length], ['SUCCESS', 'REINSTALL_OS', 1], JSON.stringify(sub_jobs))
    const after = await showServer(api, id)
    assert.deepEqual(standing(after), READY)
    assert.deepEqual([after.session_count, after.job_id, after.job_status], [0, job, 'SUCCESS'])

    const agent = await agentOf(api, id)
    assert.notEqual(agent.public_key, before.public_key)
    assert.notEqual(agent.boot_id, before.boot_id)
    assert.equal(agent.applied_generation, agent.generation)
    assert.deepEqual(await blockOf(api, id), block)
    const session = await api.provider?.openSession(id, { session_id: 's1', user_name: 'anna', uid: 20_001 })
    assert.ok(block.some((address) => address.startsWith(session?.virtual_ip ?? 'none')))
  })

  it('is shown as being rebuilt from the moment it is asked for', TIMEOUT, async () => {
    await using api = await testApi({ servers: 1, hosts: true })
    const id = api.world.servers[0]?.id ?? ''
    const job = jobOf(await reinstall(api, id))
    const during = await showServer(api, id)
    assert.deepEqual(standing(during), ['UNREGISTER', 'REBUILD', 'rebuilding'])
    assert.deepEqual([during.job_id, during.job_type, during.job_status], [job, 'REINSTALL_OS', 'RUNNING'])
  })

  it('has none of the old disk’s sessions, though its new agent never comes', TIMEOUT, async () => {
    // a disk that boots into nothing
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      rebuildMachine: (id) => plain.stopMachine(id, { type: 'HARD' }),
    })
    await using place = await ready({ hosts })
    const { api, id } = place
    await api.provider?.openSession(id, { session_id: 's1', user_name: 'anna', uid: 20_001 })
    const ended = () => api.db.selectFrom('sessions.session').select('end_reason').where('server_id', '=', id).execute()
    await until('the session to be recorded', async () => ((await ended()).length === 1 ? true : undefined))
    jobOf(await reinstall(api, id))
    await untilServer(api, id, (server) => server.task_status === 'rebuild_spawning')
    assert.deepEqual(await ended(), [{ end_reason: 'reboot' }])
    const open = api.db.selectFrom('sessions.assignment').select('session_id').where('held_until', 'is', null)
    assert.deepEqual(await open.execute(), [])
  })

  it('that never had addresses is ready when its new agent has linked', TIMEOUT, async () => {
    await using api = await testApi({ servers: 1, hosts: true, workers: true })
    const id = api.world.servers[0]?.id ?? ''
    await untilServer(api, id, (server) => server.status === 'REGISTERED')
    assert.equal((await untilJobEnds(api, jobOf(await reinstall(api, id)))).status, 'SUCCESS')
    assert.deepEqual(standing(await showServer(api, id)), READY)
  })

  it('keeps its maintenance mark', TIMEOUT, async () => {
    await using place = await ready()
    const { api, id } = place
    await api.call('PATCH', at(api, id), { body: { maintain_status: true } })
    await untilJobEnds(api, jobOf(await reinstall(api, id)))
    const session = api.provider?.openSession(id, { session_id: 's1', user_name: 'anna', uid: 20_001 })
    await assert.rejects(Promise.resolve(session), /maintenance/)
  })

  it('is shown as failed when the provider makes no disk, and may be tried again', TIMEOUT, async () => {
    let refuses = true
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      rebuildMachine: (id, spec) =>
        refuses ? Promise.reject(new Error('no disk left')) : plain.rebuildMachine(id, spec),
    })
    await using place = await ready({ hosts, taskTiming: { ...TASK_TIMING, pause: 0 } })
    const { api, id } = place
    const before = await agentOf(api, id)
    const job = await untilJobEnds(api, jobOf(await reinstall(api, id)))
    assert.equal(job.status, 'FAILED')
    assert.match(String(job.sub_jobs[0]?.error_code), /^WKS\./)
    assert.deepEqual(standing(await showServer(api, id)), ['NONE', 'REBUILD_FAIL', 'rebuild_fail'])
    const { public_key, boot_id, link_number } = await agentOf(api, id)
    const kept = [before.public_key, before.boot_id, before.link_number]
    assert.deepEqual([public_key, boot_id, link_number], kept, 'the host that was not touched keeps its agent')
    refuses = false
    assert.equal((await untilJobEnds(api, jobOf(await reinstall(api, id)))).status, 'SUCCESS')
    assert.deepEqual(standing(await showServer(api, id)), READY)
  })

  it('that failed is ready again with an update that succeeds, which proves its addresses', TIMEOUT, async () => {
    await using place = await ready()
    const { api, id } = place
    const failed = { status: 'NONE', vm_status: 'REBUILD_FAIL', task_status: 'rebuild_fail' }
    await api.db.updateTable('fleet.server').set(failed).where('id', '=', id).execute()
    const answer = await send(api, 'BatchUpdateTsvi', { items: [{ id, enable: false }] })
    assert.equal((await untilJobEnds(api, jobOf(answer))).status, 'SUCCESS')
    assert.deepEqual(standing(await showServer(api, id)), READY)
  })
})

describe('the key of the old disk', () => {
  const task = (api: TestApi) => api.db.selectFrom('lifecycle.task').selectAll().executeTakeFirstOrThrow()
  const seenOf = async (api: TestApi) => (await findTask(api.db, (await task(api)).id)) ?? assert.fail('no task')

  it('is void when the provider has taken the disk, but not that of a new one, nor by a driver that was slow', async () => {
    await using api = await testApi({ servers: 1 })
    const id = api.world.servers[0]?.id ?? ''
    const setKey = (public_key: string) => api.db.updateTable('agents.agent').set({ public_key }).execute()
    const keyNow = async () => (await agentOf(api, id)).public_key
    await setKey('old')
    const target = { projectId: api.world.project.id, kind: 'rebuild', server_id: id }
    await api.db
      .insertInto('lifecycle.task')
      .values({
        ...{ id: 't1', project_id: target.projectId, server_id: id, kind: 'rebuild', state: 'rebuilding' },
        ...{ request: '{}', step_at: new Date(), deadline_at: new Date(), created_at: new Date() },
      })
      .execute()
    const seen = await seenOf(api)
    assert.deepEqual(await noteFormer(api.db, seen), { key: 'old' })
    await setKey('new')
    assert.deepEqual(await noteFormer(api.db, seen), { key: 'old' }, 'a repeat knows which key it was')
    await voidFormerKey(api.db, seen, 'old')
    assert.equal(await keyNow(), 'new')
    await setKey('old')
    await api.db.updateTable('lifecycle.task').set({ state: 'rebuild_spawning' }).execute()
    await voidFormerKey(api.db, seen, 'old')
    assert.deepEqual([await noteFormer(api.db, seen), await keyNow()], [undefined, 'old'], 'the task has moved on')
    await voidFormerKey(api.db, await seenOf(api), 'old')
    assert.equal(await keyNow(), null)
  })
})

describe('a changed image', () => {
  it('is the one the server shows afterwards, and its group does not', TIMEOUT, async () => {
    await using place = await ready()
    const { api, id, ids } = place
    const job = await untilJobEnds(api, jobOf(await changeImage(api, id, IMAGE)))
    assert.deepEqual([job.status, job.job_type], ['SUCCESS', 'CHANGE_SERVER_IMAGE'])
    const imageOf = async (server = '') => ((await showServer(api, server)) as unknown as { image_id: string }).image_id
    assert.equal(await imageOf(id), 'new-image')
    assert.notEqual(await imageOf(ids[1]), 'new-image')
    const again = await changeImage(api, id, IMAGE)
    assert.equal(again.status, 400)
    assert.match(again.text, /another than the server has/)
  })
})

describe('requests that cannot be', () => {
  it('are refused with the rule, and start nothing', TIMEOUT, async () => {
    await using api = await testApi({ servers: 1, hosts: true })
    const id = api.world.servers[0]?.id ?? ''
    const foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
    for (const [body, says] of [
      [{ ...IMAGE, os_type: 'Linux' }, /os_type must be Windows/],
      [{ ...IMAGE, image_type: 'gold' }, /image_product_id/],
      [{ ...IMAGE, image_id: 'a b' }, /image_id/],
    ] as const) {
      const answer = await changeImage(api, id, body)
      assert.equal(answer.status, 400)
      assert.match(answer.text, says)
    }
    for (const unknown of ['nobody', foreign.serverIds[0] ?? '']) {
      assert.equal((await reinstall(api, unknown)).status, 404)
      assert.equal((await changeImage(api, unknown, IMAGE)).status, 404)
    }
    const jobs = await api.db.selectFrom('jobs.job').selectAll().execute()
    assert.deepEqual(jobs, [])
  })

  it('are refused of an image that the catalogue has as another one', TIMEOUT, async () => {
    const images = [
      { id: 'of-linux', name: 'Linux', image_type: 'private', os_type: 'Linux', min_disk: 10 },
      { id: 'of-all', name: 'shared by all', image_type: 'public', min_disk: 10 },
      { id: 'too-large', name: 'large', image_type: 'private', min_disk: 900 },
    ]
    const catalogue = parseCatalogue(JSON.stringify({ images }), 'test.yaml')
    await using api = await testApi({ servers: 1, hosts: true, catalogue })
    const id = api.world.servers[0]?.id ?? ''
    for (const [image_id, says] of [
      ['of-linux', /the image Linux has os_type Linux/],
      ['of-all', /has image_type public, not private/],
      ['too-large', /needs a system_disk_size of at least 900 GB/],
    ] as const) {
      const answer = await changeImage(api, id, { ...IMAGE, image_id })
      assert.equal(answer.status, 400, answer.text)
      assert.match(answer.text, says)
    }
  })

  it('are refused where hosts are brought by hand', TIMEOUT, async () => {
    await using api = await testApi({ servers: 1 })
    const answer = await reinstall(api, api.world.servers[0]?.id ?? '')
    assert.equal(answer.status, 400)
    assert.match(answer.text, /brought by hand/)
  })

  it('of two at once for one server, one is refused with 409', TIMEOUT, async () => {
    await using api = await testApi({ servers: 1, hosts: true })
    const id = api.world.servers[0]?.id ?? ''
    const statuses = (await Promise.all([1, 2, 3].map(() => reinstall(api, id)))).map(({ status }) => status)
    assert.deepEqual(statuses.sort(), [200, 409, 409])
  })
})

interface Result {
  readonly server_id: string
  readonly job_id: string
  readonly error_code: string
  readonly error_message: string
}

describe('a batch', () => {
  it('has one result for each server, and one job for each that could be started', TIMEOUT, async () => {
    await using api = await testApi({ servers: 2, hosts: true })
    const [one = '', other = ''] = api.world.servers.map(({ id }) => id)
    jobOf(await reinstall(api, other))
    const answer = await batch(api, 'BatchReinstallServer', { server_ids: [one, 'nobody', other] })
    assert.equal(answer.status, 200)
    const { items } = answer.body as { items: readonly Result[] }
    assert.deepEqual(
      items.map(({ server_id, error_code }) => [server_id, error_code]),
      [
        [one, ''],
        ['nobody', 'WKS.00211902'],
        [other, 'WKS.00211103'],
      ],
    )
    assert.deepEqual(
      items.map(({ job_id }) => job_id !== ''),
      [true, false, false],
    )
    assert.ok(items.every(({ job_id, error_message }) => (job_id === '') === (error_message !== '')))
    assert.deepEqual((await batch(api, 'BatchReinstallServer', {})).body, { items: [] })
  })

  it('of an image refuses each server that has it already', TIMEOUT, async () => {
    await using api = await testApi({ servers: 1, hosts: true })
    const [one = ''] = api.world.servers.map(({ id }) => id)
    await api.db.updateTable('fleet.server').set({ image_id: 'new-image' }).execute()
    const answer = await batch(api, 'BatchChangeServerImage', { server_ids: [one], ...IMAGE })
    const { items } = answer.body as { items: readonly Result[] }
    assert.deepEqual(
      items.map(({ job_id, error_code }) => [job_id, error_code]),
      [['', 'WKS.00129901']],
    )
  })
})

describe('the rules of a rebuild', () => {
  const task = (attempt: number): Task => ({
    ...{ id: '1', subJobId: '1', jobId: '1', projectId: 'p', serverId: 's', kind: 'rebuild', bootId: 'old' },
    ...{ state: 'rebuild_block_device_mapping', request: { generation: 7, isProbed: true } },
    ...{ attempt, phase: 'running', refusal: null, failure: null },
  })
  const observed = (change: object = {}): TaskEvent => ({
    ...{ type: 'observed', generation: 7, bootId: 'new', error: null },
    probe: { address: '10.0.0.5', seen: '10.0.0.5', detail: '' },
    ...change,
  })
  const next = (event: TaskEvent, attempt = 1) =>
    rebuild.states.rebuild_block_device_mapping?.next(task(attempt), event, TASK_TIMING)

  it('are content with the addresses applied and seen from outside, and with nothing less', () => {
    assert.equal(next(observed())?.state, 'done')
    assert.equal(next(observed({ generation: 6 })), undefined)
    assert.equal(next(observed({ probe: 'not_yet' })), undefined)
    const wrong = { probe: { address: '10.0.0.5', seen: '10.0.0.9', detail: '' } }
    assert.partialDeepStrictEqual(next(observed(wrong)), { state: 'rebuild_block_device_mapping', attempt: 2 })
    assert.partialDeepStrictEqual(next(observed(wrong), 3), {
      state: 'failed',
      failure: { word: 'tsvi.address_not_seen', facts: { seen: '10.0.0.9' } },
    })
    for (const event of [observed(wrong), { type: 'deadline' } as const]) {
      const again = next(event) ?? assert.fail()
      assert.equal(patienceOf(task(1), again, TASK_TIMING), TASK_TIMING.booting, 'another telling has its whole time')
    }
    assert.equal(next(observed({ error: 'no nic' }), 3)?.failure?.word, 'tsvi.agent_refused')
    assert.equal(next({ type: 'deadline' }, 3)?.failure?.word, 'tsvi.agent_away')
  })
})
