import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { type TestClock, testClock } from '../testing/clock.ts'
import { type TestHost, testHost } from './test-host.ts'

const T0 = new Date('2026-03-02T08:15:30.120Z')

let clock: TestClock
let api: TestApi
let host: TestHost
let other: TestHost
/** By the order in which they began: of user-0 and user-1 on the one host, of bert on the other. */
let ids: readonly string[]

before(async () => {
  clock = testClock(T0)
  api = await testApi({ servers: 2, clock })
  const [first = '', second = ''] = api.world.servers.map(({ id }) => id)
  const place = { db: api.db, clock, subnetId: api.world.subnet.id }
  host = await testHost({ ...place, serverId: first })
  other = await testHost({ ...place, serverId: second })
  const zero = host.session(0, { client_ip: '192.0.2.7' })
  await host.report([zero])
  clock.advance(60)
  const one = host.session(1)
  await host.report([zero, one])
  clock.advance(60)
  const bert = other.session(0, { user_name: 'bert' })
  await other.report([bert])
  clock.advance(60)
  await host.report([one])
  ids = [host.idOf(zero), host.idOf(one), other.idOf(bert)]
  const foreign = await insertFleet(api.db, { servers: 1 })
  const stranger = await testHost({ ...place, subnetId: foreign.subnetId, serverId: foreign.serverIds[0] ?? '' })
  await stranger.report([stranger.session(0), stranger.session(1)])
})
after(() => api[Symbol.asyncDispose]())

type Item = Readonly<Record<string, unknown>>
interface Page {
  readonly count: number
  readonly items: readonly Item[]
}

const path = (rest: string) => `/v1/${api.world.project.id}/session/${rest}`
const EVER = 'query_begin_time=2026-03-01T00:00:00.000Z&query_end_time=2026-04-01T00:00:00.000Z'

async function ask(operationId: string, method: string, rest: string, body?: unknown): Promise<Answer> {
  const answer = await api.call(method, path(rest), body === undefined ? {} : { body })
  assertDeclared(operationId, answer)
  return answer
}

async function page(answer: Promise<Answer>): Promise<Page> {
  const { status, text, body } = await answer
  assert.equal(status, 200, text)
  return body as Page
}

const sessions = (query: string) => ask('ListSessions', 'GET', `list-sessions?${query}`)
const logins = (body: object, query = '') => ask('ListUserConnection', 'POST', `user-connection${query}`, body)
const uses = (body: object, query = '') => ask('ListAppConnection', 'POST', `app-connection${query}`, body)
const idsOf = ({ items }: Page) => items.map(({ id }) => id)

function assertInvalid({ status, text }: Answer, reason: RegExp): void {
  assert.equal(status, 400, text)
  assert.match(text, reason)
}

