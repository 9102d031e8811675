import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '#kernel'
import type { BodyOf, ResponseOf } from '../../../contract/operation.ts'
import type { createUserTokenByPassword } from '../../../contract/operations/iam/token.ts'
import { type Answer, assertDeclared, newAccessKey, type TestApi, testApi } from '../../testing/api.ts'
import { type Account, ensureAccount } from '../identity/account.service.ts'

let api: TestApi
let stranger: Account
before(async () => {
  api = await testApi()
  stranger = {
    domain: { id: randomUUID(), name: 'stranger' },
    project: { id: randomUUID(), name: 'elsewhere-1' },
    user: { id: randomUUID(), name: 'stranger', password: `Dd4!${randomUUID()}` },
    access_key: newAccessKey(),
  }
  await ensureAccount({ db: api.db, clock: systemClock, secrets: api.keyring.secrets }, stranger)
  const closed = { id: randomUUID(), domain_id: api.world.domain.id, name: 'closed-1', enabled: false }
  await api.db
    .insertInto('iam.project')
    .values({ ...closed, created_at: new Date() })
    .execute()
})
after(() => api[Symbol.asyncDispose]())

type Auth = BodyOf<typeof createUserTokenByPassword>['auth']
type User = NonNullable<Auth['identity']['password']>['user']
type Token = ResponseOf<typeof createUserTokenByPassword>['token']

function createToken(user: User, scope?: Auth['scope'], query = ''): Promise<Answer> {
  const identity = { methods: ['password'], password: { user } }
  return post({ auth: { identity, ...(scope === undefined ? {} : { scope }) } }, query)
}

function post(body: unknown, query = ''): Promise<Answer> {
  return api.call('POST', `/v3/auth/tokens${query}`, { sign: false, body })
}

/** The owner, as most clients name one. */
function owner(): User {
  const { user, domain } = api.world
  return { name: user.name, password: user.password, domain: { name: domain.name } }
}

function issued(answer: Answer): { readonly text: string; readonly token: Token } {
  assert.equal(answer.status, 201, answer.text)
  assertDeclared('KeystoneCreateUserTokenByPassword', answer)
  const text = String(answer.headers['x-subject-token'])
  assert.ok(text.length > 40)
  return { text, token: (answer.body as { token: Token }).token }
}

function serversWith(token: string): Promise<Answer> {
  return api.call('GET', `/v1/${api.world.project.id}/app-servers`, { token })
}

