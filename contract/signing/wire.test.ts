import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Authorization, parseAuthorization } from './authorization.ts'
import { type Scheme, signRequest } from './sign.ts'
import { type AcceptedScopes, type Received, verifySignature } from './verify.ts'

const NOW = new Date('2026-05-21T08:00:00Z')
const SECRET = 'sk-of-the-test'
const SERVED: AcceptedScopes = { regions: ['local-1'], services: ['workspace'] }

const SCHEMES: readonly Scheme[] = [
  { algorithm: 'SDK-HMAC-SHA256' },
  { algorithm: 'SDK-HMAC-SM3' },
  { algorithm: 'V11-HMAC-SHA256', region: 'local-1', service: 'workspace' },
]

/** A request as its author means it, before anything is encoded. */
interface Meant {
  readonly method: string
  readonly segments: readonly string[]
  readonly query: readonly (readonly [string, string])[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly scheme: Scheme
}

const piece = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .filter((text) => text !== '.' && text !== '..')
const headerValue = fc
  .array(fc.constantFrom(...'aZ09 ;,=/+~*'.split(''), '\xe9', '\xa0', '\xff'), { maxLength: 12 })
  .map((characters) => characters.join(''))
const meant: fc.Arbitrary<Meant> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  segments: fc.array(piece, { maxLength: 4 }),
  query: fc.array(fc.tuple(piece, fc.string({ unit: 'grapheme', maxLength: 8 })), { maxLength: 5 }),
  headers: fc.dictionary(fc.constantFrom('content-type', 'host', 'user-agent', 'x-project-id', 'x-a'), headerValue),
  body: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  scheme: fc.constantFrom(...SCHEMES),
})

