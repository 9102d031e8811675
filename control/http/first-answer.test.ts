import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { AppError, secondsAfter } from '#kernel'
import { insertFleet, recordingLog, silentLog, testDatabase } from '#testing'
import { type Answer, assertDeclared, type CallOptions, type TestApi, testApi } from '../testing/api.ts'
import { type TestClock, testClock } from '../testing/clock.ts'
import { insertTestUser } from '../testing/identity.ts'
import { createFirstAnswers, type KeyedRequest } from './first-answer.ts'

const DAY = 24 * 3600

/** Two keepers on one database, as two replicas have them, and a request. */
async function openKeepers() {
  const database = await testDatabase()
  const { projectId } = await insertFleet(database.db, { servers: 0 })
  const clock = testClock(new Date('2026-05-21T08:00:00.000Z'))
  const keeper = () => createFirstAnswers({ db: database.db, clock, log: silentLog })
  const raw = { method: 'POST', requestTarget: '/x', rawHeaders: [], sourceIp: '::1', isSecure: false }
  const request = (over: Partial<KeyedRequest> = {}, body = '{}'): KeyedRequest => ({
    ...{ projectId, caller: 'somebody', userId: 'some', key: 'k', status: 201, ...over },
    request: { ...raw, body: Buffer.from(body) },
  })
  const count = async () => (await database.db.selectFrom('http.first_answer').select('key').execute()).length
  return {
    db: database.db,
    clock,
    one: keeper(),
    other: keeper(),
    request,
    count,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

const isRefused = (word: string) => (error: unknown) => error instanceof AppError && error.word === word
const never = () => assert.fail('the work was done again')

describe('work under a key', () => {
  it('is done once, and its answer is given again by every replica', async () => {
    await using keepers = await openKeepers()
    const first = await keepers.one.once(keepers.request(), async () => ({ id: '1' }))
    assert.deepEqual(first, { status: 201, body: { id: '1' }, isRepeated: false })
    for (const keeper of [keepers.one, keepers.other]) {
      assert.deepEqual(await keeper.once(keepers.request(), async () => never()), { ...first, isRepeated: true })
    }
  })

  it('is refused while it is being done, and done once however many ask at once', async () => {
    await using keepers = await openKeepers()
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<object>()
    const first = keepers.one.once(keepers.request(), () => {
      begun.resolve()
      return end.promise
    })
    await begun.promise
    const others = [keepers.one, keepers.other, keepers.other]
    const refused = others.map((keeper) => keeper.once(keepers.request(), async () => never()))
    await Promise.all(refused.map((one) => assert.rejects(one, isRefused('http.key_in_use'))))
    end.resolve({})
    assert.equal((await first).isRepeated, false)
  })

  it('has one winner among those who begin together', async () => {
    await using keepers = await openKeepers()
    let done = 0
    const all = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) =>
        (index % 2 ? keepers.one : keepers.other).once(keepers.request(), async () => ({ done: ++done })),
      ),
    )
    assert.equal(done, 1)
    for (const one of all) {
      if (one.status === 'fulfilled') assert.deepEqual(one.value.body, { done: 1 })
      else assert.ok(isRefused('http.key_in_use')(one.reason))
    }
  })

  it('is not done again after a death or a defect in it: nobody knows how far it came', async () => {
    await using keepers = await openKeepers()
    const defect = new Error('died after the commit')
    await assert.rejects(
      keepers.one.once(keepers.request(), () => Promise.reject(defect)),
      defect,
    )
    await assert.rejects(
      keepers.other.once(keepers.request(), async () => never()),
      isRefused('http.key_in_use'),
    )
  })

  it('gives the key back when it is refused, because a refusal changes nothing', async () => {
    await using keepers = await openKeepers()
    const refusal = new AppError('tsvi.server_busy', {})
    await assert.rejects(
      keepers.one.once(keepers.request(), () => Promise.reject(refusal)),
      refusal,
    )
    assert.equal(await keepers.count(), 0)
    assert.equal((await keepers.one.once(keepers.request(), async () => ({}))).isRepeated, false)
  })

  it('is another when caller or key is another; with another body, path or method under one key it is refused', async () => {
    await using keepers = await openKeepers()
    const once = (request: KeyedRequest) => keepers.one.once(request, async () => ({}))
    for (const over of [{}, { caller: 'another' }, { key: 'K' }]) {
      assert.equal((await once(keepers.request(over))).isRepeated, false)
    }
    const { request } = keepers.request()
    const changed = [
      { ...request, body: Buffer.from('{ }') },
      { ...request, requestTarget: '/y' },
      { ...request, method: 'PUT' },
    ]
    for (const other of changed) {
      await assert.rejects(once({ ...keepers.request(), request: other }), isRefused('http.key_differs'))
    }
  })

  it('is forgotten after a day, and its row goes', async () => {
    await using keepers = await openKeepers()
    await keepers.one.once(keepers.request(), async () => ({ id: '1' }))
    await keepers.one.once(keepers.request({ key: 'other' }), async () => ({}))
    keepers.clock.advance(DAY - 1)
    assert.equal((await keepers.one.once(keepers.request(), async () => never())).isRepeated, true)
    keepers.clock.advance(1)
    const again = await keepers.one.once(keepers.request({}, '{"new":1}'), async () => ({ id: '2' }))
    assert.deepEqual(again, { status: 201, body: { id: '2' }, isRepeated: false })
    assert.equal(await keepers.count(), 1)
  })

  it('without a body is repeated without one', async () => {
    await using keepers = await openKeepers()
    const deleted = keepers.request({ status: 204 })
    await keepers.one.once(deleted, async () => undefined)
    assert.deepEqual(await keepers.one.once(deleted, async () => never()), {
      status: 204,
      body: undefined,
      isRepeated: true,
    })
  })

  it('of a project with ten thousand keys is refused, what is kept already is not', async () => {
    await using keepers = await openKeepers()
    const { projectId } = keepers.request()
    await keepers.one.once(keepers.request(), async () => ({}))
    const at = keepers.clock.now()
    await sql`INSERT INTO http.first_answer (project_id, caller, user_id, key, request_sha256, begun_at, expires_at)
      SELECT ${projectId}, 'many', 'many', n::text, '', ${at}::timestamptz, ${secondsAfter(at, 60)}::timestamptz
      FROM generate_series(1, 9999) AS n`.execute(keepers.db)
    const next = keepers.request({ key: 'next' })
    await assert.rejects(
      keepers.one.once(next, async () => never()),
      isRefused('http.keys_exhausted'),
    )
    assert.equal((await keepers.one.once(keepers.request(), async () => never())).isRepeated, true)
    keepers.clock.advance(61)
    assert.equal((await keepers.one.once(next, async () => ({}))).isRepeated, false)
  })

  it('of a user with a thousand keys, in all sessions together, is refused; another user of the project has room', async () => {
    await using keepers = await openKeepers()
    const { projectId } = keepers.request()
    const at = keepers.clock.now()
    await sql`INSERT INTO http.first_answer (project_id, caller, user_id, key, request_sha256, begun_at, expires_at)
      SELECT ${projectId}, 'session ' || n % 3, 'some', n::text, '', ${at}::timestamptz, ${secondsAfter(at, 60)}::timestamptz
      FROM generate_series(1, 1000) AS n`.execute(keepers.db)
    await assert.rejects(
      keepers.one.once(keepers.request(), async () => never()),
      /The caller has 1000 requests/,
    )
    assert.equal((await keepers.one.once(keepers.request({ userId: 'other' }), async () => ({}))).isRepeated, false)
  })

  it('whose answer is too long to keep is done all the same, and never again', async () => {
    await using keepers = await openKeepers()
    const long = { text: 'ä'.repeat(9_000) }
    assert.deepEqual((await keepers.one.once(keepers.request(), async () => long)).body, long)
    await assert.rejects(
      keepers.one.once(keepers.request(), async () => never()),
      isRefused('http.key_in_use'),
    )
  })

  it('is answered though its answer cannot be kept, and the log says so', async () => {
    await using database = await testDatabase()
    const { projectId } = await insertFleet(database.db, { servers: 0 })
    const log = recordingLog()
    const keeper = createFirstAnswers({ db: database.db, clock: testClock(new Date()), log })
    const raw = {
      method: 'POST',
      requestTarget: '/',
      rawHeaders: [],
      body: Buffer.alloc(0),
      sourceIp: '',
      isSecure: false,
    }
    const request = { projectId, caller: 'a', userId: 'a', key: 'k', status: 200, request: raw }
    const answer = await keeper.once(request, async () => {
      await sql`ALTER TABLE http.first_answer ADD CHECK (status IS NULL)`.execute(database.db)
      return { id: '1' }
    })
    assert.deepEqual(answer.body, { id: '1' })
    assert.match(JSON.stringify(log.lines), /could not be kept/)
  })
})