describe('a token by password', () => {
  it('describes user and project, is valid for 24 hours and opens the API', async () => {
    const { user, domain, project } = api.world
    const { text, token } = issued(await createToken(owner(), { project: { name: project.name } }))
    const domainSeen = { id: domain.id, name: domain.name }
    assert.deepEqual(token.user, { id: user.id, name: user.name, password_expires_at: '', domain: domainSeen })
    assert.deepEqual(token.project, { id: project.id, name: project.name, domain: domainSeen })
    assert.deepEqual(
      [token.methods, token.roles, token.domain],
      [['password'], [{ id: '0', name: 'te_admin' }], undefined],
    )
    for (const time of [token.issued_at, token.expires_at])
      assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    assert.equal(Date.parse(token.expires_at) - Date.parse(token.issued_at), 24 * 3600 * 1000)
    assert.equal((await serversWith(text)).status, 200)
  })

  const NAMINGS: readonly (readonly [string, () => Partial<User>])[] = [
    ['name and domain name', () => ({ name: api.world.user.name, domain: { name: api.world.domain.name } })],
    ['name and domain id', () => ({ name: api.world.user.name, domain: { id: api.world.domain.id } })],
    ['id', () => ({ id: api.world.user.id })],
    ['id and domain id', () => ({ id: api.world.user.id, domain: { id: api.world.domain.id } })],
  ]
  for (const [name, user] of NAMINGS) {
    it(`is given to a user named by ${name}`, async () => {
      const { token } = issued(await createToken({ ...user(), password: api.world.user.password }))
      assert.equal(token.user.id, api.world.user.id)
    })
  }

  const SCOPES: readonly (readonly [string, 'project' | 'domain', () => Auth['scope']])[] = [
    ['project id', 'project', () => ({ project: { id: api.world.project.id } })],
    ['project name', 'project', () => ({ project: { name: api.world.project.name } })],
    [
      'project name and domain name',
      'project',
      () => ({ project: { name: api.world.project.name, domain: { name: api.world.domain.name } } }),
    ],
    [
      'project name and domain id',
      'project',
      () => ({ project: { name: api.world.project.name, domain: { id: api.world.domain.id } } }),
    ],
    [
      'project and domain, of which the project wins',
      'project',
      () => ({ project: { id: api.world.project.id }, domain: { id: api.world.domain.id } }),
    ],
    ['domain id', 'domain', () => ({ domain: { id: api.world.domain.id } })],
    ['domain name', 'domain', () => ({ domain: { name: api.world.domain.name } })],
    ['nothing', 'domain', () => undefined],
  ]
  for (const [name, kind, scope] of SCOPES) {
    it(`scoped by ${name} is good for the ${kind}`, async () => {
      const { text, token } = issued(await createToken(owner(), scope()))
      const { project, domain } = api.world
      const seen = kind === 'project' ? token.project?.id : token.domain?.id
      assert.equal(seen, kind === 'project' ? project.id : domain.id)
      assert.equal(token.project === undefined, kind === 'domain')
      assert.equal((await serversWith(text)).status, kind === 'project' ? 200 : 403)
      assert.equal((await api.call('GET', '/v3/projects', { token: text })).status, 200)
    })
  }

  it('lists in its catalog where the services are, unless told not to', async () => {
    const { project } = api.world
    const { token } = issued(await createToken(owner(), { project: { id: project.id } }))
    const urls = Object.fromEntries(token.catalog.map(({ type, endpoints }) => [type, endpoints[0]?.url]))
    assert.deepEqual(urls, { iam: `${api.endpoint}/v3`, appstream: `${api.endpoint}/v1/${project.id}` })
    const short = issued(await createToken(owner(), { project: { id: project.id } }, '?nocatalog=true'))
    assert.deepEqual(short.token.catalog, [])
  })

  it('does not end an earlier one', async () => {
    const scope = { project: { id: api.world.project.id } }
    const first = issued(await createToken(owner(), scope))
    const second = issued(await createToken(owner(), scope))
    assert.notEqual(first.text, second.text)
    for (const { text } of [first, second]) assert.equal((await serversWith(text)).status, 200)
  })
})

