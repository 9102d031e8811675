import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { secondsAfter } from '#kernel'
import { signRequest, type Unsigned } from '../../contract/signing/sign.ts'
import { sha256Hex } from '../../contract/signing/signature.ts'
import type { AccessKey } from '../testing/api.ts'
import {
  assertRefused,
  assertStarted,
  type BadRequest,
  goodBody,
  openPlace,
  type Place,
  REFUSALS,
  type Sent,
  send,
  testRefusals,
  tokenOf,
  updatePath,
} from './test-requests.ts'

let place: Place
before(async () => {
  place = await openPlace()
  await place.api.db.insertInto('iam.access_key').values(disabledKey(place)).execute()
})
after(() => place.api[Symbol.asyncDispose]())
// a right signature in between: five wrong ones in a row would lock the key, and the rest would be refused for that
beforeEach(async () => assert.equal((await place.api.call('GET', '/v3/auth/domains')).status, 200))

const DISABLED: AccessKey = { access: 'DISABLEDKEY000000001', secret: randomBytes(20).toString('hex') }

function disabledKey({ api: { keyring, world } }: Place) {
  const secret_sealed = keyring.secrets.seal(DISABLED.secret, `iam.access_key ${DISABLED.access}`)
  return {
    access_key: DISABLED.access,
    user_id: world.user.id,
    secret_sealed,
    enabled: false,
    created_at: new Date(),
  }
}

type Headers = Record<string, string | string[]>

/** The good request, signed over its type and host, as of a change in what is signed. */
function signed(
  at: Place,
  changes: Partial<Unsigned> = {},
): Sent & { readonly headers: Headers; readonly body: string } {
  const { endpoint, world } = at.api
  const headers = { 'Content-Type': 'application/json', Host: new URL(endpoint).host }
  const body = JSON.stringify(goodBody(at))
  const { access: accessKey, secret: secretKey } = world.access_key
  const url = `${endpoint}${at.path}`
  const unsigned = { method: 'PATCH', url, headers, body, accessKey, secretKey, now: new Date(), ...changes }
  return { sign: false, body, headers: { ...unsigned.headers, ...signRequest(unsigned) } }
}

/** Signed correctly; then headers are changed. */
const tampered = (change: (headers: Headers) => Headers) => (at: Place) => {
  const sent = signed(at)
  return { ...sent, headers: { ...sent.headers, ...change(sent.headers) } }
}
const authorization = (change: (text: string) => string) =>
  tampered((headers) => ({ Authorization: change(String(headers.Authorization)) }))
/** Signed with something else than what is sent. */
const signedOver = (changes: (at: Place) => Partial<Unsigned>) => (at: Place) => {
  const sent = signed(at, changes(at))
  return { ...sent, body: JSON.stringify(goodBody(at)) }
}
const signedAt = (seconds: number) => (at: Place) => signed(at, { now: secondsAfter(new Date(), seconds) })
const withKey = (of: (at: Place) => Partial<AccessKey>) => (at: Place) => ({
  sign: { ...at.api.world.access_key, ...of(at) },
})
const headers = (of: Headers) => () => ({
  sign: false as const,
  headers: { 'Content-Type': 'application/json', ...of },
})
/** A correct signature that states this about the body. */
const stating = (hash: (body: string) => string) => (at: Place) => {
  const stated = { 'Content-Type': 'application/json', 'X-Sdk-Content-Sha256': hash(JSON.stringify(goodBody(at))) }
  return signed(at, { headers: stated })
}

