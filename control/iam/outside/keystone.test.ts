import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, it } from 'node:test'
import { createAuthority, issueListenerCertificate } from '../../agents/authority.ts'
import type { OutsideConfig } from './config.ts'
import { LIMITS, type Limits, OutsideFailure } from './exchange.ts'
import { createKeystone } from './keystone.ts'
import {
  type Asked,
  configFor,
  DOMAIN,
  instant,
  newTokenText,
  PROJECT,
  sendJson,
  type TestService,
  testService,
  tokenBody,
  USER,
} from './test-service.ts'

/** A server that is told to be slow is so for longer than this. */
const SHORT: Limits = { ...LIMITS, timeoutMs: 300 }

let service: TestService
let now = new Date()
const clock = { now: () => now }
const client = (more: Partial<OutsideConfig> = {}, limits = LIMITS) =>
  createKeystone(configFor(service, more), clock, limits)

beforeEach(async () => {
  now = new Date()
  service = await testService()
  service.now = clock.now
})
afterEach(() => service.stop())

function later(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000)
}

function knownToken(options: Parameters<typeof tokenBody>[0] = {}): string {
  const text = newTokenText()
  service.tokens.set(text, tokenBody({ now, ...options }))
  return text
}

async function assertFails(work: Promise<unknown>, sentence: RegExp, isSilence = false): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof OutsideFailure, String(error))
    assert.match(error.message, sentence)
    assert.equal(error.isSilence, isSilence)
    return true
  })
}

describe('a token that the service outside knows', () => {
  it('is read: user, project, domain, roles, and how long it is good', async () => {
    const token = await client().validate(knownToken())
    assert.deepEqual(token, {
      userId: USER.id,
      userName: USER.name,
      userDomainId: DOMAIN.id,
      domainId: DOMAIN.id,
      domainName: DOMAIN.name,
      projectId: PROJECT.id,
      project: PROJECT,
      roles: ['member', 'reader'],
      issuedAt: now,
      expiresAt: new Date(now.getTime() + 3600_000),
    })
  })

  it('may be for a whole domain, or for a project of another domain than its user', async () => {
    const whole = await client().validate(knownToken({ project: null }))
    assert.deepEqual([whole?.domainId, whole?.projectId, whole?.project], [DOMAIN.id, null, null])
    const elsewhere = { id: 'another', name: 'Another' }
    const guest = await client().validate(knownToken({ userDomain: elsewhere }))
    assert.deepEqual([guest?.domainId, guest?.userDomainId], [DOMAIN.id, 'another'])
  })

  it('is asked about with the token of the control plane, without the catalogue', async () => {
    const subject = knownToken()
    await client().validate(subject)
    const [asked] = service.validations()
    assert.equal(asked?.url, '/v3/auth/tokens?nocatalog=true')
    assert.equal(asked?.headers['x-subject-token'], subject)
    assert.match(String(asked?.headers['x-auth-token']), /^own-token-/)
  })

  it('is not taken when it is unknown there, has expired by our clock, or is for no project and no domain', async () => {
    const { project: _, ...unscoped } = tokenBody({ now })
    const text = newTokenText()
    service.tokens.set(text, unscoped)
    const keystone = client()
    assert.equal(await keystone.validate(newTokenText()), undefined)
    assert.equal(await keystone.validate(knownToken({ seconds: 0 })), undefined)
    assert.equal(await keystone.validate(knownToken({ seconds: -3600 })), undefined)
    assert.equal(await keystone.validate(text), undefined)
  })
})

