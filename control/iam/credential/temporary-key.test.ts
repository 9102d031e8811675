import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { secondsAfter } from '#kernel'
import { signRequest } from '../../../contract/signing/sign.ts'
import { type Answer, assertDeclared, type CallOptions, type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { IdentityCache } from '../identity-cache.ts'
import { createAuthenticator } from './authenticate.ts'
import { type Foreign, insertForeign, ownToken, tokenIn } from './test-agencies.ts'

const clock = testClock(new Date())
let api: TestApi
let foreign: Foreign
before(async () => {
  api = await testApi({ clock })
  foreign = await insertForeign(api)
})
after(() => api[Symbol.asyncDispose]())

const PATH = '/v3.0/OS-CREDENTIAL/securitytokens'
const POLICY = { Version: '1.1', Statement: [{ Effect: 'Allow', Action: ['workspace:server:list'] }] }

interface Credential {
  readonly access: string
  readonly secret: string
  readonly securitytoken: string
  readonly expires_at: string
}

async function ask(identity: object, options: CallOptions): Promise<Answer> {
  const answer = await api.call('POST', PATH, { ...options, body: { auth: { identity } } })
  assertDeclared('CreateTemporaryAccessKeyByToken', answer)
  return answer
}

function issued(answer: Answer): Credential {
  assert.equal(answer.status, 201, answer.text)
  return (answer.body as { credential: Credential }).credential
}

const byToken = async (token: string, more: object = {}) =>
  issued(await ask({ methods: ['token'], token: {}, ...more }, { token }))

/** A call that is signed with the key; the security token signed with it unless told otherwise. */
async function callWith(key: Credential, path: string, sent: 'signed' | 'unsigned' | 'absent' = 'signed') {
  const sign = { access: key.access, secret: key.secret }
  const headers = { 'X-Security-Token': key.securitytoken }
  if (sent === 'signed') return api.call('GET', path, { sign, headers })
  const signature = signRequest({
    method: 'GET',
    url: `${api.endpoint}${path}`,
    headers: {},
    body: '',
    accessKey: key.access,
    secretKey: key.secret,
    now: clock.now(),
  })
  return api.call('GET', path, { sign: false, headers: { ...signature, ...(sent === 'unsigned' ? headers : {}) } })
}

const OPEN = '/v3/auth/domains'
const servers = () => `/v1/${api.world.project.id}/app-servers`

describe('a temporary key for a token', () => {
  it('signs requests together with its security token, signed or not, and never without', async () => {
    const key = await byToken(await ownToken(api))
    assert.equal((await callWith(key, OPEN)).status, 200)
    assert.equal((await callWith(key, OPEN, 'unsigned')).status, 200)
    const alone = await callWith(key, OPEN, 'absent')
    assert.deepEqual([alone.status, /needs one X-Security-Token/.test(alone.text)], [401, true])
    const other = await byToken(await ownToken(api))
    const foreignToken = await callWith({ ...key, securitytoken: other.securitytoken }, OPEN)
    assert.deepEqual([foreignToken.status, /is not that of the access key/.test(foreignToken.text)], [401, true])
    assert.doesNotMatch(foreignToken.text, new RegExp(other.securitytoken))
  })

  it('is good where the token is: in its project, or in all of the account', async () => {
    const [bound, unbound] = [await byToken(await ownToken(api, 'project')), await byToken(await ownToken(api))]
    assert.equal((await callWith(bound, servers())).status, 200)
    assert.equal((await callWith(unbound, servers())).status, 200)
    const other = { id: 'e'.repeat(32), name: 'other-1', domain_id: api.world.domain.id, created_at: new Date() }
    await api.db.insertInto('iam.project').values(other).execute()
    const path = `/v1/${other.id}/app-servers`
    assert.deepEqual([(await callWith(bound, path)).status, (await callWith(unbound, path)).status], [403, 200])
  })

  it('takes the token of the header before that of the body, and that of the body alone', async () => {
    const viewer = await insertTestUser(api, api.world.domain.id, 'viewer')
    const identity = { methods: ['password'], password: { user: { id: viewer.id, password: viewer.password } } }
    const id = tokenIn(await api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth: { identity } } }))
    const header = issued(await ask({ methods: ['token'], token: { id } }, { token: await ownToken(api) }))
    const body = issued(await ask({ methods: ['token'], token: { id } }, { sign: false }))
    const principalOf = async (key: Credential) =>
      ((await callWith(key, '/v5/caller-identity')).body as { principal_id: string }).principal_id
    assert.deepEqual([await principalOf(header), await principalOf(body)], [api.world.user.id, viewer.id])
  })

  it('lives for 900 seconds, or as long as was asked for', async () => {
    const token = await ownToken(api)
    const seconds = ({ expires_at }: Credential) => (Date.parse(expires_at) - clock.now().getTime()) / 1000
    assert.equal(seconds(await byToken(token)), 900)
    const key = await byToken(token, { token: { duration_seconds: 86_400 } })
    assert.equal(seconds(key), 86_400)
    clock.advance(86_399)
    assert.equal((await callWith(key, OPEN)).status, 200)
    clock.advance(1)
    const late = await callWith(key, OPEN)
    assert.deepEqual([late.status, /security token expires, expires_at: /.test(late.text)], [401, true])
  })

  it('is removed some time after its end, when another is made', async () => {
    await byToken(await ownToken(api))
    clock.advance(2 * 86_400)
    await byToken(await ownToken(api))
    assert.equal((await api.db.selectFrom('iam.temporary_key').select('access_key').execute()).length, 1)
  })

  it('carries its session policy to whoever decides', async () => {
    const key = await byToken(await ownToken(api), { policy: POLICY })
    const { db, keyring } = api
    const authenticate = createAuthenticator({ db, clock, keyring, cache: new IdentityCache() }, 'local-1')
    const signature = signRequest({
      method: 'GET',
      url: 'http://x/',
      headers: {},
      body: '',
      accessKey: key.access,
      secretKey: key.secret,
      now: clock.now(),
    })
    const rawHeaders = [...Object.entries(signature).flat(), 'X-Security-Token', key.securitytoken]
    const sent = { method: 'GET', requestTarget: '/', rawHeaders, body: Buffer.alloc(0) }
    const principal = await authenticate({ ...sent, sourceIp: '192.0.2.1', isSecure: false })
    assert.deepEqual(JSON.parse(principal.sessionPolicy ?? ''), POLICY)
    assert.deepEqual([principal.credential, principal.issuedAt], ['temporary_key', clock.now()])
  })

  it('leaves neither secret nor security token in the database or in the log', async () => {
    const key = await byToken(await ownToken(api))
    await callWith({ ...key, secret: 'x'.repeat(40) }, OPEN)
    const rows = JSON.stringify(await api.db.selectFrom('iam.temporary_key').selectAll().execute())
    for (const secret of [key.secret, key.securitytoken]) {
      assert.ok(!rows.includes(secret))
      assert.ok(!JSON.stringify(api.log.lines).includes(secret))
    }
  })

  const REFUSED: readonly (readonly [string, number, object])[] = [
    ['no method', 400, {}],
    ['another method', 400, { methods: ['password'] }],
    ['two methods', 400, { methods: ['token', 'assume_role'] }],
    ['too short a time', 400, { methods: ['token'], token: { duration_seconds: 899 } }],
    ['too long a time', 400, { methods: ['token'], token: { duration_seconds: 86_401 } }],
    ['half a second', 400, { methods: ['token'], token: { duration_seconds: 900.5 } }],
    ['a policy that is none', 400, { methods: ['token'], policy: [] }],
    ['a policy of another version', 400, { methods: ['token'], policy: { ...POLICY, Version: '9.9' } }],
    ['a policy without statements', 400, { methods: ['token'], policy: { Version: '1.1' } }],
    ['a policy that is too long', 400, { methods: ['token'], policy: { ...POLICY, Id: 'x'.repeat(7000) } }],
    ['an agency without a name', 400, { methods: ['assume_role'], assume_role: { domain_name: 'partner' } }],
  ]
  for (const [name, status, identity] of REFUSED) {
    it(`is refused for ${name}`, async () => {
      assert.equal((await ask(identity, { token: await ownToken(api) })).status, status)
    })
  }

  it('is given to nobody without a token', async () => {
    for (const options of [{ sign: false } as const, {}]) {
      assert.equal((await ask({ methods: ['token'] }, options)).status, 401)
    }
  })
})