const KINDS: readonly BadRequest[] = [
  ['neither token nor signature', 'unauthenticated', headers({}), /x-auth-token not found/],
  ['an empty token', 'unauthenticated', headers({ 'X-Auth-Token': '' }), /x-auth-token not found/],
  ['an empty Authorization', 'unauthenticated', headers({ Authorization: '' }), /Authorization header is malformed/],
  ['a bearer token', 'unauthenticated', headers({ Authorization: 'Bearer x' }), /algorithm is not SDK-HMAC-SHA256/],
  ['a password', 'unauthenticated', headers({ Authorization: 'Basic b3duZXI6eA==' })],
  [
    'a token beside a broken signature',
    'unauthenticated',
    async (at) => ({ sign: false, headers: { ...ofType, Authorization: 'Bearer x', 'X-Auth-Token': tokenOf(at) } }),
    /malformed/,
  ],
  [
    'a token beside a wrong signature',
    'unauthenticated',
    (at) => {
      const sent = signed(at, { secretKey: 'x' })
      return { ...sent, headers: { ...sent.headers, 'X-Auth-Token': tokenOf(at) } }
    },
    /verify aksk signature fail/,
  ],
  [
    'two signatures',
    'unauthenticated',
    tampered(({ Authorization: one }) => ({ Authorization: [String(one), String(one)] })),
  ],
]

const ofType = { 'Content-Type': 'application/json' }

const FORMS: readonly BadRequest[] = [
  ['another algorithm', 'unauthenticated', authorization((text) => text.replace('SDK-HMAC-SHA256', 'SDK-HMAC-SM3'))],
  ['a derived key', 'unauthenticated', authorization((text) => text.replace('SDK-HMAC-SHA256', 'V11-HMAC-SHA256'))],
  ['no SignedHeaders', 'unauthenticated', authorization((text) => text.replace(/SignedHeaders=[^,]+, /, ''))],
  [
    'empty SignedHeaders',
    'unauthenticated',
    authorization((text) => text.replace(/SignedHeaders=[^,]+/, 'SignedHeaders=')),
  ],
  ['no access key', 'unauthenticated', authorization((text) => text.replace(/Access=\w+/, 'Access='))],
  ['a short signature', 'unauthenticated', authorization((text) => text.slice(0, -1)), /<64 hex digits>/],
  ['a long signature', 'unauthenticated', authorization((text) => `${text}0`), /<64 hex digits>/],
  [
    'a signature in capitals',
    'unauthenticated',
    authorization((text) => text.replace(/\w+$/, (hex) => `A${hex.slice(1).toUpperCase()}`)),
  ],
  ['words after the signature', 'unauthenticated', authorization((text) => `${text}, Signature=x`)],
  [
    'a header of 5000 characters',
    'unauthenticated',
    authorization((text) => `${text}${','.repeat(5000)}`),
    /longer than/,
  ],
  [
    'an unsigned date',
    'unauthenticated',
    authorization((text) => text.replace(';x-sdk-date', '')),
    /x-sdk-date is not among/,
  ],
  [
    'a signed header that is not there',
    'unauthenticated',
    authorization((text) => text.replace('host;', 'host;x-gone;')),
    /x-gone is not in/,
  ],
  ['no date', 'unauthenticated', tampered(() => ({ 'X-Sdk-Date': [] })), /X-Sdk-Date is missing/],
  [
    'a date in another form',
    'unauthenticated',
    tampered(() => ({ 'X-Sdk-Date': new Date().toISOString() })),
    /X-Sdk-Date/,
  ],
  [
    'a date that does not exist',
    'unauthenticated',
    tampered(() => ({ 'X-Sdk-Date': '20260231T080000Z' })),
    /X-Sdk-Date/,
  ],
  [
    'two dates',
    'unauthenticated',
    tampered(({ 'X-Sdk-Date': date }) => ({ 'X-Sdk-Date': [String(date), String(date)] })),
  ],
  [
    'a signature 16 minutes old',
    'unauthenticated',
    signedAt(-960),
    /signature expired, signature time:\d{8}T\d{6}Z,server time:/,
  ],
  ['a signature from 16 minutes ahead', 'unauthenticated', signedAt(960), /signature expired/],
]

const MISMATCH = /verify aksk signature fail, canonicalRequest:PATCH\|/

