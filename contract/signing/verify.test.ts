import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type Authorization, parseAuthorization } from './authorization.ts'
import { canonicalRequest } from './canonical-request.ts'
import { signRequest } from './sign.ts'
import { sha256Hex, stringToSign } from './signature.ts'
import { checkDate, type Received, verifySignature } from './verify.ts'

interface Vector {
  readonly id: string
  readonly method: string
  readonly requestTarget: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodyUtf8?: string
  readonly ak: string
  readonly sk: string
  readonly date: string
  readonly signedHeaders: readonly string[]
  readonly canonicalRequest: string
  readonly stringToSign: string
  readonly signature: string
  readonly authorization: string
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(new URL('./signing-vectors.json', import.meta.url), 'utf8'))

function receivedOf(vector: Vector): Received {
  return {
    method: vector.method,
    requestTarget: vector.requestTarget,
    rawHeaders: Object.entries(vector.headers).flat(),
    body: Buffer.from(vector.bodyUtf8 ?? ''),
  }
}

function parsed(header: string): Authorization {
  const authorization = parseAuthorization(header)
  assert.ok(typeof authorization !== 'string', String(authorization))
  return authorization
}

describe('the worked vectors', () => {
  it('are all there', () => assert.equal(vectors.length, 18))

  for (const vector of vectors) {
    it(`${vector.id} gives the same canonical request, string to sign and signature`, () => {
      const stated = vector.headers['X-Sdk-Content-Sha256']
      const payloadHash = stated ?? sha256Hex(vector.bodyUtf8 ?? '')
      const canonical = canonicalRequest({ ...receivedOf(vector), signedHeaders: vector.signedHeaders, payloadHash })
      assert.equal(canonical, vector.canonicalRequest)
      assert.equal(stringToSign(vector.date, canonical), vector.stringToSign)
      assert.deepEqual(verifySignature(receivedOf(vector), parsed(vector.authorization), vector.sk), { ok: true })
    })

    it(`${vector.id} is refused when any one byte of what is signed changes`, () => {
      const received = receivedOf(vector)
      const authorization = parsed(vector.authorization)
      const changed: Received[] = [
        { ...received, method: received.method === 'GET' ? 'POST' : 'GET' },
        { ...received, requestTarget: `${received.requestTarget.split('?')[0]}x` },
        ...vector.signedHeaders.map((name) => withHeaderChanged(received, name)),
      ]
      if (vector.headers['X-Sdk-Content-Sha256'] === undefined) {
        changed.push({ ...received, body: Buffer.concat([received.body, Buffer.from(' ')]) })
      }
      for (const request of changed) assert.equal(verifySignature(request, authorization, vector.sk).ok, false)
      assert.equal(verifySignature(received, authorization, `${vector.sk}x`).ok, false)
    })
  }
})

function withHeaderChanged(received: Received, name: string): Received {
  const rawHeaders = received.rawHeaders.map((value, index) =>
    index % 2 === 1 && received.rawHeaders[index - 1]?.toLowerCase() === name ? `${value}x` : value,
  )
  return { ...received, rawHeaders }
}

describe('a signature', () => {
  const now = new Date('2026-05-21T08:00:00Z')
  const rawDate = (date: string) => ['X-Sdk-Date', date]

  it('is accepted 15 minutes either way and not a second longer', () => {
    assert.equal(checkDate(rawDate('20260521T074500Z'), now).ok, true)
    assert.equal(checkDate(rawDate('20260521T081500Z'), now).ok, true)
    assert.equal(checkDate(rawDate('20260521T074459Z'), now).ok, false)
    assert.equal(checkDate(rawDate('20260521T081501Z'), now).ok, false)
  })

  it('needs exactly one date that exists', () => {
    for (const raw of [
      [],
      rawDate('20260231T080000Z'),
      rawDate('now'),
      [...rawDate('20260521T080000Z'), ...rawDate('20260521T080000Z')],
    ]) {
      const verdict = checkDate(raw, now)
      assert.ok(!verdict.ok && verdict.reason === 'malformed')
    }
  })

  it('shows the canonical request of a mismatch without security tokens', () => {
    const vector = vectors.find((one) => one.id === 'S08') as Vector
    const verdict = verifySignature(receivedOf(vector), parsed(vector.authorization), 'another')
    assert.ok(!verdict.ok && verdict.reason === 'mismatch')
    assert.match(verdict.canonicalRequest, /^PATCH\|.*x-security-token:\*\*\*\|/)
    assert.doesNotMatch(verdict.canonicalRequest, /EXAMPLEsecurity/)
  })

  it('cannot leave a JSON body out', () => {
    const url = 'http://localhost/v1/p/app-servers'
    const headers = { 'content-type': 'application/json', 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' }
    const signed = signRequest({ method: 'POST', url, headers, body: '{}', accessKey: 'AK', secretKey: 'SK', now })
    const rawHeaders = Object.entries({ ...headers, ...signed }).flat()
    const request = { method: 'POST', requestTarget: '/v1/p/app-servers', rawHeaders, body: Buffer.from('{}') }
    const verdict = verifySignature(request, parsed(signed.Authorization), 'SK')
    assert.ok(!verdict.ok && verdict.reason === 'malformed')
  })

  it('made by sign is accepted by verify, with queries and bodies of every kind', () => {
    for (const [path, body] of [
      ['/', ''],
      ['/v1/ü/%E6%A1%8C?b=2&a=1&a=%20&c', '{"x":"é"}'],
      ['/x?*=~&+=%2B', 'plain'],
    ] as const) {
      const url = `http://localhost${path}`
      const signed = signRequest({
        method: 'PUT',
        url,
        headers: { 'X-A': ' a  b ' },
        body,
        accessKey: 'AK',
        secretKey: 'SK',
        now,
      })
      const { pathname, search } = new URL(url)
      const rawHeaders = ['x-a', 'a  b', ...Object.entries(signed).flat()]
      const request = { method: 'PUT', requestTarget: pathname + search, rawHeaders, body: Buffer.from(body) }
      assert.deepEqual(verifySignature(request, parsed(signed.Authorization), 'SK'), { ok: true })
    }
  })
})

describe('the Authorization header', () => {
  const good = `SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=${'a'.repeat(64)}`

  it('is read whole, with or without a blank after the commas', () => {
    assert.deepEqual(parsed(good), parsed(good.replaceAll(', ', ',')))
  })

  it('is refused when anything about it is off', () => {
    const bad = [
      '',
      'Bearer x',
      good.replace('SDK-HMAC-SHA256', 'SDK-HMAC-SM3'),
      good.replace('SDK-HMAC-SHA256', 'V11-HMAC-SHA256'),
      good.replace('x-sdk-date', 'x-date'),
      good.toUpperCase(),
      `${good}x`,
      ` ${good}`,
      good.replace('Access=AK', 'Access='),
      good.replace('SHA256 Access', 'SHA256  Access'),
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date${';a'.repeat(64)}, Signature=${'a'.repeat(64)}`,
      `${good}${' '.repeat(5000)}`,
    ]
    for (const header of bad) assert.equal(typeof parseAuthorization(header), 'string', header)
  })
})
