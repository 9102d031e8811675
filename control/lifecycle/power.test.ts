import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { until } from '../../e2e/support/wait.ts'
import { assertDeclared, type TestApi, type TestApiOptions, testApi } from '../testing/api.ts'
import { TASK_TIMING } from './task.ts'
import {
  BROKEN,
  OFF,
  READY,
  send,
  showServer,
  standing,
  untilJobEnds,
  untilServer,
  untilSettled,
} from './test-servers.ts'

interface Ready extends AsyncDisposable {
  readonly api: TestApi
  readonly ids: readonly string[]
  readonly id: string
  bootOf(id: string): string
}

/** Servers whose agents have linked. */
async function ready(options: Partial<TestApiOptions> = {}): Promise<Ready> {
  const api = await testApi({ servers: 2, hosts: true, workers: true, ...options })
  const ids = api.world.servers.map(({ id }) => id)
  for (const id of ids) await untilServer(api, id, (server) => server.status === 'REGISTERED')
  const bootOf = (id: string) => machineOf(api, id)?.boot_id ?? assert.fail(`${id} has no machine`)
  return { api, ids, id: ids[0] ?? '', bootOf, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() }
}

function machineOf({ provider }: TestApi, id: string) {
  return provider?.listMachines().find((machine) => machine.server_id === id)
}

/** Configures the servers, so that their agents can be asked for something. */
async function configure({ api, ids }: Ready): Promise<void> {
  const answer = await send(api, 'BatchUpdateTsvi', { items: ids.map((id) => ({ id, enable: true })) })
  assert.equal(answer.status, 200, answer.text)
  for (const id of ids) await untilServer(api, id, (server) => server.job_status === 'SUCCESS')
}

async function desiredOf({ db }: TestApi, id: string) {
  const agent = db.selectFrom('agents.agent').select(['generation', 'desired']).where('server_id', '=', id)
  const { generation, desired } = await agent.executeTakeFirstOrThrow()
  assert.equal((desired as { generation: number }).generation, generation)
  return desired as Record<string, unknown>
}

describe('a reboot', () => {
  it('SOFT is done by the agents, and answers an empty body at once', async () => {
    await using place = await ready()
    const { api, ids, bootOf } = place
    await configure(place)
    const before = ids.map(bootOf)
    const answer = await send(api, 'BatchRebootServer', { items: ids, type: 'SOFT' })
    assert.deepEqual([answer.status, answer.text], [200, ''])
    for (const [index, id] of ids.entries()) {
      const during = await showServer(api, id)
      assert.ok(during.status === 'UNREGISTER' || bootOf(id) !== before[index], JSON.stringify(during))
      assert.deepEqual(standing(await untilSettled(api, id)), READY)
      assert.notEqual(bootOf(id), before[index])
    }
  })

  it('SOFT of a server whose agent was never told anything pulls the plug', async () => {
    await using place = await ready()
    const before = place.bootOf(place.id)
    await send(place.api, 'BatchRebootServer', { items: [place.id], type: 'SOFT' })
    assert.deepEqual(standing(await untilSettled(place.api, place.id)), READY)
    assert.notEqual(place.bootOf(place.id), before)
  })

  it('SOFT pulls the plug when the agent does not come back', async () => {
    const deaf = { ...TASK_TIMING, booting: 1 }
    await using place = await ready({ taskTiming: deaf })
    const { api, id } = place
    await configure(place)
    // the agent is away: the machine is off, and nobody has noticed
    await api.provider?.stopMachine(id, { type: 'HARD' })
    await send(api, 'BatchRebootServer', { items: [id], type: 'SOFT' })
    assert.deepEqual(standing(await untilSettled(api, id)), READY)
    assert.equal(machineOf(api, id)?.running, true)
  })

  it('HARD pulls the plug', async () => {
    await using place = await ready()
    const [before, other] = place.ids.map(place.bootOf)
    const answer = await send(place.api, 'BatchRebootServer', { items: [place.id], type: 'HARD' })
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.deepEqual(standing(await untilSettled(place.api, place.id)), READY)
    assert.notEqual(place.bootOf(place.id), before)
    assert.equal(place.bootOf(place.ids[1] ?? ''), other, 'nobody else is disturbed')
  })

  it('that the provider refuses again and again leaves the server shown as broken', async () => {
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      resetMachine: () => Promise.reject(new Error('no power here')),
    })
    await using place = await ready({ hosts, taskTiming: { ...TASK_TIMING, pause: 0 } })
    await send(place.api, 'BatchRebootServer', { items: [place.id], type: 'HARD' })
    assert.deepEqual(standing(await untilSettled(place.api, place.id)), BROKEN)
    const failed = place.api.log.lines.find((line) => JSON.stringify(line).includes('no power here'))
    assert.ok(failed, 'the log says why')
  })

  it('SOFT that was given up does not come later, when the agent is back', async () => {
    const hosts: TestApiOptions['hosts'] = (plain) => ({
      ...plain,
      resetMachine: () => Promise.reject(new Error('no power here')),
    })
    await using place = await ready({ hosts, taskTiming: { ...TASK_TIMING, pause: 0, booting: 1 } })
    const { api, id } = place
    await configure(place)
    await api.provider?.stopMachine(id, { type: 'HARD' })
    const before = await desiredOf(api, id)
    await send(api, 'BatchRebootServer', { items: [id], type: 'SOFT' })
    assert.deepEqual(standing(await untilSettled(api, id)), BROKEN)
    const generation = Number(before.generation) + 2
    assert.deepEqual(await desiredOf(api, id), { ...before, reboot: null, probe: null, generation })
  })

  it('of a stopped server is refused, and nothing is started', async () => {
    await using place = await ready()
    const { api, ids, id, bootOf } = place
    await send(api, 'BatchStopServer', { items: [id], type: 'HARD' })
    await untilSettled(api, id)
    const other = ids[1] ?? ''
    const before = bootOf(other)
    const answer = await send(api, 'BatchRebootServer', { items: [other, id], type: 'HARD' })
    assert.equal(answer.status, 409)
    assert.match(answer.text, new RegExp(`server ${id} is stopped`))
    assert.deepEqual([standing(await showServer(api, other)), bootOf(other)], [READY, before])
  })
})