describe('ListSessions', () => {
  it('shows what is known, newest first, and the address of the session', async () => {
    const { count, items } = await page(sessions(EVER))
    assert.deepEqual([count, items.map(({ id }) => id)], [3, ids.toReversed()])
    const group = api.world.server_group
    assert.deepEqual(items[2], {
      id: ids[0],
      machine_name: items[1]?.machine_name,
      client_ip: '192.0.2.7',
      vm_ip: items[1]?.vm_ip,
      agent_version: '1.2.3',
      failed_code: '',
      tenant_id: api.world.project.id,
      virtual_ip: host.addresses[0],
      os_session_id: 's0',
      machine_sid: host.serverId,
      login_user: 'user-0',
      session_type: '2',
      app_server_group_id: group.id,
      app_server_group_name: group.name,
      session_state: 'SignedOut',
      failed_reason: '',
      start_time: '2026-03-02T08:15:30Z',
      end_time: '2026-03-02T08:18:30Z',
      last_update_status_time: '2026-03-02T08:18:30Z',
      primary_server_group_id: group.id,
    })
    assert.deepEqual(
      [items[1]?.session_state, items[1]?.end_time, items[1]?.client_ip],
      ['Active', undefined, undefined],
    )
  })

  it('filters by every parameter', async () => {
    const server = await api.call('GET', `/v1/${api.world.project.id}/app-servers?server_id=${other.serverId}`)
    const [{ machine_name, host_address }] = (
      server.body as { items: [{ machine_name: string; host_address: [{ addr: string }] }] }
    ).items
    const [zero, one, bert] = ids
    const rows: readonly (readonly [query: string, expected: readonly unknown[]])[] = [
      ['user_name=user-1', [one]],
      ['user_name=user', []],
      [`app_server_group_id=${api.world.server_group.id}`, [bert, one, zero]],
      ['app_server_group_id=other', []],
      [`vm_ip=${host_address[0].addr}`, [bert]],
      ['public_ip=192.0.2.7', []],
      [`machine_name=${machine_name}`, [bert]],
      ['session_state=Active', [bert, one]],
      ['session_state=SignedOut,InitFail', [zero]],
      ['session_state=', [bert, one, zero]],
      ['is_success=true', [bert, one, zero]],
      ['is_success=false', []],
      ['vm_ip=&public_ip=&machine_name=&app_server_group_id=', [bert, one, zero]],
    ]
    for (const [query, expected] of rows) {
      const found = await page(sessions(`${EVER}&${query}`))
      assert.deepEqual([idsOf(found), found.count], [expected, expected.length], query)
    }
  })

  it('takes the times as the bounds of the start, both included, and an empty one as none', async () => {
    const between = (from: string, to: string) => page(sessions(`query_begin_time=${from}&query_end_time=${to}`))
    const [, one] = ids
    assert.deepEqual(idsOf(await between('2026-03-02T08:16:30.120Z', '2026-03-02T08:16:30.120Z')), [one])
    assert.deepEqual(idsOf(await between('2026-03-02T08:16:30.121Z', '2026-03-02T08:17:00.000Z')), [])
    assert.deepEqual((await between('', '')).count, 3)
    assert.deepEqual((await between('2026-03-02%2008:17:00', '')).count, 1)
    assert.deepEqual((await between('2026-03-02T09:16:30.120%2B01:00', '2026-03-02T08:16:31Z')).count, 1)
  })

  it('pages without overlap and counts what the filter finds', async () => {
    const first = await page(sessions(`${EVER}&limit=2`))
    const second = await page(sessions(`${EVER}&limit=2&offset=2`))
    assert.deepEqual([first.count, second.count], [3, 3])
    assert.deepEqual([...idsOf(first), ...idsOf(second)], ids.toReversed())
  })

  it('refuses what is no instant, no state and no order of times', async () => {
    assertInvalid(await sessions('query_begin_time=2026-03-01T00:00:00Z'), /query_end_time/)
    assertInvalid(await sessions('query_begin_time=yesterday&query_end_time='), /query_begin_time must be an instant/)
    for (const instant of ['2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-14:00', '2026-03-02']) {
      assertInvalid(await sessions(`query_begin_time=${instant}&query_end_time=`), /must be an instant/)
    }
    const backwards = 'query_begin_time=2026-03-02T00:00:00Z&query_end_time=2026-03-01T00:00:00Z'
    assertInvalid(await sessions(backwards), /query_end_time is before/)
    assertInvalid(await sessions(`${EVER}&session_state=Activ`), /session_state/)
    assertInvalid(await sessions(`${EVER}&is_success=yes`), /is_success/)
    assertInvalid(await sessions(`${EVER}&user_name=`), /user_name/)
    assertInvalid(await sessions(`${EVER}&limit=101`), /limit/)
  })
})

describe('ListSessionByUserName', () => {
  const of = (name: string) => ask('ListSessionByUserName', 'GET', `user-session-info?user_name=${name}`)

  it('shows the sessions of the moment, in its own words for times', async () => {
    const { session_info_list: list } = (await of('user-1')).body as { session_info_list: readonly Item[] }
    assert.deepEqual(
      list.map(({ id }) => id),
      [ids[1]],
    )
    const { start_time, end_time, virtual_ip, session_state } = list[0] ?? {}
    assert.deepEqual(
      [start_time, end_time, virtual_ip, session_state],
      ['2026-03-02 08:16:30', '0001-01-01 00:00:00', host.addresses[1], 'Active'],
    )
  })

  it('has nothing to show of a user who left or never came', async () => {
    for (const name of ['user-0', 'nobody', "o'neill"]) {
      assert.deepEqual((await of(name)).body, { session_info_list: [] })
    }
    assert.equal((await of('')).status, 400)
    assert.equal((await of('x'.repeat(65))).status, 400)
  })
})

