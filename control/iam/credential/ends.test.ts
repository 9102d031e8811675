import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { secondsAfter } from '#kernel'
import { type Answer, type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
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

async function byToken(token: string): Promise<Credential> {
  const body = { auth: { identity: { methods: ['token'] } } }
  const answer = await api.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })
  assert.equal(answer.status, 201, answer.text)
  return (answer.body as { credential: Credential }).credential
}

function assume(): Promise<Answer> {
  const agency_urn = `iam::${foreign.account.domain.id}:agency:helpdesk`
  return api.call('POST', '/v5/agencies/assume', { body: { agency_urn, agency_session_name: 'night-shift' } })
}

/** What ends a session: each is done to a fresh one that has just been used. */
const ENDS: readonly (readonly [string, (made: Made) => Promise<unknown>, RegExp])[] = [
  [
    'its user is disabled',
    ({ user }) => set('iam.user', user.id, { enabled: false }),
    /no longer exists or is disabled/,
  ],
  ['its user is deleted', ({ user }) => deleteUser(user.id), /not exist|no longer exists/],
  [
    'password or keys of its user change',
    ({ user }) => set('iam.user', user.id, { credentials_at: secondsAfter(clock.now(), 1) }),
    /must be updated/,
  ],
  ['the token that it was made from is revoked', ({ token }) => revoke(token), /must be updated/],
]

interface Made {
  readonly user: TestUser
  readonly token: string
}

function set(table: 'iam.user' | 'iam.domain' | 'iam.agency', id: string, values: object) {
  return api.db.updateTable(table).set(values).where('id', '=', id).execute()
}

async function deleteUser(id: string): Promise<void> {
  await api.db.deleteFrom('iam.access_key').where('user_id', '=', id).execute()
  await api.db.deleteFrom('iam.user').where('id', '=', id).execute()
}

async function revoke(token: string): Promise<void> {
  const answer = await api.call('DELETE', '/v3/auth/tokens', { token, headers: { 'X-Subject-Token': token } })
  assert.equal(answer.status, 204)
}

/** The change reaches the control plane as an announcement of the database, a moment later. */
async function firstRefusal(call: () => Promise<Answer>): Promise<Answer> {
  const deadline = Date.now() + 5000
  let answer = await call()
  while (answer.status === 200 && Date.now() < deadline) answer = await call()
  return answer
}

describe('tokens and temporary keys of a user end', () => {
  for (const [name, end, words] of ENDS) {
    it(`when ${name}`, async () => {
      const user = await insertTestUser(api, api.world.domain.id, `user-${ENDS.findIndex(([each]) => each === name)}`)
      const identity = { methods: ['password'], password: { user: { id: user.id, password: user.password } } }
      const token = tokenIn(await api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth: { identity } } }))
      const key = await byToken(token)
      assert.equal((await callWith({ api, clock }, key, OPEN)).status, 200)
      await end({ user, token })
      for (const call of [() => callWith({ api, clock }, key, OPEN), () => api.call('GET', OPEN, { token })]) {
        const { status, text } = await firstRefusal(call)
        assert.equal(status, 401)
        assert.match(text, words)
      }
    })
  }
})

describe('sessions of an agency end', () => {
  let key: Credential
  beforeEach(async () => {
    key = assumedIn(await assume())
    assert.equal((await callWith({ api, clock }, key, OPEN)).status, 200)
  })

  const refused = async () => {
    const { status, text } = await firstRefusal(() => callWith({ api, clock }, key, OPEN))
    assert.equal(status, 401, text)
  }

  it('when its account is disabled, and only as long', async () => {
    const { id } = foreign.account.domain
    await set('iam.domain', id, { enabled: false })
    await refused()
    await set('iam.domain', id, { enabled: true })
  })

  it('when it trusts another account', async () => {
    await set('iam.agency', foreign.agencyId, { trust_domain_id: foreign.account.domain.id })
    await refused()
    await set('iam.agency', foreign.agencyId, { trust_domain_id: api.world.domain.id })
  })

  it('when its time is over, which their own end foretells', async () => {
    const created_at = secondsAfter(clock.now(), 600 - 24 * 3600)
    await set('iam.agency', foreign.agencyId, { duration: 'ONEDAY', created_at })
    const short = assumedIn(await assume())
    assert.equal(Date.parse(short.expires_at) - clock.now().getTime(), 600 * 1000)
    clock.advance(600)
    await refused()
    assert.equal((await assume()).status, 403)
    await set('iam.agency', foreign.agencyId, { duration: 'FOREVER' })
  })

  it('when the account of the user who has assumed it is disabled', async () => {
    await set('iam.domain', api.world.domain.id, { enabled: false })
    await refused()
    await set('iam.domain', api.world.domain.id, { enabled: true })
  })

  it('when it is deleted', async () => {
    await api.db.deleteFrom('iam.agency').where('id', '=', foreign.agencyId).execute()
    await refused()
  })
})
