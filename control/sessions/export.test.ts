import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { until } from '../../e2e/support/wait.ts'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { insertTestAccount } from '../testing/identity.ts'
import { type Most, pruneExports, writeExport, writeExportWork } from './export.service.ts'
import { appendPart, beginExport, finishExport } from './export.store.ts'
import { type TestHost, testHost } from './test-host.ts'

const TIMEOUT = { timeout: 60_000 }

let api: TestApi
let host: TestHost
before(async () => {
  api = await testApi({ servers: 1, workers: true })
  const place = { db: api.db, clock, subnetId: api.world.subnet.id, serverId: api.world.servers[0]?.id ?? '' }
  host = await testHost(place)
  await host.report([host.session(0, { user_name: '=cmd|calc' }), host.session(1, { user_name: 'a "b", c' })])
})
after(() => api[Symbol.asyncDispose]())

const SESSIONS = {
  start: 'ExportSessions',
  fetch: 'DownloadSessions',
  path: 'list-sessions/export',
  user: 'login_user',
}
const KINDS = [
  SESSIONS,
  {
    start: 'ExportUserConnection',
    fetch: 'DownloadUserConnections',
    path: 'user-connection/export',
    user: 'user_name',
  },
  { start: 'ExportAppConnection', fetch: 'DownloadAppConnections', path: 'app-connection/export', user: 'user_name' },
]

const clock = { now: () => new Date() }

/** One that no worker was told of. */
async function insertExport(): Promise<string> {
  const id = randomBytes(16).toString('hex')
  const now = clock.now()
  const filter = JSON.stringify({
    period: { from: new Date(0), to: new Date(now.getTime() + 1000) },
    isImpossible: false,
  })
  const row = { id, project_id: api.world.project.id, kind: 'sessions', status: 'RUNNING', created_at: now }
  await api.db
    .insertInto('sessions.export')
    .values({ ...row, filter, failure: null, finished_at: null })
    .execute()
  return id
}

async function exported(most: Most): Promise<string> {
  const id = await insertExport()
  await writeExport({ db: api.db, clock }, id, most)
  return id
}

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
      const columns = names.split(',').map((name) => name.replaceAll('"', ''))
      assert.equal(columns[1], kind.user)
      assert.ok(columns.includes('virtual_ip'))
      assert.equal(lines.length, 2)
      const all = lines.join('\n')
      assert.ok(all.includes(`,"'=cmd|calc",`) && all.includes('"a ""b"", c"'), all)
      for (const address of host.addresses.slice(0, 2)) assert.ok(all.includes(`,"${address}",`), all)
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

  it('is written by key in pages, each a piece, and reads as one', async () => {
    const whole = await fetched(SESSIONS, await exported({ records: 10, bytes: 10_000, page: 10 }))
    for (const page of [1, 2]) {
      const taskId = await exported({ records: 10, bytes: 10_000, page })
      const answer = await fetched(SESSIONS, taskId)
      assert.deepEqual([answer.status, answer.text], [200, whole.text])
      const parts = api.db.selectFrom('sessions.export_part').select('number').where('export_id', '=', taskId)
      assert.equal((await parts.execute()).length, page === 1 ? 3 : 2)
      // a second worker finds nothing to do
      await writeExport({ db: api.db, clock }, taskId)
      assert.equal((await fetched(SESSIONS, taskId)).text, whole.text)
    }
  })

  it('of more than a file takes fails and says what to do', async () => {
    const cases = [
      { most: { records: 1, bytes: 10_000, page: 1 }, says: /more than 1 records; ask for less/ },
      { most: { records: 10, bytes: 300, page: 1 }, says: /more than 300 bytes; ask for less/ },
    ]
    for (const { most, says } of cases) {
      const taskId = await insertExport()
      const early = await fetched(SESSIONS, taskId)
      assert.deepEqual([early.status, /still being written/.test(early.text)], [409, true])
      await writeExport({ db: api.db, clock }, taskId, most)
      const late = await fetched(SESSIONS, taskId)
      assert.deepEqual([late.status, says.test(late.text)], [409, true], late.text)
      const parts = api.db.selectFrom('sessions.export_part').select('number').where('export_id', '=', taskId)
      assert.deepEqual(await parts.execute(), [])
    }
  })

  it('whose every try fails is failed, and one that nobody finishes is so after an hour', async () => {
    const id = await insertExport()
    await sql`UPDATE sessions.export SET filter = '{}' WHERE id = ${id}`.execute(api.db)
    for (let attempt = 0; attempt <= writeExportWork.retryLimit; attempt += 1) {
      assert.match((await fetched(SESSIONS, id)).text, /still being written/)
      await assert.rejects(writeExport({ db: api.db, clock }, id))
    }
    const late = await fetched(SESSIONS, id)
    assert.deepEqual([late.status, /every try failed/.test(late.text)], [409, true], late.text)

    const lost = await insertExport()
    const old = new Date(Date.now() - 3_601_000)
    await api.db.updateTable('sessions.export').set({ created_at: old }).where('id', '=', lost).execute()
    assert.match((await fetched(SESSIONS, lost)).text, /not written within an hour/)
  })

  it('that is begun anew is written by the newest try alone', async () => {
    const id = await insertExport()
    const first = await beginExport(api.db, id)
    assert.ok(first)
    assert.equal(await appendPart(api.db, first, 0, 'early'), true)
    const second = await beginExport(api.db, id)
    assert.ok(second)
    assert.equal(await appendPart(api.db, first, 1, 'late'), false)
    await finishExport(api.db, first, null, clock.now())
    assert.equal(await appendPart(api.db, second, 0, 'anew'), true)
    await finishExport(api.db, second, null, clock.now())
    assert.equal((await fetched(SESSIONS, id)).text, 'anew')
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
    assert.equal(await pruneExports(api.db, new Date(), 1), 1)
    const left = await api.db.selectFrom('sessions.export').select('id').where('id', '=', taskId).execute()
    assert.deepEqual(left, [])
  })
})

