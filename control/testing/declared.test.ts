import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertFitsContract } from './declared.ts'

const LIST = '/v1/p1/app-servers'
const JOB = { job_id: '1' }

function answer(status: number, body?: unknown) {
  const text = body === undefined ? '' : JSON.stringify(body)
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, text, body }
}

const checked = (method: string, path: string, status: number, body?: unknown) => () =>
  assertFitsContract(method, path, answer(status, body))

describe('every answer that a test receives', () => {
  it('is let through as declared, with any query', () => {
    checked('GET', `${LIST}?limit=5`, 200, { count: 0, items: [] })()
    checked('GET', LIST, 403, { error_code: 'APIGW.0302', error_msg: 'no', request_id: 'a'.repeat(32) })()
    checked('DELETE', '/v3/users/u1', 204)()
    checked('HEAD', '/v3/auth/tokens', 404)()
  })

  it('is refused with a status, a body or a member that the contract does not have', () => {
    assert.throws(checked('GET', LIST, 418, {}), /ListServers declares no 418/)
    assert.throws(checked('GET', LIST, 200, { count: '0', items: [] }), /ListServers 200: \/count/)
    assert.throws(checked('GET', LIST, 200), /ListServers 200 has a body/)
    assert.throws(checked('GET', LIST, 400, { error: 'no' }), /ListServers 400/)
    assert.throws(checked('DELETE', '/v3/users/u1', 204, {}), /KeystoneDeleteUser 204 has no body/)
  })

  it('is refused with a member more, at any depth, and as another type of text', () => {
    assert.throws(checked('GET', LIST, 200, { count: 0, items: [], foo: 1 }), /ListServers 200: .foo/)
    const error = { error_code: 'APIGW.0302', error_msg: 'no', request_id: 'a'.repeat(32) }
    assert.throws(checked('GET', LIST, 403, { ...error, more: 1 }), /ListServers 403: .more/)
    const locales = { 'en-us': 'a', 'zh-cn': 'b', more: 'c' }
    const region = { id: 'r', type: 'public', description: '', locales, links: { self: 's' }, parent_region_id: null }
    const links = { next: null, previous: null, self: 's' }
    assert.throws(checked('GET', '/v3/regions', 200, { regions: [region], links }), /locales.more schema/)
    const html = { status: 200, headers: { 'content-type': 'text/html' }, text: '{}', body: {} }
    assert.throws(() => assertFitsContract('GET', LIST, html), /is application\/json, not text\/html/)
  })

  it('is that of the operation whose path has words where others have places', () => {
    checked('PATCH', `${LIST}/actions/batch-update-tsvi`, 200, JOB)()
    assert.throws(checked('GET', '/v5/policies/p/versions', 200, JOB), /ListPolicyVersionsV5 200/)
    assert.throws(checked('GET', '/v1.0/enterprise-projects/quotas', 200, JOB), /ShowEnterpriseProjectQuota 200/)
  })

  it('is none of the contract where no operation is called', () => {
    checked('GET', '/nothing', 404, 1)()
    checked('PUT', LIST, 405, 1)()
    checked('GET', `${LIST}/`, 404, 1)()
  })
})