describe('stop and start', () => {
  for (const type of ['SOFT', 'HARD'] as const) {
    it(`${type} switches the host off and on again, with its disk, in another boot`, async () => {
      await using place = await ready()
      const { api, id } = place
      const before = place.bootOf(id)
      const stopped = await send(api, 'BatchStopServer', { items: [id], type })
      assert.deepEqual([stopped.status, stopped.text], [200, ''])
      assert.deepEqual(standing(await untilSettled(api, id)), OFF)
      assert.equal(machineOf(api, id)?.running, false)
      const started = await send(api, 'BatchStartServer', { items: [id] })
      assert.deepEqual([started.status, started.text], [200, ''])
      assert.deepEqual(standing(await untilSettled(api, id)), READY)
      assert.notEqual(place.bootOf(id), before)
    })
  }

  it('stop ends the sessions of the host with their addresses and orders, and what it still says is late', async () => {
    await using place = await ready()
    const { api, id } = place
    await configure(place)
    for (const n of [1, 2])
      await api.provider?.openSession(id, { session_id: `s${n}`, user_name: `user-${n}`, uid: 20_000 + n })
    const sessions = () => api.db.selectFrom('sessions.session').selectAll().where('server_id', '=', id).execute()
    const [first] = await until('both to be recorded', async () => {
      const rows = await sessions()
      return rows.length === 2 ? rows : undefined
    })
    const session = `/v1/${api.world.project.id}/session`
    const notice = { delay_time: 3600, message_type: 1, title: 'Maintenance', message: 'Save your work.' }
    const ordered = await api.call('POST', `${session}/logoff`, { body: { session_ids: [first?.id], ...notice } })
    assert.equal(ordered.status, 200, ordered.text)

    await send(api, 'BatchStopServer', { items: [id], type: 'HARD' })
    assert.equal((await untilSettled(api, id)).session_count, 0)
    assert.deepEqual(
      (await sessions()).map(({ state, end_reason }) => [state, end_reason]),
      [
        ['SignedOut', 'reboot'],
        ['SignedOut', 'reboot'],
      ],
    )
    const held = await api.db.selectFrom('sessions.assignment').select('held_until').execute()
    assert.deepEqual([held.length, held.filter(({ held_until }) => held_until === null)], [2, []])
    const orders = await api.db.selectFrom('sessions.logoff').select('done_at').execute()
    assert.deepEqual([orders.length, orders[0]?.done_at === null], [1, false])
    const { boot_id } = await api.db
      .selectFrom('agents.agent')
      .select('boot_id')
      .where('server_id', '=', id)
      .executeTakeFirstOrThrow()
    assert.equal(boot_id, null)
  })

  it('of what is so already succeed and change nothing', async () => {
    await using place = await ready()
    const { api, id } = place
    const boot = place.bootOf(id)
    assert.equal((await send(api, 'BatchStartServer', { items: [id] })).status, 200)
    assert.deepEqual([standing(await showServer(api, id)), place.bootOf(id)], [READY, boot])
    await send(api, 'BatchStopServer', { items: [id], type: 'SOFT' })
    await untilSettled(api, id)
    assert.equal((await send(api, 'BatchStopServer', { items: [id], type: 'SOFT' })).status, 200)
    assert.deepEqual(standing(await showServer(api, id)), OFF)
  })

  it('stop counts a machine that is not there as off', async () => {
    await using place = await ready()
    await place.api.provider?.deleteMachine(place.id)
    await send(place.api, 'BatchStopServer', { items: [place.id], type: 'HARD' })
    assert.deepEqual(standing(await untilSettled(place.api, place.id)), OFF)
  })

  it('go on where they were when another process takes over', async () => {
    await using place = await ready({ workers: false })
    const { api, id } = place
    await send(api, 'BatchStopServer', { items: [id], type: 'SOFT' })
    assert.deepEqual(standing(await showServer(api, id)), ['UNREGISTER', 'ACTIVE', 'powering-off'])
    await using _ = await api.startReplica({ workers: true })
    assert.deepEqual(standing(await untilSettled(api, id)), OFF)
  })
})

