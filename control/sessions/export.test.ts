import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { until } from '../../e2e/support/wait.ts'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { insertTestAccount } from '../testing/identity.ts'
import { writeExport } from './export.service.ts'
import { type TestHost, testHost } from './test-host.ts'

const TIMEOUT = { timeout: 60_000 }

let api: TestApi
let host: TestHost
before(async () => {
  api = await testApi({ servers: 1, workers: true })
  const clock = { now: () => new Date() }
  const place = { db: api.db, clock, subnetId: api.world.subnet.id, serverId: api.world.servers[0]?.id ?? '' }
  host = await testHost(place)
  await host.report([host.session(0, { user_name: '=cmd|calc' }), host.session(1, { user_name: 'a "b", c' })])
})
after(() => api[Symbol.asyncDispose]())

const KINDS = [
  { start: 'ExportSessions', fetch: 'DownloadSessions', path: 'list-sessions/export', user: 'login_user' },
  {
    start: 'ExportUserConnection',
    fetch: 'DownloadUserConnections',
    path: 'user-connection/export',
    user: 'user_name',
  },
  { start: 'ExportAppConnection', fetch: 'DownloadAppConnections', path: 'app-connection/export', user: 'user_name' },
]

const pathOf = (rest: string) => `/v1/${api.world.project.id}/session/${rest}`

async function started(kind: (typeof KINDS)[number], body: object): Promise<string> {
  const answer = await api.call('POST', pathOf(kind.path), { body })
  assert.equal(answer.status, 200, answer.text)
  assertDeclared(kind.start, answer)
  return (answer.body as { task_id: string }).task_id
}

async function fetched(kind: (typeof KINDS)[number], taskId: string): Promise<Answer> {
  const answer = await api.call('GET', pathOf(`${kind.path}/${taskId}`))
  assertDeclared(kind.fetch, answer)
  return answer
}

const written = (kind: (typeof KINDS)[number], taskId: string) =>
  until('the file to be written', async () => {
    const answer = await fetched(kind, taskId)
    return answer.status === 409 ? undefined : answer
  })

describe('an export', () => {
  for (const kind of KINDS) {
    it(`${kind.start} writes what its list shows to a file, and no formula`, TIMEOUT, async () => {
      const { status, headers, text } = await written(kind, await started(kind, {}))
      assert.deepEqual([status, headers['content-type']], [200, 'text/csv; charset=utf-8'])
      assert.match(String(headers['content-disposition']), /^attachment; filename="[a-z-]+\.csv"$/)
      const [names = '', ...lines] = text
        .replace(/^\uFEFF/, '')
        .trimEnd()
        .split('\r\n')
      const columns = names.split(',')
      assert.equal(columns[1], kind.user)
      assert.ok(columns.includes('virtual_ip'))
      assert.equal(lines.length, 2)
      const all = lines.join('\n')
      assert.ok(all.includes(`,'=cmd|calc,`) && all.includes('"a ""b"", c"'), all)
      for (const address of host.addresses.slice(0, 2)) assert.ok(all.includes(`,${address},`), all)
    })

    it(`${kind.start} takes the filters of its list`, TIMEOUT, async () => {
      const { text } = await written(kind, await started(kind, { user_name: 'a "b", c' }))
      assert.equal(text.trimEnd().split('\r\n').length, 2)
      const refused = await api.call('POST', pathOf(kind.path), { body: { more: 1 } })
      assert.equal(refused.status, 400)
    })
  }

  it('takes times as lists do: both or neither, 30 days at most', async () => {
    const bodies = [
      { query_begin_time: '2026-03-02T08:00:00Z' },
      { query_begin_time: '2026-01-01T00:00:00Z', query_end_time: '2026-03-01T00:00:00Z' },
      { query_begin_time: 'x', query_end_time: 'y' },
      { session_state: 'Gone' },
    ]
    for (const body of bodies) {
      const answer = await api.call('POST', pathOf('list-sessions/export'), { body })
      assert.equal(answer.status, 400, JSON.stringify(body))
      assertDeclared('ExportSessions', answer)
    }
  })

  it('of more records than a file takes fails and says what to do', async () => {
    const [kind] = KINDS
    assert.ok(kind)
    const taskId = '0123456789abcdef0123456789abcdef'
    const now = new Date()
    const period = { from: new Date(0), to: new Date(now.getTime() + 1000) }
    const row = { id: taskId, project_id: api.world.project.id, kind: 'sessions', status: 'RUNNING', created_at: now }
    const filter = JSON.stringify({ period, isImpossible: false })
    await api.db
      .insertInto('sessions.export')
      .values({ ...row, filter, content: null, failure: null, finished_at: null })
      .execute()
    const early = await fetched(kind, taskId)
    assert.deepEqual([early.status, /still being written/.test(early.text)], [409, true])
    await writeExport({ db: api.db, clock: { now: () => now } }, taskId, 1)
    const late = await fetched(kind, taskId)
    assert.deepEqual([late.status, /more than 1 records/.test(late.text)], [409, true], late.text)
    // a second worker finds nothing to do
    await writeExport({ db: api.db, clock: { now: () => now } }, taskId)
    assert.equal((await fetched(kind, taskId)).status, 409)
  })

  it('is not there for another kind, another account, or after a day', async () => {
    const [kind, other] = KINDS
    assert.ok(kind && other)
    const taskId = await started(kind, {})
    assert.equal((await written(kind, taskId)).status, 200)
    assert.equal((await fetched(other, taskId)).status, 404)
    const stranger = await insertTestAccount(api)
    const foreign = await api.call('GET', pathOf(`${kind.path}/${taskId}`), { sign: stranger.owner.access_key })
    assert.equal(foreign.status, 403)
    const old = new Date(Date.now() - 86_401_000)
    await api.db.updateTable('sessions.export').set({ created_at: old }).where('id', '=', taskId).execute()
    assert.equal((await fetched(kind, taskId)).status, 404)
    await written(kind, await started(kind, {}))
    const left = await api.db.selectFrom('sessions.export').select('id').where('id', '=', taskId).execute()
    assert.deepEqual(left, [])
  })
})
