import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { signRequest } from '../../../contract/signing/sign.ts'
import { type Answer, assertDeclared, type CallOptions, type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { IdentityCache } from '../identity-cache.ts'
import { createAuthenticator } from './authenticate.ts'
import {
  assumedIn,
  type Credential,
  callWith,
  type Foreign,
  insertForeign,
  ownToken,
  tokenIn,
} from './test-agencies.ts'

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

const OPEN = '/v3/auth/domains'
const servers = () => `/v1/${api.world.project.id}/app-servers`

describe('a temporary key for a token', () => {
  it('signs requests together with its security token, signed or not, and never without', async () => {
    const key = await byToken(await ownToken(api))
    assert.equal((await callWith({ api, clock }, key, OPEN)).status, 200)
    assert.equal((await callWith({ api, clock }, key, OPEN, 'unsigned')).status, 200)
    const alone = await callWith({ api, clock }, key, OPEN, 'absent')
    assert.deepEqual([alone.status, /needs one X-Security-Token/.test(alone.text)], [401, true])
    const other = await byToken(await ownToken(api))
    const foreignToken = await callWith({ api, clock }, { ...key, securitytoken: other.securitytoken }, OPEN)
    assert.deepEqual([foreignToken.status, /is not that of the access key/.test(foreignToken.text)], [401, true])
    assert.doesNotMatch(foreignToken.text, new RegExp(other.securitytoken))
  })

  it('is good where the token is: in its project, or in all of the account', async () => {
    const [bound, unbound] = [await byToken(await ownToken(api, 'project')), await byToken(await ownToken(api))]
    assert.equal((await callWith({ api, clock }, bound, servers())).status, 200)
    assert.equal((await callWith({ api, clock }, unbound, servers())).status, 200)
    const other = { id: 'e'.repeat(32), name: 'other-1', domain_id: api.world.domain.id, created_at: new Date() }
    await api.db.insertInto('iam.project').values(other).execute()
    const path = `/v1/${other.id}/app-servers`
    assert.deepEqual(
      [(await callWith({ api, clock }, bound, path)).status, (await callWith({ api, clock }, unbound, path)).status],
      [403, 200],
    )
  })

  it('takes the token of the header before that of the body, and that of the body alone', async () => {
    const viewer = await insertTestUser(api, api.world.domain.id, 'viewer')
    const identity = { methods: ['password'], password: { user: { id: viewer.id, password: viewer.password } } }
    const id = tokenIn(await api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth: { identity } } }))
    const header = issued(await ask({ methods: ['token'], token: { id } }, { token: await ownToken(api) }))
    const body = issued(await ask({ methods: ['token'], token: { id } }, { sign: false }))
    const principalOf = async (key: Credential) =>
      ((await callWith({ api, clock }, key, '/v5/caller-identity')).body as { principal_id: string }).principal_id
    assert.deepEqual([await principalOf(header), await principalOf(body)], [api.world.user.id, viewer.id])
  })

  it('lives for 900 seconds, or as long as was asked for', async () => {
    const token = await ownToken(api)
    const seconds = ({ expires_at }: Credential) => (Date.parse(expires_at) - clock.now().getTime()) / 1000
    assert.equal(seconds(await byToken(token)), 900)
    const key = await byToken(token, { token: { duration_seconds: 86_400 } })
    assert.equal(seconds(key), 86_400)
    clock.advance(86_399)
    assert.equal((await callWith({ api, clock }, key, OPEN)).status, 200)
    clock.advance(1)
    const late = await callWith({ api, clock }, key, OPEN)
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
    await callWith({ api, clock }, { ...key, secret: 'x'.repeat(40) }, OPEN)
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

describe('a temporary key for an agency', () => {
  it('by method assume_role acts for the agency under the name of the session', async () => {
    const identity = { methods: ['assume_role'], assume_role: { ...AGENCY, session_user: { name: 'robot' } } }
    const { body } = await callWith({ api, clock }, issued(await ask(identity, {})), '/v5/caller-identity')
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
    const key = assumedIn(answer)
    assert.equal(Date.parse(key.expires_at) - clock.now().getTime(), 3600 * 1000)
    const there = await callWith({ api, clock }, key, `/v1/${foreign.account.project.id}/app-servers`)
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
