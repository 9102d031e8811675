import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createJoinToken } from '#agents'
import { silentLog } from '../../agent/index.ts'
import { memoryProvider } from '../../compute/memory.ts'
import type { Provider } from '../../compute/provider.ts'
import { until } from '../../e2e/support/wait.ts'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'

const TIMEOUT = { timeout: 60_000 }
const CIDR = '10.9.0.0/24'
/** Nobody listens there: hosts in memory send nothing. */
const FAR_END = { host: '10.9.0.250', port: 7000 }

let api: TestApi
let provider: Provider
/** Its agent is a real one over the link, on a host in memory. */
let serverId: string

before(async () => {
  api = await testApi({ servers: 1, maxSession: 4, workers: true })
  provider = memoryProvider({ reason: null, cidr: CIDR, gatewayIp: '10.9.0.1', bootMs: 0, log: silentLog })
  serverId = api.world.servers[0]?.id ?? ''
  const join_token = await createJoinToken(api.db, { now: () => new Date() }, serverId, api.joinAddress)
  await provider.putMachine(serverId, {
    name: 'APS-1',
    address: '10.9.0.2',
    cidr: CIDR,
    gateway_ip: '10.9.0.1',
    join_token,
  })
  const path = `/v1/${api.world.project.id}/app-servers/actions/batch-update-tsvi`
  const { body } = await api.call('PATCH', path, { body: { items: [{ id: serverId, enable: true }] } })
  const jobPath = `/v2/${api.world.project.id}/job/${(body as { job_id: string }).job_id}`
  const job = await until('the job to end', async () => {
    const { status } = (await api.call('GET', jobPath)).body as { status: string }
    return status === 'RUNNING' ? undefined : status
  })
  assert.equal(job, 'SUCCESS')
})
after(async () => {
  await provider.close()
  await api[Symbol.asyncDispose]()
})

interface Session {
  readonly id: string
  readonly session_state: string
  readonly virtual_ip: string
}

async function listed(userName: string): Promise<readonly Session[]> {
  const path = `/v1/${api.world.project.id}/session/list-sessions`
  const { body } = await api.call('GET', `${path}?query_begin_time=&query_end_time=&user_name=${userName}`)
  return (body as { items: readonly Session[] }).items
}

/** Opens a session on the host and waits until the control plane shows it. */
async function opened(name: string, uid: number): Promise<Session> {
  await provider.openSession(serverId, { session_id: `session-of-${name}`, user_name: name, uid })
  return until(`${name} to be listed`, async () =>
    (await listed(name)).find(({ session_state }) => session_state === 'Active'),
  )
}

const untilEnded = (name: string, id: string) =>
  until(`${name} to be signed out`, async () =>
    (await listed(name)).find((one) => one.id === id && one.session_state === 'SignedOut'),
  )

async function sessionCount(): Promise<number> {
  const { body } = await api.call('GET', `/v1/${api.world.project.id}/app-servers/${serverId}`)
  return (body as { session_count: number }).session_count
}

async function logoff(body: object): Promise<Answer> {
  const answer = await api.call('POST', `/v1/${api.world.project.id}/session/logoff`, { body })
  assertDeclared('LogoffUserSession', answer)
  return answer
}

const AT_ONCE = { delay_time: 0, message_type: 1, title: 'Maintenance', message: 'Save your work.' }

async function reasonOf(id: string) {
  const columns = ['end_reason', 'end_time'] as const
  return api.db.selectFrom('sessions.session').select(columns).where('id', '=', id).executeTakeFirstOrThrow()
}