const AGENCY = { agency_name: 'helpdesk', domain_name: 'partner' }

async function assume(body: object = {}, options: CallOptions = {}): Promise<Answer> {
  const agency_urn = `iam::${foreign.account.domain.id}:agency:helpdesk`
  const full = { agency_urn, agency_session_name: 'night-shift', ...body }
  const answer = await api.call('POST', '/v5/agencies/assume', { ...options, body: full })
  assertDeclared('AssumeAgency', answer)
  return answer
}

function assumed(answer: Answer): Credential {
  assert.equal(answer.status, 200, answer.text)
  const { credentials } = answer.body as { credentials: Record<string, string> }
  const { access_key_id: access, secret_access_key: secret, security_token, expiration } = credentials
  return { access, secret, securitytoken: security_token, expires_at: expiration } as Credential
}

describe('a temporary key for an agency', () => {
  it('by method assume_role acts for the agency under the name of the session', async () => {
    const identity = { methods: ['assume_role'], assume_role: { ...AGENCY, session_user: { name: 'robot' } } }
    const { body } = await callWith(issued(await ask(identity, {})), '/v5/caller-identity')
    assert.deepEqual(body, {
      account_id: foreign.account.domain.id,
      principal_id: `${foreign.agencyId}:robot`,
      principal_urn: `sts::${foreign.account.domain.id}:assumed-agency:helpdesk/robot`,
    })
  })

  it('by URN says what was assumed, and lives an hour', async () => {
    const answer = await assume()
    const domainId = foreign.account.domain.id
    assert.deepEqual((answer.body as { assumed_agency: object }).assumed_agency, {
      urn: `sts::${domainId}:assumed-agency:helpdesk/night-shift`,
      id: `${foreign.agencyId}:night-shift`,
    })
    const key = assumed(answer)
    assert.equal(Date.parse(key.expires_at) - clock.now().getTime(), 3600 * 1000)
    const there = await callWith(key, `/v1/${foreign.account.project.id}/app-servers`)
    assert.equal(there.status, 403, 'nothing was granted to the agency')
    assert.match(there.text, /assumed-agency|is not authorized/)
  })

  const REFUSED: readonly (readonly [string, number, object])[] = [
    ['more time than the agency allows', 400, { duration_seconds: 3601 }],
    ['too little time', 400, { duration_seconds: 899 }],
    ['a name of one letter', 400, { agency_session_name: 'x' }],
    ['a name with a slash', 400, { agency_session_name: 'a/b' }],
    ['a URN that is none', 400, { agency_urn: 'helpdesk' }],
    ['a policy that is no JSON', 400, { policy: '{' }],
    ['policies by id, which are not known yet', 400, { policy_ids: ['1'] }],
    ['a member that might narrow it', 400, { external_id: '1' }],
    ['an agency that is not there', 403, { agency_urn: `iam::${'0'.repeat(32)}:agency:helpdesk` }],
  ]
  for (const [name, status, body] of REFUSED) {
    it(`is refused for ${name}`, async () => assert.equal((await assume(body)).status, status))
  }
})

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
      assert.equal((await callWith(key, OPEN)).status, 200)
      await end({ user, token })
      for (const call of [() => callWith(key, OPEN), () => api.call('GET', OPEN, { token })]) {
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
    key = assumed(await assume())
    assert.equal((await callWith(key, OPEN)).status, 200)
  })

  const refused = async () => {
    const { status, text } = await firstRefusal(() => callWith(key, OPEN))
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
    const short = assumed(await assume())
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