describe('the header Idempotency-Key', () => {
  let api: TestApi
  let clock: TestClock
  before(async () => {
    clock = testClock(new Date())
    api = await testApi({ servers: 2, clock })
  })
  after(() => api[Symbol.asyncDispose]())

  /** A client that repeats signs anew. */
  async function update(key: string, index = 0, options: CallOptions = {}): Promise<Answer> {
    clock.advance(1)
    const path = `/v1/${api.world.project.id}/app-servers/actions/batch-update-tsvi`
    const body = { items: [{ id: api.world.servers[index]?.id, enable: true }] }
    const answer = await api.call('PATCH', path, { body, headers: { 'Idempotency-Key': key }, ...options })
    assertDeclared('BatchUpdateTsvi', answer)
    return answer
  }

  const jobs = async () => (await api.db.selectFrom('jobs.job').select('id').execute()).length

  it('makes one job of a request that is sent twice, and says which answer is the first again', async () => {
    const first = await update('one')
    assert.equal(first.status, 200, first.text)
    assert.equal(first.headers['idempotency-replayed'], undefined)
    const before = await jobs()
    const again = await update('one')
    assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed']], [200, first.text, 'true'])
    assert.equal(await jobs(), before)
    const without = await update('', 0, { headers: {} })
    assert.equal(without.status, 409, 'without the key the server is busy')
  })

  it('under which another request was made is refused with 422', async () => {
    const answer = await update('one', 1)
    assert.equal(answer.status, 422, answer.text)
    assert.match(answer.text, /used for another request/)
  })

  it('of a refused request may be used again', async () => {
    assert.equal((await update('busy', 0)).status, 409)
    assert.equal((await update('busy', 1)).status, 200)
  })

  it('of another caller is another key: nobody reads what somebody else was answered', async () => {
    const plain = await insertTestUser(api, api.world.domain.id, 'plain')
    const answer = await update('one', 0, { sign: plain.access_key })
    assert.equal(answer.status, 403, answer.text)
  })

  for (const key of ['a b', 'ä', 'x'.repeat(256)]) {
    it(`${key.slice(0, 3)} of ${key.length} characters is refused`, async () => {
      clock.advance(1)
      const path = `/v1/${api.world.project.id}/vpcs`
      const options = { body: { vpc: { cidr: '10.0.0.0/16' } }, headers: { 'Idempotency-Key': key } }
      const answer = await api.call('POST', path, options)
      assert.equal(answer.status, 400, answer.text)
      assertDeclared('CreateVpc', answer)
    })
  }

  it('works for the network too, also where the answer has no body', async () => {
    const vpcs = `/v1/${api.world.project.id}/vpcs`
    const send = (method: string, path: string, key: string, body?: object) => {
      clock.advance(1)
      return api.call(method, path, { ...(body && { body }), headers: { 'Idempotency-Key': key } })
    }
    const create = () => send('POST', vpcs, 'vpc', { vpc: { name: 'once', cidr: '10.0.0.0/16' } })
    const [first, again] = [await create(), await create()]
    assert.deepEqual([first.status, again.status, again.text], [200, 200, first.text])
    const { vpc } = first.body as { vpc: { id: string } }
    const remove = () => send('DELETE', `${vpcs}/${vpc.id}`, 'gone')
    assert.deepEqual([(await remove()).status, (await remove()).status], [204, 204])
    assert.equal((await send('DELETE', `${vpcs}/${vpc.id}`, 'new')).status, 404)
  })

  const rows = async () => (await api.db.selectFrom('http.first_answer').select('key').execute()).length

  const READS = [
    ['ListCorpConfigInfo', 'bundles/batch-query-config-info', { items: ['some'] }],
    ['ListUserConnection', 'session/user-connection', {}],
    ['ListAppConnection', 'session/app-connection', {}],
    ['ShowSessionTypes', 'session-type', { session_type: 'CPU' }],
    ['ValidateServerGroup', 'app-server-groups/rules/validate', { name: 'free' }],
  ] as const
  for (const [operationId, path, body] of READS) {
    it(`means nothing to ${operationId}, which only looks`, async () => {
      const before = await rows()
      for (let round = 0; round < 2; round += 1) {
        clock.advance(1)
        const options = { body, headers: { 'Idempotency-Key': operationId } }
        const answer = await api.call('POST', `/v1/${api.world.project.id}/${path}`, options)
        assertDeclared(operationId, answer)
        assert.deepEqual([answer.status, answer.headers['idempotency-replayed']], [200, undefined], answer.text)
      }
      assert.equal(await rows(), before)
    })
  }

  it('means nothing to a dry run: the update after it is done under the same key', async () => {
    const body = { items: [{ id: api.world.servers[1]?.id, enable: true }], dry_run: true }
    const before = await rows()
    for (let round = 0; round < 2; round += 1) {
      const answer = await update('dry', 1, { body })
      assert.deepEqual([answer.status, answer.headers['idempotency-replayed']], [200, undefined], answer.text)
    }
    assert.equal(await rows(), before)
  })

  it('means nothing to a read, nor to IAM, whose answers are never kept', async () => {
    const before = await rows()
    clock.advance(1)
    const headers = { 'Idempotency-Key': 'not kept' }
    assert.equal((await api.call('GET', `/v1/${api.world.project.id}/vpcs`, { headers })).status, 200)
    const body = { credential: { user_id: api.world.user.id } }
    const made = await api.call('POST', '/v3.0/OS-CREDENTIAL/credentials', { headers, body })
    assert.equal(made.status, 201, made.text)
    assert.equal(await rows(), before)
  })
})
