import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Scheme, signRequest } from '../../../contract/signing/sign.ts'
import { type Answer, assertErrorShape, type TestApi, testApi } from '../../testing/api.ts'

let api: TestApi
before(async () => {
  api = await testApi()
})
after(() => api[Symbol.asyncDispose]())

function listProjects(scheme: Scheme): Promise<Answer> {
  const { access: accessKey, secret: secretKey } = api.world.access_key
  const url = `${api.endpoint}/v3/projects`
  const keys = { accessKey, secretKey, now: new Date() }
  const signed = signRequest({ method: 'GET', url, headers: {}, body: '', ...keys, scheme })
  return api.call('GET', '/v3/projects', { sign: false, headers: { ...signed } })
}

describe('a request signed with a derived key', () => {
  for (const [region, service] of [
    ['local-1', 'workspace'],
    ['local-1', 'appstream'],
    ['globe', 'iam'],
  ] as const) {
    it(`is accepted for ${service} in ${region}`, async () => {
      const answer = await listProjects({ algorithm: 'V11-HMAC-SHA256', region, service })
      assert.equal(answer.status, 200, answer.text)
    })
  }

  for (const [region, service, says] of [
    ['cn-north-4', 'workspace', /the region cn-north-4 of its credential is not served here/],
    ['local-1', 'obs', /the service obs of its credential is not served here/],
  ] as const) {
    it(`is refused for ${service} in ${region}, and told why`, async () => {
      const answer = await listProjects({ algorithm: 'V11-HMAC-SHA256', region, service })
      assert.equal(answer.status, 401)
      assertErrorShape('GatewayError', answer.body)
      assert.match(answer.text, says)
    })
  }
})

describe('a request signed with SM3', () => {
  it('is accepted', async () => {
    const answer = await listProjects({ algorithm: 'SDK-HMAC-SM3' })
    assert.equal(answer.status, 200, answer.text)
  })
})
