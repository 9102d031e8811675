import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '#db'
import { createApp } from '#http'
import { AppError } from '#kernel'
import { recordingLog, testDatabase } from '#testing'
import { deleteUser } from '../../contract/operations/iam/user.ts'
import { IdentityCache, watchIdentities } from './identity-cache.ts'
import { PERMANENT_KEY, userPrincipal } from './principal.ts'
import { serveIam } from './serve-iam.ts'

const SOMEBODY = {
  ...{
    userId: 'u',
    userName: 'u',
    isOwner: false,
    passwordHash: null,
    accessMode: 'default' as const,
    domainId: 'd',
    domainName: 'd',
  },
  ...{ enabled: true, credentialsAt: new Date(0) },
}

interface Found {
  readonly value: number
}

/** Counts how often the database would have been asked. */
function counted() {
  const cache = new IdentityCache()
  const remember = cache.remember<Found>('thing')
  let asked = 0
  const find = (key = 'a') => remember(key, async () => ({ value: ++asked }))
  return { cache, find, remember, asked: () => asked }
}

describe('what is known of identities', () => {
  it('is asked for once, also by many at the same time', async () => {
    const { find, asked } = counted()
    await Promise.all([find(), find(), find()])
    await find()
    assert.equal(asked(), 1)
    await find('b')
    assert.equal(asked(), 2)
  })

  it('is asked for again after any change', async () => {
    const { cache, find, asked } = counted()
    await find()
    cache.clear()
    assert.equal((await find())?.value, 2)
    assert.equal(asked(), 2)
  })

  it('is not kept when something changed while it was being read', async () => {
    const { cache, remember, find } = counted()
    const gate = Promise.withResolvers<Found>()
    const early = remember('a', () => gate.promise)
    cache.clear()
    assert.equal((await find())?.value, 1, 'who asks after the change does not get what was read before it')
    gate.resolve({ value: 99 })
    assert.equal((await early)?.value, 99)
    assert.equal((await find())?.value, 1)
  })

  it('is not kept while changes cannot be heard, and again from when they can', async () => {
    const { cache, find, asked } = counted()
    await find()
    cache.distrust()
    await find()
    await find()
    assert.equal(asked(), 3)
    cache.trust()
    await find()
    await find()
    assert.equal(asked(), 4)
  })

  it('is not kept when nothing was found, or the reading failed', async () => {
    const cache = new IdentityCache()
    const remember = cache.remember<Found>('thing')
    await assert.rejects(
      remember('a', () => Promise.reject(new Error('away'))),
      /away/,
    )
    assert.equal(await remember('a', async () => undefined), undefined)
    assert.deepEqual(await remember('a', async () => ({ value: 1 })), { value: 1 })
  })
})

/** One statement for each table that requests are decided by, and the place of its row in those that follow. */
const CHANGES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  domain: (db) => sql`INSERT INTO iam.domain (id, name, created_at) VALUES ('d', 'd', now())`.execute(db),
  project: (db) =>
    sql`INSERT INTO iam.project (id, domain_id, name, created_at) VALUES ('p', 'd', 'p', now())`.execute(db),
  user: (db) => sql`INSERT INTO iam.user (id, domain_id, name, created_at) VALUES ('u', 'd', 'u', now())`.execute(db),
  access_key: (db) =>
    sql`INSERT INTO iam.access_key (access_key, user_id, secret_sealed, created_at) VALUES ('k', 'u', 's', now())`.execute(
      db,
    ),
  group: (db) => sql`INSERT INTO iam.group (id, domain_id, name, created_at) VALUES ('g', 'd', 'g', now())`.execute(db),
  group_member: (db) => sql`INSERT INTO iam.group_member VALUES ('g', 'u')`.execute(db),
  agency: (db) =>
    sql`INSERT INTO iam.agency (id, domain_id, name, trust_domain_id, created_at) VALUES ('a', 'd', 'a', 'd', now())`.execute(
      db,
    ),
  enterprise_project: (db) =>
    sql`INSERT INTO iam.enterprise_project (id, domain_id, name, created_at, updated_at)
        VALUES ('e', 'd', 'e', now(), now())`.execute(db),
  policy: (db) =>
    sql`INSERT INTO iam.policy (id, domain_id, model, name, type, created_at, updated_at)
        VALUES ('o', 'd', 'identity', 'o', 'AX', now(), now())`.execute(db),
  policy_version: (db) => sql`INSERT INTO iam.policy_version VALUES ('o', 1, '{}', true, now())`.execute(db),
  grant: (db) =>
    sql`INSERT INTO iam.grant (id, domain_id, policy_id, group_id, scope, created_at)
        VALUES ('r', 'd', 'o', 'g', 'all', now())`.execute(db),
  attachment: (db) =>
    sql`INSERT INTO iam.attachment (id, policy_id, user_id, created_at) VALUES ('t', 'o', 'u', now())`.execute(db),
  revoked_token: (db) => sql`INSERT INTO iam.revoked_token VALUES ('v', now())`.execute(db),
  sealing_key: (db) => sql`INSERT INTO iam.sealing_key VALUES ('s', 'tokens', 'x', now())`.execute(db),
  'temporary_key that is deleted before its end': async (db) => {
    await sql`INSERT INTO iam.temporary_key (access_key, secret_sealed, security_token_sha256, user_id, credentials_at, issued_at, expires_at)
              VALUES ('y', 's', 'h', 'u', now(), now(), now() + interval '1 hour')`.execute(db)
    await sql`DELETE FROM iam.temporary_key`.execute(db)
  },
}