describe('a server whose creation failed', () => {
  it('is not made to look whole by calls about power or disks; deleting and updating it stay', async () => {
    await using place = await ready()
    const { api, ids, id, bootOf } = place
    const unmade = { status: 'NONE', vm_status: 'BUILD_FAIL', task_status: 'null' }
    await api.db.updateTable('fleet.server').set(unmade).where('id', '=', id).execute()
    const [other = ''] = ids.slice(1)
    const before = ids.map(bootOf)
    for (const [operation, body] of [
      ['BatchRebootServer', { items: [other, id], type: 'SOFT' }],
      ['BatchRebootServer', { items: [id], type: 'HARD' }],
      ['BatchStartServer', { items: [id] }],
      ['BatchStopServer', { items: [other, id], type: 'HARD' }],
    ] as const) {
      const answer = await send(api, operation, body)
      assert.equal(answer.status, 409, `${operation} ${answer.text}`)
      assert.match(answer.text, new RegExp(`the creation of server ${id} failed`))
    }
    const rebuilt = await api.call('POST', `/v1/${api.world.project.id}/app-servers/${id}/actions/reinstall`, {
      body: {},
    })
    assert.equal(rebuilt.status, 409, rebuilt.text)
    assertDeclared('ReinstallServer', rebuilt)
    assert.deepEqual([standing(await showServer(api, id)), ids.map(bootOf)], [['NONE', 'BUILD_FAIL', 'null'], before])
    assert.deepEqual(standing(await showServer(api, other)), READY)
    const { body } = await send(api, 'BatchUpdateTsvi', { items: [{ id, enable: true }] })
    assert.equal((await untilJobEnds(api, (body as { job_id: string }).job_id)).status, 'SUCCESS')
    assert.deepEqual(standing(await showServer(api, id)), READY)
  })
})