/** encodeURIComponent leaves these raw, as some clients do. */
function targetOf({ segments, query }: Meant): string {
  const path = `/${segments.map(encodeURIComponent).join('/')}`
  const pairs = query.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

function send(request: Meant): { received: Received; authorization: Authorization } {
  const { method, headers, body, scheme } = request
  const requestTarget = targetOf(request)
  const signed = signRequest({
    method,
    url: `http://localhost${requestTarget}`,
    headers,
    body,
    accessKey: 'AK',
    secretKey: SECRET,
    now: NOW,
    scheme,
  })
  const rawHeaders = Object.entries({ ...headers, ...signed }).flat()
  return { received: { method, requestTarget, rawHeaders, body }, authorization: parsed(signed.Authorization) }
}

function parsed(header: string): Authorization {
  const authorization = parseAuthorization(header)
  assert.ok(typeof authorization !== 'string', String(authorization))
  return authorization
}

function isAccepted(received: Received, authorization: Authorization): boolean {
  return verifySignature(received, authorization, SECRET, SERVED).ok
}

/** Another byte at one place. */
function flipped(bytes: Buffer, at: number, by: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ by
  return copy
}

/** One byte of text changed; null where there is none. The text stays one that can be on the wire. */
function changed(text: string, at: number): string | null {
  if (text === '') return null
  const index = at % text.length
  return `${text.slice(0, index)}${text[index] === 'x' ? 'y' : 'x'}${text.slice(index + 1)}`
}

const place = fc.nat({ max: 1000 })

describe('whatever the request', () => {
  it('what is signed is accepted', () => {
    fc.assert(
      fc.property(meant, (request) => {
        const { received, authorization } = send(request)
        assert.ok(isAccepted(received, authorization))
      }),
    )
  })

  it('it is refused with any byte of the body changed', () => {
    fc.assert(
      fc.property(meant, place, fc.integer({ min: 1, max: 255 }), (request, at, by) => {
        fc.pre(request.body.length > 0)
        const { received, authorization } = send(request)
        const body = flipped(request.body, at % request.body.length, by)
        assert.equal(isAccepted({ ...received, body }, authorization), false)
      }),
    )
  })

  it('it is refused with a byte more or less of the body', () => {
    fc.assert(
      fc.property(meant, (request) => {
        const { received, authorization } = send(request)
        const longer = Buffer.concat([request.body, Buffer.of(10)])
        assert.equal(isAccepted({ ...received, body: longer }, authorization), false)
        fc.pre(request.body.length > 0)
        assert.equal(isAccepted({ ...received, body: request.body.subarray(1) }, authorization), false)
      }),
    )
  })

  it('it is refused with any character of the method changed', () => {
    fc.assert(
      fc.property(meant, place, (request, at) => {
        const { received, authorization } = send(request)
        assert.equal(isAccepted({ ...received, method: changed(request.method, at) ?? '' }, authorization), false)
      }),
    )
  })

  it('it is refused with any character of path or query changed', () => {
    fc.assert(
      fc.property(meant, place, (request, at) => {
        const { received, authorization } = send(request)
        const text = changed(received.requestTarget.slice(1), at)
        fc.pre(text !== null && !sameMeaning(received.requestTarget, `/${text}`))
        assert.equal(isAccepted({ ...received, requestTarget: `/${text}` }, authorization), false)
      }),
    )
  })

  it('it is refused with any byte of a signed header changed', () => {
    fc.assert(
      fc.property(meant, place, place, (request, which, at) => {
        const { received, authorization } = send(request)
        const names = authorization.signedHeaders
        const name = names[which % names.length]
        const rawHeaders = received.rawHeaders.map((text, index) => {
          const own = index % 2 === 1 && received.rawHeaders[index - 1]?.toLowerCase() === name
          return own ? (changed(text.trim(), at) ?? 'x') : text
        })
        const same =
          name !== undefined && rawHeaders.every((text, index) => text === received.rawHeaders[index]?.trim())
        fc.pre(!same)
        assert.equal(isAccepted({ ...received, rawHeaders }, authorization), false)
      }),
    )
  })

  it('it is refused with any character of the Authorization changed, or is somebody else', () => {
    fc.assert(
      fc.property(meant, place, fc.constantFrom(...'aF0,=;/ é'), (request, at, character) => {
        const { received, authorization } = send(request)
        const header = received.rawHeaders.at(-1) ?? ''
        const index = at % header.length
        fc.pre(header[index] !== character)
        const other = parseAuthorization(`${header.slice(0, index)}${character}${header.slice(index + 1)}`)
        if (typeof other === 'string') return
        assert.ok(other.accessKey !== authorization.accessKey || !isAccepted(received, other))
      }),
    )
  })

  it('it is accepted with its query in another order and escapes in small letters', () => {
    fc.assert(
      fc.property(meant, (request) => {
        const { received, authorization } = send(request)
        const query = [...request.query].reverse()
        const requestTarget = targetOf({ ...request, query }).replaceAll(/%[0-9A-F]{2}/g, (text) => text.toLowerCase())
        assert.ok(isAccepted({ ...received, requestTarget }, authorization))
      }),
    )
  })
})

/** What a server makes of both is the same: path, and pairs in any order, decoded. */
function sameMeaning(a: string, b: string): boolean {
  return JSON.stringify(meaningOf(a)) === JSON.stringify(meaningOf(b))
}

function meaningOf(target: string): unknown {
  const [path = '', ...query] = target.split('?')
  const pairs = query.join('?').split('&').filter(Boolean)
  const decoded = pairs.map((pair) => (pair.includes('=') ? pair : `${pair}=`)).map(unescape)
  return [unescape(path).replace(/\/$/, ''), decoded.sort()]
}

describe('a target', () => {
  it('with a % that begins no escape is refused: it would be signed like another one', () => {
    const request: Meant = {
      method: 'GET',
      segments: ['a'],
      query: [['q', '%zz']],
      headers: {},
      body: Buffer.alloc(0),
      scheme: { algorithm: 'SDK-HMAC-SHA256' },
    }
    const { received, authorization } = send(request)
    assert.equal(received.requestTarget, '/a?q=%25zz')
    assert.ok(isAccepted(received, authorization))
    const verdict = verifySignature({ ...received, requestTarget: '/a?q=%zz' }, authorization, SECRET)
    assert.ok(!verdict.ok && verdict.reason === 'malformed')
  })

  it('with an escape that is no UTF-8 is its bytes, and no other', () => {
    const url = 'http://localhost/%ff?a=%fe'
    const keys = { accessKey: 'AK', secretKey: SECRET }
    const signed = signRequest({ method: 'GET', url, headers: {}, body: '', ...keys, now: NOW })
    const rawHeaders = Object.entries(signed).flat()
    const received = { method: 'GET', requestTarget: '/%FF?a=%FE', rawHeaders, body: Buffer.alloc(0) }
    const authorization = parsed(signed.Authorization)
    assert.ok(isAccepted(received, authorization))
    for (const requestTarget of ['/%FE?a=%FE', '/%25ff?a=%FE', '/%EF%BF%BD?a=%FE', '/%FF?a=%FD']) {
      assert.equal(isAccepted({ ...received, requestTarget }, authorization), false)
    }
  })

  it('whose segment was encoded twice is another one', () => {
    const url = 'http://localhost/a%2520b'
    const keys = { accessKey: 'AK', secretKey: SECRET }
    const signed = signRequest({ method: 'GET', url, headers: {}, body: '', ...keys, now: NOW })
    const rawHeaders = Object.entries(signed).flat()
    const received = { method: 'GET', requestTarget: '/a%2520b', rawHeaders, body: Buffer.alloc(0) }
    assert.ok(isAccepted(received, parsed(signed.Authorization)))
    assert.equal(isAccepted({ ...received, requestTarget: '/a%20b' }, parsed(signed.Authorization)), false)
  })
})