const PARTS: readonly BadRequest[] = [
  [
    'another signature',
    'unauthenticated',
    authorization((text) => text.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))),
    MISMATCH,
  ],
  [
    'a date changed after signing',
    'unauthenticated',
    tampered(({ 'X-Sdk-Date': date }) => ({ 'X-Sdk-Date': nextSecond(String(date)) })),
    MISMATCH,
  ],
  [
    'a type changed after signing',
    'unauthenticated',
    tampered(() => ({ 'Content-Type': 'application/json;charset=utf-8' })),
    MISMATCH,
  ],
  ['a host changed after signing', 'unauthenticated', tampered(() => ({ Host: 'workspace.example' })), MISMATCH],
  [
    'signed headers in another order',
    'unauthenticated',
    authorization((text) => text.replace('content-type;host', 'host;content-type')),
    MISMATCH,
  ],
  [
    'a signed header left out afterwards',
    'unauthenticated',
    authorization((text) => text.replace('content-type;', '')),
    MISMATCH,
  ],
  [
    'a header signed afterwards',
    'unauthenticated',
    authorization((text) => text.replace(';host;', ';content-length;host;')),
    MISMATCH,
  ],
  ['another body', 'unauthenticated', (at) => ({ ...signed(at), body: '{"items":[]}' }), MISMATCH],
  ['a body with one blank more', 'unauthenticated', (at) => ({ ...signed(at), body: `${signed(at).body} ` }), MISMATCH],
  ['a signature for another method', 'unauthenticated', signedOver(() => ({ method: 'POST' })), MISMATCH],
  [
    'a signature for another project',
    'unauthenticated',
    signedOver(({ api, foreign }) => ({ url: `${api.endpoint}${updatePath(foreign.projectId)}` })),
  ],
  [
    'a query added after signing',
    'unauthenticated',
    (at) => ({ ...signed(at), path: `${at.path}?force=true` }),
    MISMATCH,
  ],
  [
    'a query lost after signing',
    'unauthenticated',
    signedOver(({ api, path }) => ({ url: `${api.endpoint}${path}?a=1` })),
  ],
  ['a wrong hash of the body', 'unauthenticated', stating(() => sha256Hex('{}')), /not the hash of the body/],
  ['a JSON body left unsigned', 'unauthenticated', stating(() => 'UNSIGNED-PAYLOAD'), /cannot be left unsigned/],
]

const KEYS: readonly BadRequest[] = [
  [
    'an unknown access key',
    'unauthenticated',
    withKey(() => ({ access: 'NOSUCHKEY00000000001' })),
    /ak NOSUCHKEY00000000001 not exist/,
  ],
  [
    'an access key and one letter more',
    'unauthenticated',
    withKey(({ api }) => ({ access: `${api.world.access_key.access}A` })),
  ],
  ['a wrong secret', 'unauthenticated', withKey(() => ({ secret: 'wrong' })), MISMATCH],
  [
    "another key's secret",
    'unauthenticated',
    withKey(({ stranger }) => ({ secret: stranger.access_key.secret })),
    MISMATCH,
  ],
  ['a disabled key', 'unauthenticated', withKey(() => DISABLED), /ak DISABLEDKEY000000001 not exist/],
  ["a disabled user's key", 'userGone', withKey(({ gone }) => gone.access_key)],
  ["another account's key", 'forbidden', withKey(({ stranger }) => stranger.access_key), /permission/],
]

function nextSecond(sdkDate: string): string {
  const digits = Number(sdkDate.slice(13, 15))
  return `${sdkDate.slice(0, 13)}${String((digits + 1) % 60).padStart(2, '0')}Z`
}

describe('a credential of the wrong kind', () => testRefusals(KINDS, () => place))
describe('a signature of the wrong form or time', () => testRefusals(FORMS, () => place))
describe('a signature over something else', () => testRefusals(PARTS, () => place))
describe('a key that does not fit', () => testRefusals(KEYS, () => place))

describe('the request that all of these spoil', () => {
  it('is accepted when signed, and then refused as busy when made with a token', async () => {
    const answer = await send(place, signed(place))
    await assertStarted(place, answer)
    const { job_id } = answer.body as { job_id: string }
    const busy = await send(place, { token: tokenOf(place) })
    const names = new RegExp(`server ${place.serverIds[0]} is being changed by job ${job_id} \\(UPDATE_SERVER_TSVI\\)`)
    assertRefused(place, busy, REFUSALS.busy, names)
  })
})
