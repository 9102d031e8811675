import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { identityDocument } from '../grants/test-subjects.ts'
import { type Foreign, insertForeign, ownToken, tokenIn } from './test-agencies.ts'

const clock = testClock(new Date())
let api: TestApi
let foreign: Foreign
before(async () => {
  api = await testApi({ clock })
  foreign = await insertForeign(api)
})
after(() => api[Symbol.asyncDispose]())

const AGENCY = { agency_name: 'helpdesk', domain_name: 'partner' }
const ASSUME = { methods: ['assume_role'], assume_role: AGENCY }

function requestToken(identity: object, options: object = {}) {
  return api.call('POST', '/v3/auth/tokens', { ...options, body: { auth: { identity } } })
}

async function secondsOfKey(identity: object, options: object = {}): Promise<number> {
  const body = { auth: { identity } }
  const answer = await api.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { ...options, body })
  assert.equal(answer.status, 201, answer.text)
  const { credential } = answer.body as { credential: { expires_at: string } }
  return Math.round((Date.parse(credential.expires_at) - clock.now().getTime()) / 1000)
}

describe('a session of an agency', () => {
  const secondsOfToken = async () => {
    const { token } = (await requestToken(ASSUME)).body as { token: { expires_at: string } }
    return Math.round((Date.parse(token.expires_at) - clock.now().getTime()) / 1000)
  }

  it('of an older agency, which has no longest session, lasts as long as any token', async () => {
    assert.equal(await secondsOfToken(), 86_400)
  })

  it('is no longer than the agency allows, by whichever API it is opened', async () => {
    const trust_policy = '{"Version":"5.0"}'
    await api.db.updateTable('iam.agency').set({ trust_policy }).where('id', '=', foreign.agencyId).execute()
    assert.equal(await secondsOfToken(), 3600)
    const long = { ...ASSUME, assume_role: { ...AGENCY, duration_seconds: 86_400 } }
    assert.equal(await secondsOfKey(long), 3600)
    await api.db.updateTable('iam.agency').set({ max_session_seconds: 7200 }).execute()
    assert.equal(await secondsOfKey(long), 7200)
    await api.db.updateTable('iam.agency').set({ max_session_seconds: 3600, trust_policy: null }).execute()
  })

  it('of an agency with a trust policy needs the permission that the policy speaks of', async () => {
    const user = await insertTestUser(api, api.world.domain.id, 'robot')
    const allow = async (action: string) => {
      const policy_document = identityDocument({ Effect: 'Allow', Action: [action] })
      const body = { policy_name: action.replaceAll(':', '-'), policy_document }
      const made = (await api.call('POST', '/v5/policies', { body })).body as { policy: { policy_id: string } }
      const path = `/v5/policies/${made.policy.policy_id}/attach-user`
      assert.equal((await api.call('POST', path, { body: { user_id: user.id } })).status, 200)
    }
    await allow('iam:agencies:assume')
    const status = async () => (await requestToken(ASSUME, { sign: user.access_key })).status
    assert.equal(await status(), 201)
    const trust_policy = '{"Version":"5.0"}'
    await api.db.updateTable('iam.agency').set({ trust_policy }).where('id', '=', foreign.agencyId).execute()
    assert.equal(await status(), 403)
    await allow('sts:agencies:assume')
    assert.equal(await status(), 201)
  })
})

describe('a temporary key for a token', () => {
  it('ends with the token, which is in the header or in the body', async () => {
    const token = await ownToken(api)
    const agencyToken = tokenIn(await requestToken(ASSUME))
    const identity = { methods: ['token'], token: { duration_seconds: 86_400 } }
    assert.equal(await secondsOfKey(identity, { token: agencyToken }), 3600)
    clock.advance(86_400 - 60)
    assert.equal(await secondsOfKey(identity, { token }), 60)
    const inBody = { ...identity, token: { ...identity.token, id: token } }
    assert.equal(await secondsOfKey(inBody, { sign: false }), 60)
  })
})
