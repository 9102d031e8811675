import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type Authorization, parseAuthorization } from './authorization.ts'
import { signRequest } from './sign.ts'
import { deriveKey } from './variants.ts'
import { type AcceptedScopes, checkDate, computeCandidates, type Received, verifySignature } from './verify.ts'

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
  readonly region?: string
  readonly service?: string
  readonly derivedKeyHex?: string
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

function scopesOf({ region, service }: Vector): AcceptedScopes {
  return { regions: region === undefined ? [] : [region], services: service === undefined ? [] : [service] }
}

function parsed(header: string): Authorization {
  const authorization = parseAuthorization(header)
  assert.ok(typeof authorization !== 'string', String(authorization))
  return authorization
}

describe('the worked vectors', () => {
  it('are all there', () => {
    const ids = Array.from({ length: 22 }, (_, index) => `S${String(index + 1).padStart(2, '0')}`)
    assert.deepEqual(
      vectors.map(({ id }) => id),
      ids,
    )
  })

  for (const vector of vectors) {
    it(`${vector.id} gives the same canonical request, string to sign and signature`, () => {
      const authorization = parsed(vector.authorization)
      const { canonicalRequest, stringToSign, signature } = vector
      const computed = computeCandidates(receivedOf(vector), authorization, vector.sk, scopesOf(vector))
      assert.deepEqual(computed, [{ canonicalRequest, stringToSign, signature }])
      assert.deepEqual(verifySignature(receivedOf(vector), authorization, vector.sk, scopesOf(vector)), { ok: true })
      assert.deepEqual(authorization.signedHeaders, vector.signedHeaders)
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
      for (const request of changed) {
        assert.equal(verifySignature(request, authorization, vector.sk, scopesOf(vector)).ok, false)
      }
      assert.equal(verifySignature(received, authorization, `${vector.sk}x`, scopesOf(vector)).ok, false)
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
      good.replace('SDK-HMAC-SHA256', 'AWS4-HMAC-SHA256'),
      good.replace('SDK-HMAC-SHA256', 'SDK-ECDSA-P256-SHA256'),
      good.replace('SDK-HMAC-SHA256', 'SDK-SM2-SM3'),
      good.replace('SDK-HMAC-SHA256', 'V11-HMAC-SHA256'),
      good.replace('SDK-HMAC-SHA256', 'toString'),
      good.replace('Access=AK', 'Credential=AK/20260521/local-1/workspace'),
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

describe('the Authorization header of the derived variant', () => {
  const good = `V11-HMAC-SHA256 Credential=AK/20260521/cn-north-4/vpc, SignedHeaders=x-sdk-date, Signature=${'a'.repeat(64)}`

  it('names key, day, region and service', () => {
    const { accessKey, scope } = parsed(good)
    assert.deepEqual([accessKey, scope], ['AK', { day: '20260521', region: 'cn-north-4', service: 'vpc' }])
  })

  it('is refused when any part of the credential is missing, empty or too much', () => {
    for (const credential of [
      'Access=AK',
      'Credential=AK',
      'Credential=AK/20260521/cn-north-4',
      'Credential=AK/20260521/cn-north-4/',
      'Credential=AK/20260521//vpc',
      'Credential=/20260521/cn-north-4/vpc',
      'Credential=AK/2026-05-21/cn-north-4/vpc',
      'Credential=AK/20260521/cn-north-4/vpc/x',
      `Credential=AK/20260521/${'r'.repeat(65)}/vpc`,
    ]) {
      assert.equal(typeof parseAuthorization(good.replace(/Credential=[^,]+/, credential)), 'string', credential)
    }
  })
})

describe('a derived key', () => {
  const now = new Date('2026-05-21T08:00:00Z')
  const scheme = { algorithm: 'V11-HMAC-SHA256', region: 'local-1', service: 'workspace' } as const
  const served: AcceptedScopes = { regions: ['local-1', 'globe'], services: ['workspace', 'iam'] }
  const url = 'http://localhost/v1/p/app-servers'
  const unsigned = { method: 'GET', url, headers: {}, body: '', accessKey: 'AK', secretKey: 'SK', now }
  const request = (sdkDate: string): Received => ({
    method: 'GET',
    requestTarget: '/v1/p/app-servers',
    rawHeaders: ['X-Sdk-Date', sdkDate],
    body: Buffer.alloc(0),
  })

  it('is that of the worked vectors', () => {
    const derived = vectors.filter(({ derivedKeyHex }) => derivedKeyHex !== undefined)
    assert.equal(derived.length, 3)
    for (const { ak, sk, date, region, service, derivedKeyHex } of derived) {
      assert.equal(deriveKey(ak, sk, `${date.slice(0, 8)}/${region}/${service}`), derivedKeyHex)
    }
  })

  it('is good for the region and the services that are served, and for global ones', () => {
    for (const [region, service] of [
      ['local-1', 'workspace'],
      ['globe', 'iam'],
    ] as const) {
      const signed = signRequest({ ...unsigned, scheme: { ...scheme, region, service } })
      const verdict = verifySignature(request(signed['X-Sdk-Date']), parsed(signed.Authorization), 'SK', served)
      assert.deepEqual(verdict, { ok: true })
    }
  })

  const REFUSED: readonly (readonly [string, string, string, AcceptedScopes?])[] = [
    ['another region', 'cn-north-4', 'workspace'],
    ['another service', 'local-1', 'ecs'],
    ['a service that only begins alike', 'local-1', 'workspaces'],
    ['anything where nothing is said to be served', 'local-1', 'workspace', { regions: [], services: [] }],
  ]
  for (const [what, region, service, accepted = served] of REFUSED) {
    it(`is refused for ${what}, although the signature is right`, () => {
      const signed = signRequest({ ...unsigned, scheme: { ...scheme, region, service } })
      const verdict = verifySignature(request(signed['X-Sdk-Date']), parsed(signed.Authorization), 'SK', accepted)
      assert.ok(!verdict.ok && verdict.reason === 'malformed')
      assert.match(verdict.detail, /is not served here/)
    })
  }

  it('is refused by a verifier that was told of no scopes', () => {
    const signed = signRequest({ ...unsigned, scheme })
    assert.equal(verifySignature(request(signed['X-Sdk-Date']), parsed(signed.Authorization), 'SK').ok, false)
  })

  it('is refused when its day is not that of the date', () => {
    const signed = signRequest({ ...unsigned, scheme })
    const authorization = parsed(signed.Authorization.replace('/20260521/', '/20260522/'))
    const verdict = verifySignature(request(signed['X-Sdk-Date']), authorization, 'SK', served)
    assert.ok(!verdict.ok && verdict.reason === 'malformed')
    assert.match(verdict.detail, /the day 20260522/)
  })
})
