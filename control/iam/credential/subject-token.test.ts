import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { type Foreign, insertForeign, ownToken, tokenIn } from './test-agencies.ts'

const clock = testClock(new Date())
let api: TestApi
let foreign: Foreign
let viewer: TestUser
before(async () => {
  api = await testApi({ clock })
  foreign = await insertForeign(api)
  viewer = await insertTestUser(api, api.world.domain.id, 'viewer')
})
after(() => api[Symbol.asyncDispose]())

const PATH = '/v3/auth/tokens'
const about = (method: string, subject: string, token: string) =>
  api.call(method, PATH, { token, headers: { 'X-Subject-Token': subject } })

async function passwordToken({ id, password }: { readonly id: string; readonly password: string }): Promise<string> {
  const identity = { methods: ['password'], password: { user: { id, password } } }
  return tokenIn(await api.call('POST', PATH, { sign: false, body: { auth: { identity } } }))
}

async function trade(id: string): Promise<string> {
  const auth = { identity: { methods: ['token'], token: { id } } }
  return tokenIn(await api.call('POST', PATH, { sign: false, body: { auth } }))
}

const statusWith = async (token: string) => (await api.call('GET', '/v3/auth/domains', { token })).status

describe('asking about a token', () => {
  it('of one’s own gives what its making gave, and its text again', async () => {
    const { user, project } = api.world
    const identity = { methods: ['password'], password: { user: { id: user.id, password: user.password } } }
    const body = { auth: { identity, scope: { project: { id: project.id } } } }
    const made = await api.call('POST', PATH, { sign: false, body })
    const token = tokenIn(made)
    const answer = await about('GET', token, token)
    assertDeclared('KeystoneValidateToken', answer)
    assert.deepEqual([answer.status, answer.body], [200, made.body])
    assert.equal(answer.headers['x-subject-token'], token)
    const head = await about('HEAD', token, token)
    assert.deepEqual([head.status, head.text], [200, ''])
  })

  it('leaves the catalog out when told to', async () => {
    const token = await ownToken(api)
    const options = { token, headers: { 'X-Subject-Token': token } }
    const { body } = await api.call('GET', `${PATH}?nocatalog=1`, options)
    assert.deepEqual((body as { token: { catalog: unknown } }).token.catalog, [])
  })

  it('of another user of the account is for those who may', async () => {
    const [owner, other] = [await ownToken(api), await passwordToken(viewer)]
    assert.equal((await about('GET', other, owner)).status, 200)
    for (const [method, action] of [
      ['GET', 'iam:tokens:validateToken'],
      ['DELETE', 'iam:tokens:revokeToken'],
    ] as const) {
      const refused = await about(method, owner, other)
      assert.equal(refused.status, 403)
      assert.match(refused.text, new RegExp(action))
    }
    assert.equal(await statusWith(owner), 200)
  })

  it('that is none, has expired or is of another account is answered alike', async () => {
    const expired = await ownToken(api)
    clock.advance(24 * 3600)
    const owner = await ownToken(api)
    const stranger = await passwordToken(foreign.account.user)
    const message = 'X-Subject-Token is invalid in the request'
    for (const subject of ['not-a-token', expired, stranger, `${owner}A`, 'A'.repeat(5000)]) {
      for (const method of ['GET', 'DELETE']) {
        const answer = await about(method, subject, owner)
        assert.deepEqual([answer.status, answer.body], [404, { error: { code: 404, message, title: 'Not Found' } }])
        assert.equal(answer.headers['x-subject-token'], undefined)
      }
      assert.equal((await about('HEAD', subject, owner)).status, 404)
    }
    assert.equal(await statusWith(stranger), 200)
  })

  it('needs a caller and a token to ask about', async () => {
    const token = await ownToken(api)
    assert.equal((await api.call('GET', PATH, { token })).status, 400)
    assert.equal((await api.call('GET', PATH, { sign: false, headers: { 'X-Subject-Token': token } })).status, 401)
  })
})

function assertSuperseded({ status, text }: Answer): void {
  assert.equal(status, 401)
  assert.match(text, /The token must be updated\..*APIGW\.0307/)
}

describe('revoking a token', () => {
  it('ends it at once, and no other', async () => {
    const [first, second] = [await ownToken(api), await ownToken(api)]
    assert.equal(await statusWith(first), 200)
    const answer = await about('DELETE', first, second)
    assert.deepEqual([answer.status, answer.text], [204, ''])
    assertSuperseded(await api.call('GET', '/v3/auth/domains', { token: first }))
    assert.equal(await statusWith(second), 200)
    assert.equal((await about('DELETE', first, second)).status, 404)
  })

  it('may be the last thing that it does itself', async () => {
    const token = await ownToken(api)
    assert.equal((await about('DELETE', token, token)).status, 204)
    assert.equal(await statusWith(token), 401)
  })

  it('ends those that it was traded for, and leaves those that it was traded from', async () => {
    const first = await ownToken(api)
    const second = await trade(first)
    const third = await trade(second)
    assert.equal((await about('DELETE', second, first)).status, 204)
    assert.deepEqual(await Promise.all([first, second, third].map(statusWith)), [200, 401, 401])
  })

  it('twice in the same moment is one revocation', async () => {
    const [token, caller] = [await ownToken(api), await ownToken(api)]
    const answers = await Promise.all([1, 2, 3].map(() => about('DELETE', token, caller)))
    assert.ok(answers.every(({ status }) => status === 204 || status === 404))
    assert.equal(await statusWith(token), 401)
  })

  it('removes rows that nobody needs any more', async () => {
    const count = () => api.db.selectFrom('iam.revoked_token').selectAll().execute()
    clock.advance(25 * 3600)
    const token = await ownToken(api)
    assert.equal((await about('DELETE', token, token)).status, 204)
    assert.equal((await count()).length, 1)
  })

  it('is heard by another control plane on the same database', async () => {
    await using replica = await api.startReplica()
    const [token, caller] = [await ownToken(api), await ownToken(api)]
    const there = () => replica.call('GET', '/v3/auth/domains', { token })
    assert.equal((await there()).status, 200)
    assert.equal((await about('DELETE', token, caller)).status, 204)
    // far less than the time for which a look-up is believed without an announcement
    const deadline = Date.now() + 5000
    let answer = await there()
    while (answer.status === 200 && Date.now() < deadline) answer = await there()
    assertSuperseded(answer)
  })
})