describe('logging off over a real agent', () => {
  it('ends the session on its host, frees the address, and says so in every list', TIMEOUT, async () => {
    const { id, virtual_ip } = await opened('anna', 20_001)
    assert.match(id, /^[0-9a-f]{32}$/)
    assert.equal((await provider.connect(serverId, 'session-of-anna', FAR_END)).tcp, virtual_ip)
    await until('the count to be 1', async () => (await sessionCount()) === 1)
    const answer = await logoff({ session_ids: [id], ...AT_ONCE })
    assert.deepEqual([answer.status, answer.text], [200, ''])
    await untilEnded('anna', id)
    assert.equal((await reasonOf(id)).end_reason, 'logoff')
    await assert.rejects(provider.connect(serverId, 'session-of-anna', FAR_END), /session/)
    await until('the count to be 0', async () => (await sessionCount()) === 0)
    const row = await api.db
      .selectFrom('sessions.assignment')
      .selectAll()
      .where('session_id', '=', id)
      .executeTakeFirst()
    assert.notEqual(row?.held_until, null)
    const next = await opened('anna', 20_001)
    assert.notEqual(next.id, id)
    await provider.closeSession(serverId, 'session-of-anna')
    await untilEnded('anna', next.id)
    assert.equal((await reasonOf(next.id)).end_reason, 'ended')
  })

  it('of a session that has ended, or of one twice, is well and changes nothing', TIMEOUT, async () => {
    const { id } = await opened('bert', 20_002)
    const both = await Promise.all([
      logoff({ session_ids: [id, id], ...AT_ONCE }),
      logoff({ session_ids: [id], ...AT_ONCE }),
    ])
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    )
    await untilEnded('bert', id)
    const before = await reasonOf(id)
    assert.equal((await logoff({ session_ids: [id], ...AT_ONCE })).status, 200)
    assert.deepEqual(await reasonOf(id), before)
  })

  it('waits for the delay, which a later order shortens and never prolongs', TIMEOUT, async () => {
    const { id } = await opened('carl', 20_003)
    const due = async () => {
      const row = await api.db.selectFrom('sessions.logoff').selectAll().where('session_id', '=', id).executeTakeFirst()
      return row?.due_at.getTime() ?? 0
    }
    await logoff({ session_ids: [id], ...AT_ONCE, delay_time: 3600 })
    const first = await due()
    await logoff({ session_ids: [id], ...AT_ONCE, delay_time: 7200 })
    assert.equal(await due(), first)
    assert.equal((await listed('carl'))[0]?.session_state, 'Active')
    await logoff({ session_ids: [id], ...AT_ONCE, delay_time: 0 })
    await untilEnded('carl', id)
  })

  it('is delivered when the host comes back, if it was away', TIMEOUT, async () => {
    const { id } = await opened('dora', 20_004)
    // the agent's connection is cut, and the order falls into the gap or after it: delivered in both cases
    await api.db.updateTable('agents.agent').set({ link_number: 1_000_000 }).where('server_id', '=', serverId).execute()
    await provider.openSession(serverId, { session_id: 'session-of-emil', user_name: 'emil', uid: 20_005 })
    await logoff({ session_ids: [id], ...AT_ONCE })
    await untilEnded('dora', id)
    await provider.closeSession(serverId, 'session-of-emil')
  })
})

describe('a reboot', () => {
  it('ends the sessions of the former boot, and the server counts none', TIMEOUT, async () => {
    const { id } = await opened('gerd', 20_007)
    await until('the count to be more than 0', async () => (await sessionCount()) > 0)
    await provider.resetMachine(serverId)
    await untilEnded('gerd', id)
    assert.equal((await reasonOf(id)).end_reason, 'reboot')
    await until('the count to be 0', async () => (await sessionCount()) === 0)
  })
})

describe('logging off is refused', () => {
  it('for all, when the agent of one does not know how, with the name of its server', TIMEOUT, async () => {
    const { id } = await opened('hans', 20_008)
    const setFeatures = (features: string[]) =>
      api.db.updateTable('agents.agent').set({ features }).where('server_id', '=', serverId).returning('features')
    const before = await api.db
      .selectFrom('agents.agent')
      .select('features')
      .where('server_id', '=', serverId)
      .executeTakeFirstOrThrow()
    await setFeatures(['maintenance']).execute()
    const answer = await logoff({ session_ids: [id], ...AT_ONCE })
    assert.deepEqual([answer.status, (answer.body as { error_code: string }).error_code], [409, 'WKS.00211103'])
    assert.match(answer.text, new RegExp(`${serverId}.*BatchUpgradeHdaVersion`))
    await setFeatures(before.features).execute()
    assert.equal((await logoff({ session_ids: [id], ...AT_ONCE })).status, 200)
    await untilEnded('hans', id)
  })

  it('for all, when one of the sessions is not of the project', TIMEOUT, async () => {
    const { id } = await opened('fritz', 20_006)
    const unknown = '0'.repeat(32)
    const answer = await logoff({ session_ids: [id, unknown], ...AT_ONCE })
    assert.deepEqual([answer.status, (answer.body as { error_code: string }).error_code], [404, 'WKS.00211902'])
    assert.match(answer.text, new RegExp(unknown))
    const orders = await api.db
      .selectFrom('sessions.logoff')
      .select('session_id')
      .where('session_id', '=', id)
      .execute()
    assert.deepEqual(orders, [])
  })

  it('with what does not fit the contract', async () => {
    const session_ids = ['0'.repeat(32)]
    const cases: readonly object[] = [
      { ...AT_ONCE },
      { session_ids: [], ...AT_ONCE },
      { session_ids: Array.from({ length: 1000 }, (_, index) => `s${index}`), ...AT_ONCE },
      { session_ids: ['x'.repeat(65)], ...AT_ONCE },
      { session_ids, ...AT_ONCE, delay_time: -1 },
      { session_ids, ...AT_ONCE, delay_time: 1_000_000 },
      { session_ids, ...AT_ONCE, delay_time: 1.5 },
      { session_ids, ...AT_ONCE, message_type: 5 },
      { session_ids, ...AT_ONCE, title: '' },
      { session_ids, ...AT_ONCE, message: 'x'.repeat(256) },
      { session_ids, ...AT_ONCE, transaction_id: 'x'.repeat(32) },
      { session_ids, delay_time: 0 },
      { session_ids, message_type: 0 },
      { session_ids, ...AT_ONCE, more: 1 },
    ]
    for (const body of cases) assert.equal((await logoff(body)).status, 400, JSON.stringify(body).slice(0, 120))
  })
})