describe('ListUserConnection', () => {
  it('is a record for each session, with its address', async () => {
    const { count, items } = await page(logins({}))
    assert.deepEqual([count, items.map(({ id }) => id)], [3, ids.toReversed()])
    assert.deepEqual(items[2], {
      id: ids[0],
      machine_sid: host.serverId,
      desktop_group_name: api.world.server_group.name,
      user_name: 'user-0',
      machine_name: items[2]?.machine_name,
      client_ip: '192.0.2.7',
      vm_ip: items[2]?.vm_ip,
      agent_version: '1.2.3',
      failed_code: '',
      failed_reason: '',
      tenant_id: api.world.project.id,
      virtual_ip: host.addresses[0],
      connect_type: '2',
      connect_flag: '0',
      start_time: '2026-03-02T08:15:30Z',
      end_time: '2026-03-02T08:18:30Z',
      update_time: '2026-03-02T08:18:30Z',
    })
  })

  it('filters by every member that is known, and finds nothing by those that are not', async () => {
    const [zero, one, bert] = ids
    const rows: readonly (readonly [body: object, expected: readonly unknown[]])[] = [
      [{ virtual_ip: host.addresses[1] }, [one]],
      [{ virtual_ip: '10.99.99.99' }, []],
      [{ virtual_ip: 'no address' }, []],
      [{ virtual_ip: '' }, [bert, one, zero]],
      [{ id: bert }, [bert]],
      [{ user_name: 'bert' }, [bert]],
      [{ user_name: 'ber' }, []],
      [{ agent_version: '1.2.3', connect_type: '2', connect_flag: '0' }, [bert, one, zero]],
      [{ connect_type: '1' }, []],
      [{ connect_flag: '1' }, []],
      [{ tenant_id: api.world.project.id }, [bert, one, zero]],
      [{ tenant_id: 'another' }, []],
      [{ machine_sid: other.serverId }, [bert]],
      [{ machine_sid: 'S-1-5-21-1' }, []],
      [{ client_name: 'pc' }, []],
      [{ failed_code: '500' }, []],
      [{ public_ip: '192.0.2.7' }, []],
      [{ update_time: '2026-03-02T08:18:00Z' }, [zero]],
      [{ login_start_time: '2026-03-02 08:16:00', login_end_time: '2026-03-02T08:17:00Z' }, [one]],
    ]
    for (const [body, expected] of rows) {
      const found = await page(logins(body))
      assert.deepEqual([idsOf(found), found.count], [expected, expected.length], JSON.stringify(body))
    }
  })

  it('pages by the query', async () => {
    assert.deepEqual(idsOf(await page(logins({}, '?limit=1&offset=1'))), [ids[1]])
  })

  it('wants both times or neither, 30 days at most, and takes the last 30 days without', async () => {
    assertInvalid(await logins({ login_start_time: '2026-03-02T08:00:00Z' }), /login_end_time is missing beside/)
    assertInvalid(await logins({ login_end_time: '2026-03-02T08:00:00Z' }), /login_start_time is missing beside/)
    const long = { login_start_time: '2026-01-30T00:00:00Z', login_end_time: '2026-03-01T00:00:01Z' }
    assertInvalid(await logins(long), /more than 30 days/)
    assert.equal((await logins({ ...long, login_end_time: '2026-03-01T00:00:00Z' })).status, 200)
    assertInvalid(await logins({ login_start_time: 'x', login_end_time: 'y' }), /instant/)
    assertInvalid(await logins({ update_time: 'x' }), /update_time/)
    assertInvalid(await logins({ user: 'x' }), /unknown field user/)
    assertInvalid(await logins({ virtual_ip: 'x'.repeat(51) }), /virtual_ip/)
    const then = clock.now()
    clock.advance(30 * 86_400 - 150)
    assert.equal((await page(logins({}))).count, 2)
    clock.set(then)
  })
})

describe('ListAppConnection', () => {
  it('is a record for each session of an application group', async () => {
    const { count, items } = await page(uses({ user_name: 'er-0' }))
    assert.equal(count, 1)
    const [record] = items
    assert.equal(record?.sid, host.serverId)
    assert.deepEqual(
      [record?.id, record?.brokering_time, record?.end_time, record?.virtual_ip, record?.aps_instance_id],
      [ids[0], '2026-03-02T08:15:30Z', '2026-03-02T08:18:30Z', host.addresses[0], host.serverId],
    )
    await api.db
      .updateTable('sessions.session')
      .set({ session_type: '1' })
      .where('id', '=', ids[0] ?? '')
      .execute()
    assert.equal((await page(uses({ user_name: 'er-0' }))).count, 0)
    assert.deepEqual(idsOf(await page(logins({ connect_type: '1' }))), [ids[0]])
    await api.db
      .updateTable('sessions.session')
      .set({ session_type: '2' })
      .where('id', '=', ids[0] ?? '')
      .execute()
  })

  it('filters by address, name, server and time', async () => {
    const [zero, one, bert] = ids
    const rows: readonly (readonly [body: object, expected: readonly unknown[]])[] = [
      [{ virtual_ip: other.addresses[0] }, [bert]],
      [{ user_name: 'user-' }, [one, zero]],
      [{ user_name: '%' }, []],
      [{ app_name: 'notepad' }, []],
      [{ sid: host.serverId }, [one, zero]],
      [{ sid: 'S-1' }, []],
      [{ brokering_start_time: '2026-03-02T08:17:00Z', brokering_end_time: '2026-03-02T08:18:00Z' }, [bert]],
    ]
    for (const [body, expected] of rows) assert.deepEqual(idsOf(await page(uses(body))), expected, JSON.stringify(body))
    assertInvalid(await uses({ brokering_start_time: '2026-03-02T08:17:00Z' }), /brokering_end_time is missing/)
    assertInvalid(await uses({ login_start_time: '' }), /unknown field/)
  })
})

describe('a body that is not JSON', () => {
  const PATHS = {
    ListUserConnection: 'user-connection',
    ListAppConnection: 'app-connection',
    LogoffUserSession: 'logoff',
    ExportSessions: 'list-sessions/export',
    ExportUserConnection: 'user-connection/export',
    ExportAppConnection: 'app-connection/export',
  } as const
  for (const [operation, rest] of Object.entries(PATHS)) {
    it(`is a 415 of ${operation}`, async () => {
      const headers = { 'Content-Type': 'text/plain' }
      const answer = await api.call('POST', path(rest), { body: '{}', headers })
      assertDeclared(operation, answer)
      assert.equal(answer.status, 415, answer.text)
      assert.deepEqual(answer.body, {
        error_code: 'WKS.00000415',
        error_msg: "The request body has Content-Type 'text/plain'. Send application/json.",
      })
    })
  }
})
