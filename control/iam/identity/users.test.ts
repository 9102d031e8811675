import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { testApi } from '../../testing/api.ts'
import { freshName, goodPassword, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

interface User {
  readonly id: string
  readonly name: string
  readonly [member: string]: unknown
}

async function newUser(members: object = {}): Promise<User> {
  const user = { name: freshName('user'), password: goodPassword(), ...members }
  return (await ids.give<{ user: User }>('KeystoneCreateUser', { body: { user } })).user
}

async function tokenStatus(name: string, password: string): Promise<number> {
  const user = { name, password, domain: { name: ids.api.world.domain.name } }
  const body = { auth: { identity: { methods: ['password'], password: { user } } } }
  return (await ids.api.call('POST', '/v3/auth/tokens', { body, sign: false })).status
}

async function credentialsAt(id: string): Promise<Date> {
  const query = ids.api.db.selectFrom('iam.user').select('credentials_at').where('id', '=', id)
  return (await query.executeTakeFirstOrThrow()).credentials_at
}

describe('a user of the oldest generation', () => {
  it('is shown as it was made, and can get a token by its password', async () => {
    const password = goodPassword()
    const user = await newUser({ password, description: 'of a test', domain_id: ids.domainId })
    assert.partialDeepStrictEqual(user, {
      domain_id: ids.domainId,
      enabled: true,
      description: 'of a test',
      password_expires_at: null,
      pwd_status: true,
      access_mode: 'default',
      links: { self: `${ids.api.endpoint}/v3/users/${user.id}`, previous: null, next: null },
    })
    assert.match(user.id, /^[0-9a-f]{32}$/)
    const shown = await ids.give<{ user: User }>('KeystoneShowUser', { params: { user_id: user.id } })
    assert.deepEqual(shown.user, user)
    assert.equal(await tokenStatus(user.name, password), 201)
  })

  it('cannot get a token when it was made without a password', async () => {
    const { name } = await newUser({ password: undefined })
    assert.equal(await tokenStatus(name, 'undefined'), 401)
  })

  it('is listed by name, by state and with everybody of the account, and of no other', async () => {
    const { name } = await newUser({ enabled: false })
    const list = async (query: Readonly<Record<string, string>>) =>
      (await ids.give<{ users: readonly User[] }>('KeystoneListUsers', { query })).users.map((user) => user.name)
    assert.deepEqual(await list({ name }), [name])
    assert.deepEqual(await list({ name, enabled: 'true' }), [])
    assert.ok((await list({ enabled: 'false' })).includes(name))
    assert.ok((await list({ domain_id: ids.domainId })).includes('plain'))
    assert.deepEqual(await list({ domain_id: ids.stranger.domain.id }), [])
    assert.deepEqual(await list({ password_expires_at: 'lt:2030-01-01T00:00:00Z' }), [])
    assert.equal((await list({})).filter((one) => one === 'owner').length, 1)
  })

  it('is changed in what is said, and keeps the rest', async () => {
    const user = await newUser({ description: 'before' })
    const params = { user_id: user.id }
    const name = freshName('renamed')
    const changed = await ids.give<{ user: User }>('KeystoneUpdateUserByAdmin', { params, body: { user: { name } } })
    assert.deepEqual(changed.user, { ...user, name })
    const body = { user: { description: '', pwd_status: false } }
    const { user: again } = await ids.give<{ user: User }>('KeystoneUpdateUserByAdmin', { params, body })
    assert.deepEqual(again, { ...user, name, description: '', pwd_status: false })
  })

  it('stays what it is when a body says what only the database may', async () => {
    const user = await newUser({ is_owner: true, credentials_at: '2099-01-01T00:00:00Z' })
    const forged = { is_owner: true, domain_id: ids.stranger.domain.id, id: 'x', password_hash: 'x', description: 'd' }
    const params = { user_id: user.id }
    await ids.give('KeystoneUpdateUserByAdmin', { params, body: { user: forged } })
    await ids.give('UpdateUser', { params, body: { user: forged } })
    const row = await ids.api.db
      .selectFrom('iam.user')
      .select(['is_owner', 'domain_id', 'password_hash', 'credentials_at'])
      .where('id', '=', user.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.is_owner, row.domain_id, row.credentials_at.getTime()], [false, ids.domainId, 0])
    assert.match(row.password_hash ?? '', /^argon2id/)
  })

  it('is gone with its keys and memberships when it is deleted, and cannot sign any more', async () => {
    const user = await newUser()
    const params = { user_id: user.id }
    const { access_key } = await ids.give<{ access_key: Record<string, string> }>('CreateAccessKeyV5', { params })
    const key = { access: access_key.access_key_id ?? '', secret: access_key.secret_access_key ?? '' }
    await ids.ask('KeystoneListAuthDomains', { as: key, status: 200 })
    await ids.ask('KeystoneDeleteUser', { params, status: 204 })
    await ids.ask('KeystoneListAuthDomains', { as: key, status: 401 })
    await ids.ask('KeystoneShowUser', { params, status: 404 })
    await ids.ask('KeystoneDeleteUser', { params, status: 404 })
  })

  it('cannot sign any more when it is disabled, and can again when it is enabled', async () => {
    const user = await newUser()
    const params = { user_id: user.id }
    const { access_key } = await ids.give<{ access_key: Record<string, string> }>('CreateAccessKeyV5', { params })
    const key = { access: access_key.access_key_id ?? '', secret: access_key.secret_access_key ?? '' }
    for (const enabled of [false, true]) {
      await ids.give('KeystoneUpdateUserByAdmin', { params, body: { user: { enabled } } })
      await ids.ask('KeystoneListAuthDomains', { as: key, status: enabled ? 200 : 401 })
    }
  })
})