describe("the control plane's own token", () => {
  const bodyOf = (asked: Asked | undefined) => JSON.parse(asked?.body ?? '')

  it('is obtained by password, for a project', async () => {
    await client().validate(knownToken())
    const domain = { name: 'Default' }
    const user = { name: 'berth', password: 'pass-of-berth-outside', domain }
    assert.deepEqual(bodyOf(service.logins()[0]), {
      auth: {
        identity: { methods: ['password'], password: { user } },
        scope: { project: { name: 'service', domain } },
      },
    })
  })

  it('is obtained for the domain without a project, or by an application credential, which has its scope', async () => {
    const password = { kind: 'password', user: 'berth', userDomain: 'ours', password: 'x', project: null } as const
    await client({ credential: password }).validate(knownToken())
    assert.deepEqual(bodyOf(service.logins()[0]).auth.scope, { domain: { name: 'ours' } })
    const credential = { kind: 'application_credential', id: 'c0ffee', secret: 's' } as const
    await client({ credential }).validate(knownToken())
    const application_credential = { id: 'c0ffee', secret: 's' }
    assert.deepEqual(bodyOf(service.logins()[1]), {
      auth: { identity: { methods: ['application_credential'], application_credential } },
    })
  })

  it('is obtained once for many questions, and again five minutes before it expires', async () => {
    const keystone = client()
    await Promise.all(Array.from({ length: 5 }, () => keystone.validate(knownToken())))
    later(3600 - 301)
    await keystone.validate(knownToken())
    assert.equal(service.logins().length, 1)
    later(2)
    await keystone.validate(knownToken())
    assert.equal(service.logins().length, 2)
  })

  it('serves on while it lasts when it cannot be renewed', async () => {
    const keystone = client()
    await keystone.validate(knownToken())
    service.onLogin = (response) => sendJson(response, 500, {})
    later(3600 - 100)
    assert.ok(await keystone.validate(knownToken()))
    assert.ok(await keystone.validate(knownToken()))
    assert.equal(service.logins().length, 2, 'and the renewal is not tried with every question')
    later(101)
    await assertFails(keystone.validate(knownToken()), /a login with status 500/)
  })

  it('is obtained anew when it was revoked, without the caller noticing', async () => {
    const keystone = client()
    await keystone.validate(knownToken())
    later(60)
    const answers = service.onValidation
    service.onValidation = (response) => {
      service.onValidation = answers
      sendJson(response, 401, {})
    }
    assert.ok(await keystone.validate(knownToken()))
    assert.equal(service.logins().length, 2)
  })

  it('is not obtained again and again when it is refused as soon as it is there', async () => {
    service.onValidation = (response) => sendJson(response, 401, {})
    const keystone = client()
    for (let time = 0; time < 3; time++) await assertFails(keystone.validate(newTokenText()), /own new token/)
    assert.equal(service.logins().length, 1)
  })

  it('is asked for again only after a while when the password is wrong: an account may be locked by tries', async () => {
    service.onLogin = (response) => sendJson(response, 401, {})
    const keystone = client()
    for (let time = 0; time < 3; time++) {
      await assertFails(keystone.validate(newTokenText()), /refuses the credential of the control plane/)
    }
    assert.equal(service.logins().length, 1)
    later(11)
    service.onLogin = undefined
    assert.ok(await keystone.validate(knownToken()))
  })

  it('must be a token that has not expired', async () => {
    const token = { expires_at: instant(now.getTime() - 1000) }
    service.onLogin = (response) => sendJson(response, 201, { token }, { 'X-Subject-Token': newTokenText() })
    await assertFails(client().validate(newTokenText()), /has expired: compare the clocks/)
    service.onLogin = (response) => sendJson(response, 201, { token: tokenBody() })
    await assertFails(client().validate(newTokenText()), /its login gave no token/)
  })
})

/** Says something about the token that was asked about. */
function saying(body: (token: Record<string, unknown>) => unknown) {
  return (response: ServerResponse, { headers }: Asked) =>
    sendJson(response, 200, body(tokenBody()), { 'X-Subject-Token': String(headers['x-subject-token']) })
}

function repeating(text: string | Buffer) {
  return (response: ServerResponse, { headers }: Asked) =>
    void response.writeHead(200, { 'X-Subject-Token': String(headers['x-subject-token']) }).end(text)
}