describe('a busy server', () => {
  it('refuses a second task, naming what is under way, and an update of its addresses', async () => {
    await using place = await ready({ workers: false })
    const { api, ids, id } = place
    await send(api, 'BatchRebootServer', { items: [id], type: 'HARD' })
    const other = ids[1] ?? ''
    for (const [operation, body] of [
      ['BatchStopServer', { items: [other, id], type: 'HARD' }],
      ['BatchStartServer', { items: [id] }],
      ['BatchUpdateTsvi', { items: [{ id, enable: true }] }],
    ] as const) {
      const answer = await send(api, operation, body)
      assert.equal(answer.status, 409, answer.text)
      assert.match(answer.text, new RegExp(`server ${id} is being changed by .*reboot_pending_hard`))
    }
    assert.deepEqual(standing(await showServer(api, other)), READY)
  })

  it('with an update of its addresses refuses tasks, naming the job', async () => {
    await using place = await ready({ workers: false })
    const { api, id } = place
    const { body } = await send(api, 'BatchUpdateTsvi', { items: [{ id, enable: true }] })
    const { job_id } = body as { job_id: string }
    const answer = await send(api, 'BatchRebootServer', { items: [id], type: 'SOFT' })
    assert.equal(answer.status, 409)
    assert.match(answer.text, new RegExp(`by job ${job_id} \\(UPDATE_SERVER_TSVI\\)`))
  })

  it('of two requests at the same moment lets one through', async () => {
    await using place = await ready({ workers: false })
    const { api, ids } = place
    const body = { items: ids, type: 'HARD' }
    const answers = await Promise.all([
      send(api, 'BatchRebootServer', body),
      send(api, 'BatchStopServer', { ...body, items: [...ids].reverse() }),
    ])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
    const tasks = await api.db.selectFrom('lifecycle.task').select('kind').execute()
    assert.equal(tasks.length, 2)
    assert.equal(new Set(tasks.map(({ kind }) => kind)).size, 1)
  })
})

describe('a request about power', () => {
  it('with an unknown or foreign server is refused whole', async () => {
    await using place = await ready({ workers: false })
    const { api, id } = place
    const foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
    for (const missing of ['nowhere', String(foreign.serverIds[0])]) {
      for (const operation of ['BatchRebootServer', 'BatchStartServer', 'BatchStopServer']) {
        const type = operation === 'BatchStartServer' ? {} : { type: 'HARD' }
        const answer = await send(api, operation, { items: [id, missing], ...type })
        assert.equal(answer.status, 404, answer.text)
        assert.match(answer.text, new RegExp(missing))
      }
    }
    assert.deepEqual(await api.db.selectFrom('lifecycle.task').selectAll().execute(), [])
    assert.deepEqual(standing(await showServer(api, id)), READY)
  })

  const BAD: readonly (readonly [name: string, body: object])[] = [
    ['no servers', { items: [], type: 'SOFT' }],
    ['a server twice', { items: ['a', 'a'], type: 'SOFT' }],
    ['too many servers', { items: Array.from({ length: 21 }, (_, index) => `s${index}`), type: 'SOFT' }],
    ['an id that is too long', { items: ['n'.repeat(129)], type: 'SOFT' }],
    ['an empty id', { items: [''], type: 'SOFT' }],
    ['no type', { items: ['a'] }],
    ['an unknown type', { items: ['a'], type: 'soft' }],
    ['a field too many', { items: ['a'], type: 'SOFT', force: true }],
  ]
  it('that does not fit the contract is refused', async () => {
    await using api = await testApi({ servers: 1 })
    for (const [name, body] of BAD) {
      for (const operation of ['BatchRebootServer', 'BatchStopServer']) {
        assert.equal((await send(api, operation, body)).status, 400, `${operation} with ${name}`)
      }
    }
  })

  it('is refused where hosts are brought by hand, except for a SOFT reboot', async () => {
    await using api = await testApi({ servers: 1 })
    const items = [api.world.servers[0]?.id]
    for (const [operation, body] of [
      ['BatchRebootServer', { items, type: 'HARD' }],
      ['BatchStartServer', { items }],
      ['BatchStopServer', { items, type: 'SOFT' }],
    ] as const) {
      const answer = await send(api, operation, body)
      assert.equal(answer.status, 400, answer.text)
      assert.match(answer.text, /brought by hand/)
      assertDeclared(operation, answer)
    }
    assert.equal((await send(api, 'BatchRebootServer', { items, type: 'SOFT' })).status, 200)
  })
})