describe('a change in the database', () => {
  it('of every table that a request is decided by is heard at once', async () => {
    await using database = await testDatabase()
    const { db } = database
    const cache = new IdentityCache()
    let heard = Promise.withResolvers<void>()
    const clear = cache.clear.bind(cache)
    cache.clear = () => {
      clear()
      heard.resolve()
    }
    const watch = await watchIdentities(database, cache, () => {})
    const remember = cache.remember<Found>('thing')
    for (const [table, change] of Object.entries(CHANGES)) {
      heard = Promise.withResolvers()
      await remember('a', async () => ({ value: 1 }))
      await change(db)
      await heard.promise
      assert.deepEqual(await remember('a', async () => ({ value: 2 })), { value: 2 }, table)
      clear()
    }
    await watch.close()
    const { rows } = await sql<{ name: string }>`
      SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'iam'`.execute(db)
    const tables = Object.keys(CHANGES).map((name) => name.split(' ')[0] ?? '')
    assert.deepEqual(rows.map(({ name }) => name).toSorted(), tables.toSorted())
  })

  it('that turns out to be none is not heard: a statement without rows makes nobody forget', async () => {
    await using database = await testDatabase()
    const { db } = database
    const heard: string[] = []
    const marked = Promise.withResolvers<void>()
    const watch = await database.listen(
      'iam',
      (table) => (table === 'mark' ? marked.resolve() : void heard.push(table)),
      () => {},
    )
    heard.length = 0
    for (const name of Object.keys(CHANGES)) {
      const table = sql.table(`iam.${name.split(' ')[0]}`)
      const [column] = (
        await sql<{ name: string }>`SELECT column_name AS name FROM information_schema.columns
          WHERE table_schema = 'iam' AND table_name = ${name.split(' ')[0]} ORDER BY ordinal_position`.execute(db)
      ).rows
      const first = sql.ref(column?.name ?? '')
      await sql`INSERT INTO ${table} (${first}) SELECT ${first} FROM ${table} WHERE false`.execute(db)
      await sql`UPDATE ${table} SET ${first} = ${first} WHERE false`.execute(db)
      await sql`DELETE FROM ${table} WHERE false`.execute(db)
    }
    await sql`NOTIFY iam, 'mark'`.execute(db)
    await marked.promise
    await watch.close()
    assert.deepEqual(heard, [])
  })
})

describe('an operation that writes', () => {
  /** Served for everybody, by a handler that ends as told; answers what was forgotten because of it. */
  async function epochsAfter(handler: () => Promise<undefined>): Promise<readonly [status: number, epochs: number]> {
    const cache = new IdentityCache()
    const app = createApp({ log: recordingLog() })
    const anybody = userPrincipal(SOMEBODY, PERMANENT_KEY)
    const door = { authenticate: async () => anybody, requireProject: async () => {}, authorize: async () => {} }
    serveIam({ app, door }, { cache }, deleteUser, async ({ authorize }) => {
      await authorize([])
      return handler()
    })
    const { statusCode } = await app.inject({ method: 'DELETE', url: '/v3/users/somebody' })
    await app.close()
    return [statusCode, cache.epoch]
  }

  it('makes its replica forget when it is done, or when nobody knows how it ended', async () => {
    assert.deepEqual(await epochsAfter(async () => undefined), [204, 1])
    assert.deepEqual(await epochsAfter(() => Promise.reject(new Error('broken'))), [500, 1])
  })

  it('makes nobody forget when it is refused', async () => {
    const refused = (word: 'iam.not_allowed' | 'iam.not_found', facts: object) => () =>
      Promise.reject(new AppError(word, { ...facts }))
    assert.deepEqual(await epochsAfter(refused('iam.not_allowed', { reason: 'no' })), [403, 0])
    assert.deepEqual(await epochsAfter(refused('iam.not_found', { target: 'user', id: 'x' })), [404, 0])
  })
})
