import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AccessKey, type Answer, testApi } from '../../testing/api.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { freshName, type Identities, identitiesOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

type Statement = Readonly<Record<string, unknown>>

/** A user with one policy of these statements. */
async function userWith(...Statement: readonly Statement[]): Promise<TestUser> {
  const user = await insertTestUser(ids.api, ids.domainId, freshName('held'))
  const policy_document = JSON.stringify({ Version: '5.0', Statement })
  const made = await ids.api.call('POST', '/v5/policies', { body: { policy_name: freshName('p'), policy_document } })
  assert.equal(made.status, 201, made.text)
  const { policy_id } = (made.body as { policy: { policy_id: string } }).policy
  const attached = await ids.api.call('POST', `/v5/policies/${policy_id}/attach-user`, { body: { user_id: user.id } })
  assert.ok(attached.status < 300, attached.text)
  return user
}

async function tokenOf({ id, password }: TestUser, projectId?: string): Promise<Answer> {
  const identity = { methods: ['password'], password: { user: { id, password } } }
  const auth = projectId === undefined ? { identity } : { identity, scope: { project: { id: projectId } } }
  return ids.api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth } })
}

describe('the access mode of a user', () => {
  const setMode = async ({ id }: TestUser, access_mode: string) => {
    await ids.ask('UpdateUser', { params: { user_id: id }, body: { user: { access_mode } }, status: 200 })
  }
  const signed = ({ access_key }: TestUser) => ids.api.call('GET', '/v3/auth/domains', { sign: access_key })

  it('programmatic gives no token by password, and default does', async () => {
    const user = await insertTestUser(ids.api, ids.domainId, freshName('robot'))
    await setMode(user, 'programmatic')
    const refused = await tokenOf(user)
    assert.deepEqual([refused.status, refused.headers['x-subject-token']], [403, undefined], refused.text)
    assert.equal((await tokenOf({ ...user, password: 'Wrong-1-password' })).status, 401)
    assert.equal((await signed(user)).status, 200)
    await setMode(user, 'default')
    assert.equal((await tokenOf(user)).status, 201)
  })

  it('console lets no permanent key sign, which only its holder is told', async () => {
    const user = await insertTestUser(ids.api, ids.domainId, freshName('human'))
    await setMode(user, 'console')
    const refused = await signed(user)
    assert.deepEqual([refused.status, /IAM\.0081/.test(refused.text)], [403, true], refused.text)
    const guess = await signed({ ...user, access_key: { ...user.access_key, secret: 'not-the-secret' } })
    assert.equal(guess.status, 401, guess.text)
    assert.equal((await tokenOf(user)).status, 201)
  })
})