describe('a project has no more exports', () => {
  const request = (api: TestApi) =>
    api.call('POST', `/v1/${api.world.project.id}/session/list-sessions/export`, { body: {} })

  it('than five that are to be written, of however many that are asked for at once', TIMEOUT, async () => {
    await using idle = await testApi({ servers: 1 })
    const answers = await Promise.all(Array.from({ length: 8 }, () => request(idle)))
    for (const answer of answers) assertDeclared('ExportSessions', answer)
    const refused = answers.filter(({ status }) => status === 409)
    assert.deepEqual([answers.filter(({ status }) => status === 200).length, refused.length], [5, 3])
    assert.match(String(refused[0]?.text), /5 exports that are still to be written/)
    const rows = () => idle.db.selectFrom('sessions.export').select('id').execute()
    assert.equal((await rows()).length, 5)
    // what nobody will finish any more counts no longer
    await sql`UPDATE sessions.export SET created_at = now() - interval '2 hours'`.execute(idle.db)
    assert.equal((await request(idle)).status, 200)
    const stranger = await insertTestAccount(idle)
    const path = `/v1/${stranger.project.id}/session/list-sessions/export`
    const other = await idle.call('POST', path, { body: {}, sign: stranger.owner.access_key })
    assert.equal(other.status, 200, other.text)
  })

  it('than a hundred of a day', TIMEOUT, async () => {
    await using idle = await testApi({ servers: 1 })
    await sql`
      INSERT INTO sessions.export (id, project_id, kind, filter, status, created_at, finished_at)
      SELECT lpad(n::text, 32, '0'), ${idle.world.project.id}, 'sessions', '{}', 'SUCCESS', now(), now()
      FROM generate_series(1, 100) AS n`.execute(idle.db)
    assert.equal((await request(idle)).status, 409)
    await sql`UPDATE sessions.export SET created_at = now() - interval '25 hours' WHERE id LIKE '%1'`.execute(idle.db)
    assert.equal((await request(idle)).status, 200)
  })
})
