import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAuthorization, renderAuthorization } from './authorization.ts'
import { signRequest } from './sign.ts'
import { computeSignature, sha256Hex } from './signature.ts'
import { hashHex } from './variants.ts'
import { type Verdict, verifySignature } from './verify.ts'

const NOW = new Date('2026-05-21T08:00:00Z')
const EMPTY_HASH = sha256Hex('')
const BINARY = { 'content-type': 'application/octet-stream' }

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What arrives, where somebody changed it on the way. */
  readonly arrives?: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  readonly algorithm?: 'SDK-HMAC-SHA256' | 'SDK-HMAC-SM3'
}

function verdictOf({ headers, body, arrives = {}, algorithm = 'SDK-HMAC-SHA256' }: Sent): Verdict {
  const url = 'http://localhost/v1/p/files'
  const keys = { accessKey: 'AK', secretKey: 'SK' }
  const signed = signRequest({ method: 'POST', url, headers, body, ...keys, now: NOW, scheme: { algorithm } })
  const authorization = parseAuthorization(signed.Authorization)
  assert.ok(typeof authorization !== 'string')
  const request = {
    method: 'POST',
    requestTarget: '/v1/p/files',
    rawHeaders: Object.entries({ ...headers, ...arrives.headers, ...signed }).flat(),
    body: Buffer.from(arrives.body ?? body),
  }
  return verifySignature(request, authorization, 'SK')
}

describe('a statement about the body', () => {
  it('that is its hash is believed, in either case of its digits', () => {
    for (const hash of [sha256Hex('{}'), sha256Hex('{}').toUpperCase()]) {
      assert.deepEqual(verdictOf({ headers: { 'X-Sdk-Content-Sha256': hash }, body: '{}' }), { ok: true })
    }
  })

  it('that is the hash of another body is refused, however well it is signed', () => {
    const verdict = verdictOf({ headers: { 'X-Sdk-Content-Sha256': sha256Hex('{}') }, body: '{"a":1}' })
    assert.ok(!verdict.ok && verdict.reason === 'malformed')
  })

  it('that leaves it unsigned is believed of a file, whose bytes may then be any', () => {
    const headers = { ...BINARY, 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }
    assert.deepEqual(verdictOf({ headers, body: 'bytes', arrives: { body: 'other bytes' } }), { ok: true })
  })

  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/bson', '']) {
    it(`that leaves it unsigned is refused with the type '${type}'`, () => {
      const headers = { 'content-type': type, 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }
      const verdict = verdictOf({ headers, body: '{}' })
      assert.ok(!verdict.ok && verdict.reason === 'malformed')
    })
  }

  it('that leaves it unsigned is refused when only the type was changed to JSON on the way', () => {
    const headers = { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }
    const arrives = { headers: { 'content-type': 'application/json' }, body: '{}' }
    assert.equal(verdictOf({ headers, body: 'bytes', arrives }).ok, false)
  })

  it('cannot be added on the way', () => {
    const arrives = { headers: { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' }, body: 'other bytes' }
    assert.equal(verdictOf({ headers: BINARY, body: 'bytes', arrives }).ok, false)
  })

  it('that stands there twice is refused', () => {
    const hash = sha256Hex('{}')
    const verdict = verdictOf({
      headers: { 'X-Sdk-Content-Sha256': hash },
      body: '{}',
      arrives: { headers: { 'x-sdk-content-sha256': hash } },
    })
    assert.ok(!verdict.ok && verdict.reason === 'malformed')
  })

  it('has a header of its own with SM3', () => {
    const body = 'bytes'
    const right = { 'X-Sdk-Content-Sm3': hashHex('sm3', Buffer.from(body)) }
    assert.deepEqual(verdictOf({ headers: right, body, algorithm: 'SDK-HMAC-SM3' }), { ok: true })
    const wrong = { 'X-Sdk-Content-Sm3': sha256Hex(body) }
    assert.equal(verdictOf({ headers: wrong, body, algorithm: 'SDK-HMAC-SM3' }).ok, false)
  })
})

describe('a request without body that states to be unsigned', () => {
  const rawHeaders = [
    ...['X-Sdk-Date', '20260521T080000Z', 'Content-Type', 'text/plain'],
    ...['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD'],
  ]
  const signedHeaders = ['content-type', 'x-sdk-content-sha256', 'x-sdk-date']
  const request = { method: 'POST', requestTarget: '/files', rawHeaders, body: Buffer.alloc(0) }

  function signedOver(payloadHash: string) {
    const who = { algorithm: 'SDK-HMAC-SHA256', accessKey: 'AK', scope: null } as const
    const parts = { ...request, signedHeaders, payloadHash }
    const { signature } = computeSignature({ ...who, sdkDate: '20260521T080000Z', parts }, 'SK')
    const authorization = parseAuthorization(renderAuthorization({ ...who, signedHeaders, signature }))
    assert.ok(typeof authorization !== 'string')
    return authorization
  }

  it('is accepted as the Python SDK signs it, over the hash of nothing, and as the others do', () => {
    for (const payloadHash of [EMPTY_HASH, 'UNSIGNED-PAYLOAD']) {
      assert.deepEqual(verifySignature(request, signedOver(payloadHash), 'SK'), { ok: true })
    }
  })

  it('that was signed over the hash of nothing lets nobody add a body', () => {
    const filled = { ...request, body: Buffer.from('x') }
    assert.equal(verifySignature(filled, signedOver(EMPTY_HASH), 'SK').ok, false)
  })
})