describe('the tokens of a user', () => {
  const ENDING: readonly (readonly [name: string, members: () => object, ends: boolean])[] = [
    ['end with its password', () => ({ password: goodPassword() }), true],
    ['end when it is disabled', () => ({ enabled: false }), true],
    ['go on when it is described', () => ({ description: 'x' }), false],
    ['go on when it is enabled', () => ({ enabled: true }), false],
  ]
  for (const [name, members, ends] of ENDING) {
    it(name, async () => {
      const { id } = await newUser()
      const start = Date.now()
      await ids.give('KeystoneUpdateUserByAdmin', { params: { user_id: id }, body: { user: members() } })
      assert.equal((await credentialsAt(id)).getTime() >= start, ends)
    })
  }
})

describe('the owner of an account', () => {
  const REFUSED: readonly (readonly [name: string, operation: string, body?: object])[] = [
    ['is not deleted', 'KeystoneDeleteUser'],
    ['is not deleted by the newer generation', 'DeleteUserV5'],
    ['is not disabled', 'KeystoneUpdateUserByAdmin', { user: { enabled: false } }],
    ['is not disabled by the older generation', 'UpdateUser', { user: { enabled: false } }],
    ['is not disabled by the newer generation', 'UpdateUserV5', { enabled: false }],
  ]
  for (const [name, operation, body] of REFUSED) {
    it(`${name}, not even by itself`, async () => {
      const answer = await ids.ask(operation, { params: { user_id: ids.ownerId }, body, status: 400 })
      assert.match(refusalOf(answer).message, /neither deleted nor disabled/)
      await ids.ask('KeystoneShowUser', { params: { user_id: ids.ownerId }, status: 200 })
    })
  }

  it('may describe itself', async () => {
    await ids.ask('UpdateUserV5', { params: { user_id: ids.ownerId }, body: { new_description: 'me' }, status: 200 })
  })
})

describe('a user is refused', () => {
  const taken = () => ({ name: 'plain' })
  const REFUSALS: readonly (readonly [name: string, status: number, members: () => object, says: RegExp])[] = [
    ['without a name', 400, () => ({ name: undefined }), /lacks name/],
    ...['', '1a', 'a/b', 'ä', 'n'.repeat(65)].map(
      (name) => [`called ${JSON.stringify(name.slice(0, 9))}`, 400, () => ({ name }), /user\.name/] as const,
    ),
    ['under a name that is taken', 409, taken, /another user of the account is called plain/],
    ['with a short password', 400, () => ({ password: 'Ab1!' }), /6 to 32 characters/],
    ['with a password of one kind', 400, () => ({ password: 'abcdefgh' }), /two kinds/],
    ['of another account', 404, () => ({ domain_id: ids.stranger.domain.id }), /Could not find domain/],
    ['of no account', 404, () => ({ domain_id: 'nowhere' }), /Could not find domain/],
    ['enabled in quotes', 400, () => ({ enabled: 'true' }), /must be a boolean/],
    ['with a long description', 400, () => ({ description: 'd'.repeat(256) }), /longer than 255/],
    ['with a NUL', 400, () => ({ description: 'a\0b' }), /NUL/],
  ]
  const count = async () => (await ids.api.db.selectFrom('iam.user').select('id').execute()).length
  for (const [name, status, members, says] of REFUSALS) {
    it(`${name}, and none is made`, async () => {
      const before = await count()
      const body = { user: { name: freshName('refused'), ...members() } }
      const answer = await ids.ask('KeystoneCreateUser', { body, status })
      assert.match(refusalOf(answer).message, says)
      assert.equal(await count(), before)
    })
  }

  it('when others of the name are made at the same moment, all but one', async () => {
    const body = { user: { name: freshName('wanted') } }
    const answers = await Promise.all(Array.from({ length: 5 }, () => ids.ask('KeystoneCreateUser', { body })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409])
  })

  it('a name that is taken when it is renamed', async () => {
    const { id } = await newUser()
    const ask = { params: { user_id: id }, body: { user: { name: 'plain' } }, status: 409 }
    await ids.ask('KeystoneUpdateUserByAdmin', ask)
  })
})
