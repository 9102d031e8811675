import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ResponseOf } from '../../../contract/operation.ts'
import type { createUserTokenByPassword } from '../../../contract/operations/iam/token.ts'
import { type Answer, assertDeclared, type CallOptions, type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { type Foreign, insertForeign, ownToken, tokenIn } from './test-agencies.ts'

const clock = testClock(new Date())
let api: TestApi
let foreign: Foreign
let closed: Foreign
let viewer: TestUser
before(async () => {
  api = await testApi({ clock })
  foreign = await insertForeign(api)
  closed = await insertForeign(api, 'closed')
  const untrusting = { trust_domain_id: closed.account.domain.id }
  await api.db.updateTable('iam.agency').set(untrusting).where('id', '=', closed.agencyId).execute()
  viewer = await insertTestUser(api, api.world.domain.id, 'viewer')
})
after(() => api[Symbol.asyncDispose]())

type Token = ResponseOf<typeof createUserTokenByPassword>['token']

async function ask(identity: object, scope: object | undefined, options: CallOptions = {}): Promise<Answer> {
  const body = { auth: { identity, ...(scope ? { scope } : {}) } }
  const answer = await api.call('POST', '/v3/auth/tokens', { sign: false, ...options, body })
  assertDeclared('KeystoneCreateUserTokenByPassword', answer)
  return answer
}

function described(answer: Answer): Token {
  assert.equal(answer.status, 201, answer.text)
  return (answer.body as { token: Token }).token
}

const trade = (id: string, scope?: object) => ask({ methods: ['token'], token: { id } }, scope)

describe('a token for a token', () => {
  it('has the scope that is asked for, and the user of the first', async () => {
    const { project, user } = api.world
    const answer = await trade(await ownToken(api), { project: { name: project.name } })
    const token = described(answer)
    assert.deepEqual([token.methods, token.user.id, token.project?.id], [['token'], user.id, project.id])
    const servers = await api.call('GET', `/v1/${project.id}/app-servers`, { token: tokenIn(answer) })
    assert.equal(servers.status, 200, servers.text)
  })

  it('lives no longer than the first', async () => {
    const first = await ownToken(api)
    clock.advance(23 * 3600)
    const second = await trade(first)
    assert.equal(Date.parse(described(second).expires_at) - clock.now().getTime(), 3600 * 1000)
    clock.advance(3600)
    const late = await api.call('GET', '/v3/auth/domains', { token: tokenIn(second) })
    assert.match(late.text, /token expires/)
  })

  it('can be had of it again and again, but not without end', async () => {
    let token = await ownToken(api)
    for (let trades = 0; trades < 8; trades += 1) token = tokenIn(await trade(token))
    assert.ok(token.length < 1000, `${token.length} characters`)
    const refused = await trade(token)
    assert.equal(refused.status, 400)
    assert.match(refused.text, /traded too often/)
  })

  const REFUSED: readonly (readonly [string, number, () => object])[] = [
    ['no member token', 400, () => ({ methods: ['token'] })],
    ['text that is no token', 401, () => ({ methods: ['token'], token: { id: 'garbage' } })],
    ['a very long text', 401, () => ({ methods: ['token'], token: { id: 'A'.repeat(30_000) } })],
    ['two methods', 400, () => ({ methods: ['token', 'password'], token: { id: 'x' } })],
    ['a key as method', 400, () => ({ methods: ['hw_ak_sk'] })],
    ['a name that every object has', 400, () => ({ methods: ['constructor'] })],
  ]
  for (const [name, status, identity] of REFUSED) {
    it(`is refused for ${name}`, async () => assert.equal((await ask(identity(), undefined)).status, status))
  }
})

const assume = (named: object, options: CallOptions = {}, scope?: object) =>
  ask({ methods: ['assume_role'], assume_role: named }, scope, { sign: api.world.access_key, ...options })

describe('a token for an agency', () => {
  const NAMINGS: readonly (readonly [string, () => object])[] = [
    ['agency_name and domain_id', () => ({ agency_name: 'helpdesk', domain_id: foreign.account.domain.id })],
    ['agency_name and domain_name', () => ({ agency_name: 'helpdesk', domain_name: 'partner' })],
    ['xrole_name, as Terraform does', () => ({ xrole_name: 'helpdesk', domain_name: 'partner' })],
  ]
  for (const [name, named] of NAMINGS) {
    it(`named by ${name} says whose it is and who has assumed it`, async () => {
      const token = described(await assume(named()))
      const { domain } = foreign.account
      const { user, domain: home } = api.world
      assert.deepEqual(token.user, { id: foreign.agencyId, name: 'partner/helpdesk', domain })
      assert.deepEqual(token.assumed_by?.user, { id: user.id, name: user.name, password_expires_at: '', domain: home })
      assert.deepEqual([token.domain, token.roles], [domain, []])
    })
  }

  it('is good in the account of the agency, not in that of the caller', async () => {
    const named = { agency_name: 'helpdesk', domain_name: 'partner' }
    const token = tokenIn(await assume(named, {}, { project: { name: 'partner-1' } }))
    const projects = await api.call('GET', '/v3/projects', { token })
    assert.deepEqual(
      (projects.body as { projects: { id: string }[] }).projects.map(({ id }) => id),
      [foreign.account.project.id],
    )
    const home = await api.call('GET', `/v1/${api.world.project.id}/app-servers`, { token })
    assert.equal(home.status, 403)
    const identity = await api.call('GET', '/v5/caller-identity', { token })
    assertDeclared('GetCallerIdentity', identity)
    assert.deepEqual(identity.body, {
      account_id: foreign.account.domain.id,
      principal_id: `${foreign.agencyId}:${api.world.user.name}`,
      principal_urn: `sts::${foreign.account.domain.id}:assumed-agency:helpdesk/${api.world.user.name}`,
    })
  })

  it('may be asked for with a token as well as with a signature, and with neither is not', async () => {
    const named = { agency_name: 'helpdesk', domain_name: 'partner' }
    described(await assume(named, { token: await ownToken(api) }))
    const answer = await assume(named, { sign: false })
    assert.deepEqual([answer.status, /x-auth-token not found/.test(answer.text)], [401, true])
  })

  it('is refused in the same words for an agency that is not there and one that trusts another account', async () => {
    const answers = await Promise.all(
      [
        { agency_name: 'helpdesk', domain_name: 'closed' },
        { agency_name: 'helpdesk', domain_name: 'nowhere' },
        { agency_name: 'helpdesk', domain_id: closed.account.domain.id, domain_name: 'partner' },
      ].map((named) => assume(named)),
    )
    for (const { status, text } of answers) {
      assert.equal(status, 403)
      assert.equal(text, answers[0]?.text)
    }
  })

  it('is refused to a user without the permission, who learns nothing about what is there', async () => {
    const named = (domain_name: string) => assume({ agency_name: 'helpdesk', domain_name }, { sign: viewer.access_key })
    const [there, nowhere] = await Promise.all([named('partner'), named('nowhere')])
    assert.deepEqual([there.status, there.text.replace('::partner:', '::nowhere:')], [403, nowhere.text])
    assert.match(there.text, /iam:agencies:assume/)
  })

  it('is not given to who acts for an agency already', async () => {
    const named = { agency_name: 'helpdesk', domain_name: 'partner' }
    const token = tokenIn(await assume(named))
    assert.equal((await assume(named, { token })).status, 403)
  })

  it('needs the name of the agency and its account', async () => {
    for (const named of [{}, { agency_name: 'helpdesk' }, { domain_name: 'partner' }]) {
      assert.equal((await assume(named)).status, 400)
    }
  })
})
