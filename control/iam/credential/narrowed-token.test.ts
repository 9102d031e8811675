import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type TestApi, testApi } from '../../testing/api.ts'
import { ownToken } from './test-agencies.ts'

let api: TestApi
before(async () => {
  api = await testApi()
})
after(() => api[Symbol.asyncDispose]())

async function statusesWith(Statement: object[]): Promise<readonly number[]> {
  const token = await ownToken(api)
  const identity = { methods: ['token'], token: {}, policy: { Version: '1.1', Statement } }
  const made = await api.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body: { auth: { identity } } })
  assert.equal(made.status, 201, made.text)
  const { access, secret, securitytoken } = (made.body as { credential: Record<string, string> }).credential
  const sign = { access: String(access), secret: String(secret) }
  const headers = { 'X-Security-Token': String(securitytoken), 'X-Subject-Token': token }
  const shown = await api.call('GET', '/v3/auth/tokens', { sign, headers })
  const revoked = await api.call('DELETE', '/v3/auth/tokens', { sign, headers })
  return [shown.status, revoked.status]
}

it('a narrowed key looks at and ends tokens of its own user where its policy lets it', async () => {
  assert.deepEqual(await statusesWith([{ Effect: 'Allow', Action: ['workspace:server:list'] }]), [403, 403])
  assert.deepEqual(await statusesWith([{ Effect: 'Allow', Action: ['iam:tokens:*'] }]), [200, 204])
})