describe('a wrong password', () => {
  const CASES: readonly (readonly [string, () => Promise<User>])[] = [
    ['a wrong password', async () => ({ ...owner(), password: 'wrong' })],
    ['the password and a blank', async () => ({ ...owner(), password: `${owner().password} ` })],
    ["another user's password", async () => ({ ...owner(), password: stranger.user.password })],
    ['an unknown user', async () => ({ ...owner(), name: 'nobody' })],
    ['an unknown user id', async () => ({ id: 'nobody', password: owner().password })],
    ['an unknown domain', async () => ({ ...owner(), domain: { name: 'nowhere' } })],
    ["another account's domain", async () => ({ ...owner(), domain: { id: stranger.domain.id } })],
    ['a user id of another domain', async () => ({ ...owner(), id: stranger.user.id })],
    ['a name without a domain', async () => ({ name: owner().name, password: owner().password })],
    ['a password without a user', async () => ({ password: owner().password })],
    ['a disabled user', () => disabled('iam.user')],
    ['a user of a disabled account', () => disabled('iam.domain')],
  ]
  for (const [name, user] of CASES) {
    it(`is all that is said of ${name}`, async () => {
      const answer = await createToken(await user(), { project: { name: api.world.project.name } })
      assert.equal(answer.status, 401)
      assertDeclared('KeystoneCreateUserTokenByPassword', answer)
      const error = { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' }
      assert.equal(answer.text, JSON.stringify({ error }))
      assert.equal(answer.headers['x-subject-token'], undefined)
    })
  }

  async function disabled(table: 'iam.user' | 'iam.domain'): Promise<User> {
    const user = { id: randomUUID(), name: 'gone', password: `Ee5!${randomUUID()}` }
    const domain = { id: randomUUID(), name: randomUUID() }
    const project = { id: randomUUID(), name: 'local-1' }
    const account = { domain, project, user, access_key: newAccessKey() }
    await ensureAccount({ db: api.db, clock: systemClock, secrets: api.keyring.secrets }, account)
    issued(await createToken({ id: user.id, password: user.password }))
    const id = table === 'iam.user' ? user.id : domain.id
    await api.db.updateTable(table).set({ enabled: false }).where('id', '=', id).execute()
    return { id: user.id, password: user.password }
  }
})

describe('a scope that is not the caller’s', () => {
  const SCOPES: readonly (readonly [string, () => Auth['scope']])[] = [
    ['an unknown project', () => ({ project: { id: 'nowhere' } })],
    ['an unknown project name', () => ({ project: { name: 'nowhere-1' } })],
    ['a project of neither id nor name', () => ({ project: {} })],
    ["another account's project", () => ({ project: { id: stranger.project.id } })],
    ["another account's project name", () => ({ project: { name: stranger.project.name } })],
    ['a disabled project', () => ({ project: { name: 'closed-1' } })],
    [
      'an own project of another domain',
      () => ({ project: { id: api.world.project.id, domain: { name: 'stranger' } } }),
    ],
    ["another account's domain", () => ({ domain: { id: stranger.domain.id } })],
    ['an unknown domain', () => ({ domain: { name: 'nowhere' } })],
  ]
  for (const [name, scope] of SCOPES) {
    it(`is refused: ${name}`, async () => {
      const answer = await createToken(owner(), scope())
      assert.equal(answer.status, 403, answer.text)
      assertDeclared('KeystoneCreateUserTokenByPassword', answer)
      assert.match(answer.text, /You are not authorized to perform the requested action\./)
      assert.equal(answer.headers['x-subject-token'], undefined)
    })
  }
})

describe('a token request that cannot be read', () => {
  const password = { user: { id: 'u', password: 'p' } }
  const auth = (identity: object) => ({ auth: { identity } })
  const BODIES: readonly (readonly [string, unknown])[] = [
    ['nothing', ''],
    ['half a document', '{"auth":'],
    ['a list', []],
    ['no auth', {}],
    ['no identity', { auth: {} }],
    ['no methods', auth({ password })],
    ['empty methods', auth({ methods: [], password })],
    ['a method without its block', auth({ methods: ['password'] })],
    ['another method', auth({ methods: ['token'], password })],
    ['a second method', auth({ methods: ['password', 'totp'], password })],
    ['a key as method', auth({ methods: ['hw_ak_sk'], password })],
    ['a password that is a number', auth({ methods: ['password'], password: { user: { id: 'u', password: 1 } } })],
    ['an empty password', auth({ methods: ['password'], password: { user: { id: 'u', password: '' } } })],
    [
      'a name with a NUL character',
      auth({ methods: ['password'], password: { user: { id: 'u\u0000', password: 'p' } } }),
    ],
  ]
  for (const [name, body] of BODIES) {
    it(`is refused with 400 in the shape of IAM: ${name}`, async () => {
      const answer = await post(body)
      assert.equal(answer.status, 400, answer.text)
      assertDeclared('KeystoneCreateUserTokenByPassword', answer)
      assert.match(answer.text, /"message":"The request body is invalid: /)
    })
  }

  it('is refused with 400 in the shape of IAM: another or no content type', async () => {
    for (const type of ['text/plain', 'json', '']) {
      const options = { sign: false, body: auth({ methods: ['password'], password }) } as const
      const answer = await api.call('POST', '/v3/auth/tokens', { ...options, headers: { 'Content-Type': type } })
      assert.equal(answer.status, 400, answer.text)
      assertDeclared('KeystoneCreateUserTokenByPassword', answer)
    }
  })

  it('is read with members that we do not know, and in the type that the documents ask for', async () => {
    const identity = { methods: ['password'], password: { user: { ...owner(), extra: 1 } }, more: {} }
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    const headers = { 'Content-Type': 'application/json;charset=utf8' }
    const body = JSON.stringify({ auth: { identity, deep: 0 } }).replace('"deep":0', `"deep":${deep}`)
    issued(await api.call('POST', '/v3/auth/tokens', { sign: false, headers, body }))
  })
})
