import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { secondsAfter } from '#kernel'
import { type Answer, type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { ensureAccount } from '../identity/account.service.ts'
import { assumedIn, type Credential, callWith, type Foreign, insertForeign, tokenIn } from './test-agencies.ts'

const clock = testClock(new Date())
let api: TestApi
let foreign: Foreign
before(async () => {
  api = await testApi({ clock })
  foreign = await insertForeign(api)
})
after(() => api[Symbol.asyncDispose]())

const OPEN = '/v3/auth/domains'
let counter = 0

function newUser(): Promise<TestUser> {
  counter += 1
  return insertTestUser(api, api.world.domain.id, `keyholder-${counter}`)
}

async function tokenOf({ id, password }: { readonly id: string; readonly password: string }): Promise<string> {
  const identity = { methods: ['password'], password: { user: { id, password } } }
  return tokenIn(await api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth: { identity } } }))
}

const statusOf = async (token: string) => (await api.call('GET', OPEN, { token })).status

async function assertEnded(answer: Answer | Promise<Answer>): Promise<void> {
  const { status, text } = await answer
  assert.equal(status, 401, text)
  assert.match(text, /APIGW\.0307/)
}

/** A session that the owner's own key has opened. */
async function session(): Promise<Credential> {
  const agency_urn = `iam::${foreign.account.domain.id}:agency:helpdesk`
  const body = { agency_urn, agency_session_name: 'night-shift' }
  return assumedIn(await api.call('POST', '/v5/agencies/assume', { body }))
}

describe('what was made with a key ends', () => {
  const ways: readonly (readonly [string, (user: TestUser) => Promise<Answer>])[] = [
    [
      'when it is switched off, in the older generation',
      ({ access_key: { access } }) =>
        api.call('PUT', `/v3.0/OS-CREDENTIAL/credentials/${access}`, { body: { credential: { status: 'inactive' } } }),
    ],
    [
      'when it is switched off, in the newer one',
      ({ id, access_key: { access } }) =>
        api.call('PUT', `/v5/users/${id}/access-keys/${access}`, { body: { status: 'inactive' } }),
    ],
    [
      'when it is deleted, in the older generation',
      ({ access_key: { access } }) => api.call('DELETE', `/v3.0/OS-CREDENTIAL/credentials/${access}`),
    ],
    [
      'when it is deleted, in the newer one',
      ({ id, access_key: { access } }) => api.call('DELETE', `/v5/users/${id}/access-keys/${access}`),
    ],
  ]
  for (const [name, end] of ways) {
    it(name, async () => {
      const user = await newUser()
      const token = await tokenOf(user)
      assert.equal(await statusOf(token), 200)
      const answer = await end(user)
      assert.ok(answer.status < 300, answer.text)
      await assertEnded(api.call('GET', OPEN, { token }))
      assert.equal(await statusOf(await tokenOf(user)), 200)
    })
  }

  it('a session of an agency as well', async () => {
    const { id } = api.world.user
    const made = await api.call('POST', `/v5/users/${id}/access-keys`)
    const { access_key } = made.body as { access_key: { access_key_id: string } }
    const opened = await session()
    assert.equal((await callWith({ api, clock }, opened, OPEN)).status, 200)
    const path = `/v5/users/${id}/access-keys/${access_key.access_key_id}`
    assert.equal((await api.call('DELETE', path)).status, 204)
    await assertEnded(callWith({ api, clock }, opened, OPEN))
  })

  it('and does not when only its description changes, or when it is off already', async () => {
    const user = await newUser()
    const path = `/v3.0/OS-CREDENTIAL/credentials/${user.access_key.access}`
    const change = async (credential: object) => {
      assert.equal((await api.call('PUT', path, { body: { credential } })).status, 200)
    }
    const token = await tokenOf(user)
    await change({ description: 'of the old laptop' })
    assert.equal(await statusOf(token), 200)
    await change({ status: 'inactive' })
    const later = await tokenOf(user)
    await change({ status: 'inactive' })
    await change({ status: 'active' })
    assert.equal(await statusOf(later), 200)
  })
})

describe('a token from before a change of the password ends', () => {
  const change = async (user: TestUser, password: string) => {
    const answer = await api.call('PATCH', `/v3/users/${user.id}`, { body: { user: { password } } })
    assert.equal(answer.status, 200, answer.text)
    return { id: user.id, password }
  }

  it('also when two changes fall into one millisecond', async () => {
    const user = await newUser()
    const between = await tokenOf(await change(user, 'Zz9!between-the-two'))
    await change(user, 'Zz9!after-the-second')
    await assertEnded(api.call('GET', OPEN, { token: between }))
  })

  it('also when the clock of the replica that makes the change is an hour behind', async () => {
    const user = await newUser()
    const ahead = secondsAfter(clock.now(), 3600)
    await api.db.updateTable('iam.user').set({ credentials_at: ahead }).where('id', '=', user.id).execute()
    const token = await tokenOf(user)
    await change(user, 'Zz9!set-by-the-slow')
    await assertEnded(api.call('GET', OPEN, { token }))
  })
})

describe('the file of the start', () => {
  const ensure = (account: object) => {
    const { domain, project, user, access_key } = api.world
    const deps = { db: api.db, clock, secrets: api.keyring.secrets }
    return ensureAccount(deps, { domain, project, user, access_key, ...account })
  }
  const credentialsAt = async () => {
    const query = api.db.selectFrom('iam.user').select('credentials_at').where('id', '=', api.world.user.id)
    return (await query.executeTakeFirstOrThrow()).credentials_at.getTime()
  }

  it('ends nothing as long as it says the same', async () => {
    const at = await credentialsAt()
    await ensure({})
    assert.equal(await credentialsAt(), at)
  })

  it('ends what the owner has when it brings another password or another secret', async () => {
    const first = await credentialsAt()
    await ensure({ user: { ...api.world.user, password: 'Other-1-password!' } })
    const second = await credentialsAt()
    assert.notEqual(second, first)
    await ensure({
      user: { ...api.world.user, password: 'Other-1-password!' },
      access_key: { ...api.world.access_key, secret: 'another-secret-of-the-file' },
    })
    assert.notEqual(await credentialsAt(), second)
  })
})