function withUser(user: object) {
  return saying((token) => ({ token: { ...token, user: { ...(token.user as object), ...user } } }))
}

const LIES: readonly (readonly [string, NonNullable<TestService['onValidation']>, RegExp])[] = [
  ['a failure of its own', (response) => sendJson(response, 500, {}), /status 500/],
  ['that we may not ask', (response) => sendJson(response, 403, {}), /status 403/],
  ['a success without a token', (response) => sendJson(response, 204, {}), /status 204/],
  ['a token, but with another status', (response) => sendJson(response, 203, { token: tokenBody() }), /status 203/],
  ['a token without saying which', (response) => sendJson(response, 200, { token: tokenBody() }), /without repeating/],
  [
    'another token',
    (response) => sendJson(response, 200, { token: tokenBody() }, { 'X-Subject-Token': newTokenText() }),
    /without repeating/,
  ],
  ['a page for people', repeating('<html></html>'), /no JSON/],
  ['half a document', repeating('{"token":'), /no JSON/],
  ['nothing', repeating(''), /no JSON/],
  ['a document that reaches for prototypes', repeating('{"__proto__":{"token":1}}'), /no JSON/],
  ['bytes that are no text', repeating(Buffer.from([0xff, 0xfe, 0x7b])), /no JSON/],
  ['no token', saying(() => ({})), /unknown form: \/ /],
  ['a list', saying((token) => [token]), /unknown form/],
  ['no user', saying(({ user: _, ...token }) => ({ token })), /unknown form: \/token /],
  ['a user without a domain', withUser({ domain: undefined }), /unknown form: \/token\/user /],
  ['a user id that is a number', withUser({ id: 7 }), /unknown form: \/token\/user\/id /],
  ['a name with line breaks', withUser({ name: 'a\nb' }), /unknown form: \/token\/user\/name /],
  ['a very long name', withUser({ name: 'a'.repeat(256) }), /unknown form: \/token\/user\/name /],
  [
    'a project id that is a path',
    saying((token) => ({ token: { ...token, project: { id: '../..', name: 'p', domain: DOMAIN } } })),
    /unknown form: \/token\/project\/id /,
  ],
  [
    'a project without a domain',
    saying((token) => ({ token: { ...token, project: { id: 'p', name: 'p' } } })),
    /unknown form: \/token\/project /,
  ],
  ['an end in words', saying((token) => ({ token: { ...token, expires_at: 'never' } })), /unknown form: \/token\/exp/],
  [
    'a day that there is not',
    saying((token) => ({ token: { ...token, expires_at: '2026-13-41T00:00:00Z' } })),
    /an instant that does not exist/,
  ],
  ['roles that are names', saying((token) => ({ token: { ...token, roles: ['admin'] } })), /unknown form: \/token\/ro/],
  [
    'more roles than anybody has',
    saying((token) => ({ token: { ...token, roles: Array.from({ length: 1001 }, () => ({ name: 'r' })) } })),
    /unknown form: \/token\/roles /,
  ],
  ['a huge document', repeating(JSON.stringify({ a: 'a'.repeat(LIMITS.bodyBytes) })), /more than 262144 bytes/],
  [
    'a document without an end',
    (response) => {
      const more = () => void (response.destroyed || response.write('a'.repeat(64 * 1024), () => setImmediate(more)))
      response.writeHead(200)
      more()
    },
    /more than 262144 bytes/,
  ],
  [
    'huge headers',
    (response) => sendJson(response, 200, {}, { 'X-Long': 'a'.repeat(LIMITS.headerBytes) }),
    /more than 65536 bytes of headers/,
  ],
]