describe('who may change what is called dev-*', () => {
  const urn = (type: string, name: string) => `iam::${ids.domainId}:${type}:${name}`
  const renamer = (action: string, type: string, prefix: string): Promise<TestUser> =>
    userWith({ Effect: 'Allow', Action: [action], Resource: [urn(type, prefix)] })
  const send = (method: string, path: string, as: AccessKey, body: object) =>
    ids.api.call(method, path, { sign: as, body })

  const users = [
    ['iam:users:updateUser', 'PATCH', (id: string) => `/v3/users/${id}`, (name: string) => ({ user: { name } })],
    [
      'iam:users:updateUser',
      'PUT',
      (id: string) => `/v3.0/OS-USER/users/${id}`,
      (name: string) => ({ user: { name } }),
    ],
    ['iam:users:updateUserV5', 'PUT', (id: string) => `/v5/users/${id}`, (name: string) => ({ new_user_name: name })],
  ] as const
  for (const [action, method, path, body] of users) {
    it(`gives a user no name beyond that: ${method} ${path('{id}')}`, async () => {
      const { access_key } = await renamer(action, 'user', 'dev-*')
      const { id } = await insertTestUser(ids.api, ids.domainId, freshName('dev'))
      const refused = await send(method, path(id), access_key, body(freshName('admin')))
      assert.equal(refused.status, 403, refused.text)
      const renamed = await send(method, path(id), access_key, body(freshName('dev')))
      assert.equal(renamed.status, 200, renamed.text)
    })
  }

  const groups = [
    ['iam:groups:updateGroup', 'PATCH', (id: string) => `/v3/groups/${id}`, (name: string) => ({ group: { name } })],
    [
      'iam:groups:updateGroupV5',
      'PUT',
      (id: string) => `/v5/groups/${id}`,
      (name: string) => ({ new_group_name: name }),
    ],
  ] as const
  for (const [action, method, path, body] of groups) {
    it(`gives a group no name beyond that: ${method} ${path('{id}')}`, async () => {
      const { access_key } = await renamer(action, 'group', 'dev-*')
      const made = await ids.give<{ group: { id: string } }>('KeystoneCreateGroup', {
        body: { group: { name: freshName('dev') } },
      })
      const refused = await send(method, path(made.group.id), access_key, body(freshName('admin')))
      assert.equal(refused.status, 403, refused.text)
      const renamed = await send(method, path(made.group.id), access_key, body(freshName('dev')))
      assert.equal(renamed.status, 200, renamed.text)
    })
  }

  it('gives a project no name beyond that', async () => {
    const { access_key } = await renamer('iam:projects:updateProject', 'project', 'local-1_dev*')
    const made = await ids.give<{ project: { id: string } }>('KeystoneCreateProject', {
      body: { project: { name: 'local-1_dev' } },
    })
    const path = `/v3/projects/${made.project.id}`
    const refused = await send('PATCH', path, access_key, { project: { name: 'local-1_live' } })
    assert.equal(refused.status, 403, refused.text)
    const renamed = await send('PATCH', path, access_key, { project: { name: 'local-1_dev2' } })
    assert.equal(renamed.status, 200, renamed.text)
  })
})

describe('a user and its own keys', () => {
  const keysOf = ({ id }: TestUser) => `/v5/users/${id}/access-keys`
  const create = ({ id, access_key }: TestUser, sign: AccessKey = access_key, headers = {}) =>
    Promise.all([
      ids.api.call('POST', `/v5/users/${id}/access-keys`, { sign, headers }),
      ids.api.call('POST', '/v3.0/OS-CREDENTIAL/credentials', { sign, headers, body: { credential: { user_id: id } } }),
    ])

  it('makes, lists and deletes them without a permission', async () => {
    const user = await insertTestUser(ids.api, ids.domainId, freshName('free'))
    const made = await ids.api.call('POST', keysOf(user), { sign: user.access_key })
    assert.equal(made.status, 201, made.text)
    assert.equal((await ids.api.call('GET', keysOf(user), { sign: user.access_key })).status, 200)
  })

  it('does nothing of that against a Deny', async () => {
    const user = await userWith({ Effect: 'Deny', Action: ['iam:*:*'] })
    const { access } = user.access_key
    const answers = [
      ...(await create(user)),
      await ids.api.call('GET', keysOf(user), { sign: user.access_key }),
      await ids.api.call('DELETE', `${keysOf(user)}/${access}`, { sign: user.access_key }),
      await ids.api.call('GET', `/v3/users/${user.id}`, { sign: user.access_key }),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 403, 403, 403],
    )
  })

  it('makes none with a temporary key, also when it is allowed to, and some with a token by password', async () => {
    const user = await userWith({ Effect: 'Allow', Action: ['iam:*:*'] })
    const token = String((await tokenOf(user, ids.api.world.project.id)).headers['x-subject-token'])
    const body = { auth: { identity: { methods: ['token'] } } }
    const made = await ids.api.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })
    assert.equal(made.status, 201, made.text)
    const { credential } = made.body as { credential: { access: string; secret: string; securitytoken: string } }
    const headers = { 'X-Security-Token': credential.securitytoken }
    const refused = await create(user, credential, headers)
    assert.deepEqual(
      refused.map(({ status }) => status),
      [403, 403],
      refused[0].text,
    )
    assert.equal((await ids.api.call('POST', keysOf(user), { token })).status, 201)
  })
})
