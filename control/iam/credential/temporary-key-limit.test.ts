import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Database, Db } from '#db'
import { assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { testDatabase } from '../../testing/database.ts'
import { deleteExpiredTemporaryKeys } from './temporary-key.store.ts'
import { ownToken } from './test-agencies.ts'

let api: TestApi
before(async () => {
  api = await testApi()
})
after(() => api[Symbol.asyncDispose]())

async function insertKeys(db: Db, userId: string, prefix: string, count: number, secondsLeft: number): Promise<void> {
  await sql`INSERT INTO iam.temporary_key
    (access_key, secret_sealed, security_token_sha256, user_id, credentials_at, issued_at, expires_at)
    SELECT ${prefix} || n, '', '', ${userId}, now(), now(), now() + make_interval(secs => ${secondsLeft})
    FROM generate_series(1, ${count}::int) n`.execute(db)
}

function make(token: string) {
  const body = { auth: { identity: { methods: ['token'], token: {} } } }
  return api.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })
}

async function announcedBy(database: Database, change: () => Promise<unknown>): Promise<readonly string[]> {
  const announced: string[] = []
  const last = Promise.withResolvers<void>()
  const subscription = await database.listen('iam', (payload) => {
    // the empty one says that listening has begun
    if (payload === 'last') last.resolve()
    else if (payload !== '') announced.push(payload)
  })
  await change()
  await sql`SELECT pg_notify('iam', 'last')`.execute(database.db)
  await last.promise
  await subscription.close()
  return announced
}

describe('temporary keys of one user', () => {
  it('are so many at most, also when they are made at once; those that have ended do not count', async () => {
    const token = await ownToken(api)
    await insertKeys(api.db, api.world.user.id, 'LIVE', 298, 900)
    await insertKeys(api.db, api.world.user.id, 'ENDED', 50, -1)
    const answers = await Promise.all(Array.from({ length: 6 }, () => make(token)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 400, 400, 400, 400])
    for (const answer of answers) assertDeclared('CreateTemporaryAccessKeyByToken', answer)
    await api.db.deleteFrom('iam.temporary_key').execute()
    assert.equal((await make(token)).status, 201)
  })

  it('are removed after their end without a word to the replicas, and before it with one', async () => {
    await using database = await testDatabase()
    const { db } = database
    const created_at = new Date()
    await db.insertInto('iam.domain').values({ id: 'd', name: 'd', created_at }).execute()
    await db.insertInto('iam.user').values({ id: 'u', domain_id: 'd', name: 'u', created_at }).execute()
    await insertKeys(db, 'u', 'OLD', 3, -1)
    await insertKeys(db, 'u', 'LIVE', 1, 900)
    assert.deepEqual(await announcedBy(database, () => deleteExpiredTemporaryKeys(db, new Date())), [])
    const left = await db.selectFrom('iam.temporary_key').select('access_key').execute()
    assert.deepEqual(left, [{ access_key: 'LIVE1' }])
    const all = () => db.deleteFrom('iam.temporary_key').execute()
    assert.deepEqual(await announcedBy(database, all), ['temporary_key'])
  })
})