describe('a service outside that does not answer as it should', () => {
  for (const [name, reply, sentence] of LIES) {
    it(`is not believed: it says ${name}`, async () => {
      service.onValidation = reply
      await assertFails(client().validate(newTokenText()), sentence)
    })
  }

  it('is not followed elsewhere', async () => {
    await using elsewhere = await testService()
    for (const status of [301, 302, 303, 307, 308]) {
      const headers = { Location: `${elsewhere.url}/v3/auth/tokens` }
      service.onValidation = (response) => sendJson(response, status, {}, headers)
      await assertFails(client().validate(newTokenText()), new RegExp(`status ${status}`))
      service.onLogin = (response) => sendJson(response, status, {}, headers)
      await assertFails(client().validate(newTokenText()), new RegExp(`status ${status}`))
      service.onLogin = undefined
    }
    assert.equal(elsewhere.asked.length, 0)
  })

  const SILENCES: readonly (readonly [string, NonNullable<TestService['onValidation']>, RegExp])[] = [
    ['it says nothing', () => {}, /did not answer within 300 ms/],
    ['it stops in its headers', (response) => void response.socket?.write('HTTP/1.1 200 OK\r\nX-S'), /within 300 ms/],
    [
      'it sends its body a byte at a time',
      (response) => {
        const timer = setInterval(() => response.write(' '), 20)
        response.once('close', () => clearInterval(timer)).writeHead(200)
      },
      /did not answer within 300 ms/,
    ],
    ['it hangs up', (response) => void response.socket?.destroy(), /cannot be reached \(ECONNRESET\)/],
    [
      'it hangs up in its body',
      (response) => void response.writeHead(200).write('{', () => response.socket?.destroy()),
      /cannot be reached \(ECONNRESET\)/,
    ],
  ]
  for (const [name, reply, sentence] of SILENCES) {
    it(`is silent: ${name}`, async () => {
      const keystone = client({}, SHORT)
      await keystone.validate(knownToken())
      service.onValidation = reply
      await assertFails(keystone.validate(newTokenText()), sentence, true)
    })
  }

  it('is silent when nobody is there', async () => {
    await service.stop()
    await assertFails(client().validate(newTokenText()), /cannot be reached \(ECONNREFUSED\)/, true)
  })

  it('is not understood when it speaks something else', async () => {
    const other = createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .write('220 mail.example ESMTP\r\n'),
    )
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : 0
    const keystone = client({ url: `http://127.0.0.1:${port}` })
    await assertFails(keystone.validate(newTokenText()), /did not answer in HTTP \(HPE_/)
    await new Promise<void>((done) => void other.close(() => done()))
  })
})

describe('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-outside-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('a service is believed whose certificate is in the file, and no other', async () => {
    const own = await createAuthority(new Date())
    const another = await createAuthority(new Date())
    const [caFile, otherFile] = [join(folder, 'ca.pem'), join(folder, 'other.pem')]
    writeFileSync(caFile, own.certificatePem)
    writeFileSync(otherFile, another.certificatePem)
    await using secure = await testService({ tls: await issueListenerCertificate(own, ['localhost'], new Date()) })
    const text = newTokenText()
    secure.tokens.set(text, tokenBody())
    assert.ok(await client({ url: secure.url, caFile }).validate(text))
    const asked = secure.asked.length
    const unknown = /cannot be reached \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/
    await assertFails(client({ url: secure.url }).validate(text), unknown, true)
    await assertFails(client({ url: secure.url, caFile: otherFile }).validate(text), /cannot be reached \(/, true)
    const tls = await issueListenerCertificate(own, ['keystone.example'], new Date())
    await using masked = await testService({ tls })
    const name = /cannot be reached \(ERR_TLS_CERT_ALTNAME_INVALID\)/
    await assertFails(client({ url: masked.url, caFile }).validate(text), name, true)
    assert.equal(secure.asked.length + masked.asked.length, asked, 'no token and no password went to a stranger')
  })

  it('a file without a certificate is refused at the start', () => {
    const empty = join(folder, 'empty.pem')
    writeFileSync(empty, 'nothing')
    assert.throws(() => client({ caFile: empty }), /--outside-iam-ca must be a file with certificates in PEM form/)
    assert.throws(() => client({ caFile: join(folder, 'none.pem') }), /--outside-iam-ca .*none\.pem/)
  })
})
