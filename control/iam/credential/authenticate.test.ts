import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { secondsAfter } from '#kernel'
import { signRequest } from '../../../contract/signing/sign.ts'
import { sha256Hex } from '../../../contract/signing/signature.ts'
import { type AccessKey, type Answer, assertErrorShape, type TestApi, testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { passwordClaims } from '../../testing/token.ts'
import { sealToken } from './token.ts'

let api: TestApi
let configPath: string
before(async () => {
  api = await testApi()
  configPath = `/v1/${api.world.project.id}/bundles/batch-query-config-info`
})
after(() => api[Symbol.asyncDispose]())

const BODY = '{"items":["IP_VIRTUAL_ENABLE"]}'
const JSON_TYPE = { 'Content-Type': 'application/json' }

interface Signing {
  readonly signed: Readonly<Record<string, string>>
  readonly unsigned?: Readonly<Record<string, string>>
  readonly now?: Date
}

/** A POST with a body, signed over exactly these headers and the date. */
function headersOf({ signed, unsigned = {}, now = new Date() }: Signing): Record<string, string> {
  const { access: accessKey, secret: secretKey } = api.world.access_key
  const url = `${api.endpoint}${configPath}`
  const signature = signRequest({ method: 'POST', url, headers: signed, body: BODY, accessKey, secretKey, now })
  return { ...unsigned, ...signed, ...signature }
}

function post(headers: Record<string, string>): Promise<Answer> {
  return api.call('POST', configPath, { sign: false, body: BODY, headers: { ...JSON_TYPE, ...headers } })
}

function assertAccepted({ status, text }: Answer): void {
  assert.equal(status, 200, text)
}

describe('a signature over HTTP', () => {
  const agent = { 'User-Agent': 'client/1.0' }
  const project = () => ({ 'X-Project-Id': api.world.project.id })
  const host = () => ({ Host: new URL(api.endpoint).host })
  const CLIENTS: readonly (readonly [string, () => Signing])[] = [
    ['the Go SDK: neither host nor type', () => ({ signed: { ...agent, ...project() } })],
    ['the Python SDK: everything', () => ({ signed: { ...JSON_TYPE, ...host(), ...agent, ...project() } })],
    ['the Node SDK: no agent', () => ({ signed: { ...JSON_TYPE, ...host(), ...project() }, unsigned: agent })],
    ['the Java SDK: no type', () => ({ signed: { ...host(), ...project() } })],
    ['Terraform: no project', () => ({ signed: { Accept: '*/*', ...JSON_TYPE, ...agent }, unsigned: project() })],
    ['a minimal client: the date alone', () => ({ signed: {} })],
  ]
  for (const [name, signing] of CLIENTS) {
    it(`is accepted over the headers that are signed by ${name}`, async () => {
      assertAccepted(await post(headersOf(signing())))
    })
  }

  it('is accepted with a clock almost 15 minutes off, either way', async () => {
    for (const seconds of [-890, 890]) {
      assertAccepted(await post(headersOf({ signed: {}, now: secondsAfter(new Date(), seconds) })))
    }
  })

  it('is accepted again: two equal requests of one second are no replay', async () => {
    const headers = headersOf({ signed: JSON_TYPE })
    assertAccepted(await post(headers))
    assertAccepted(await post(headers))
  })

  it('is accepted without blanks after the commas', async () => {
    const headers = headersOf({ signed: JSON_TYPE })
    assertAccepted(await post({ ...headers, Authorization: String(headers.Authorization).replaceAll(', ', ',') }))
  })

  it('is accepted with a right statement about the body', async () => {
    assertAccepted(await post(headersOf({ signed: { ...JSON_TYPE, 'X-Sdk-Content-Sha256': sha256Hex(BODY) } })))
  })

  it('decides alone: neither a token nor an unsigned project beside it counts', async () => {
    const unsigned = { 'X-Auth-Token': 'garbage', 'X-Project-Id': 'another', 'X-Domain-Id': 'another' }
    assertAccepted(await post(headersOf({ signed: JSON_TYPE, unsigned })))
  })

  it('is accepted with its query in another order than it was signed in', async () => {
    const { access: accessKey, secret: secretKey } = api.world.access_key
    const path = `/v1/${api.world.project.id}/app-servers`
    const url = `${api.endpoint}${path}?limit=1&server_name=a%20b&offset=0`
    const headers = signRequest({ method: 'GET', url, headers: {}, body: '', accessKey, secretKey, now: new Date() })
    const sent = { sign: false, headers: { ...headers } } as const
    assertAccepted(await api.call('GET', `${path}?server_name=a%20b&offset=0&limit=1`, sent))
  })

  it('that is too old is told both clocks', async () => {
    const { text } = await post(headersOf({ signed: {}, now: new Date('2026-05-21T08:00:00Z') }))
    assert.match(text, /signature expired, signature time:20260521T080000Z,server time:20\d{6}T\d{6}Z/)
  })

  it('that does not fit is told the canonical request, without the tokens in it', async () => {
    const headers = headersOf({ signed: { 'X-Security-Token': 'tok-1234', 'X-Auth-Token': 'tok-5678' } })
    const { status, text } = await post({
      ...headers,
      'X-Sdk-Date': headersOf({ signed: {}, now: soon() })['X-Sdk-Date'] ?? '',
    })
    assert.equal(status, 401)
    assert.match(text, /canonicalRequest:POST\|\/v1\/.*x-auth-token:\*\*\*\|x-sdk-date:.*x-security-token:\*\*\*\|/)
    assert.doesNotMatch(text, /tok-/)
  })

  it('that is refused on an IAM path is refused by the gateway, as anywhere', async () => {
    const answer = await api.call('GET', '/v3/projects', { sign: { ...api.world.access_key, secret: 'wrong' } })
    assert.equal(answer.status, 401)
    assertErrorShape('GatewayError', answer.body)
  })
})

function soon(): Date {
  return secondsAfter(new Date(), 60)
}

describe('a user without policies', () => {
  let key: AccessKey
  before(async () => {
    key = (await insertTestUser(api, api.world.domain.id, 'viewer')).access_key
  })

  const CALLS: readonly (readonly [string, string, () => readonly [string, string, unknown?]])[] = [
    ['workspace:server:list', 'server:*', () => ['GET', '/v1/{p}/app-servers']],
    ['workspace:server:get', `server:{s}`, () => ['GET', '/v1/{p}/app-servers/{s}']],
    ['workspace:serverGroup:get', `serverGroup:{g}`, () => ['GET', '/v1/{p}/app-server-groups/{g}']],
    ['workspace:serverGroup:create', 'serverGroup:*', () => ['POST', '/v1/{p}/app-server-groups', groupOf()]],
    ['workspace:jobs:get', 'jobs:*', () => ['GET', '/v2/{p}/job/1']],
    ['workspace:jobs:listSubJobs', 'jobs:*', () => ['GET', '/v1/{p}/app-server-sub-jobs?job_type=']],
    ['workspace:tenants:listConfigInfo', 'tenants:*', () => ['POST', configPath, JSON.parse(BODY)]],
    [
      'workspace:server:batchUpdateTsvi',
      `server:{s}`,
      () => [
        'PATCH',
        '/v1/{p}/app-servers/actions/batch-update-tsvi',
        { items: [{ id: filled('{s}'), enable: true }] },
      ],
    ],
  ]
  for (const [action, resource, request] of CALLS) {
    it(`is refused ${action}, and told which action on which resource`, async () => {
      const [method, path, body] = request()
      const options = body === undefined ? { sign: key } : { sign: key, body }
      const answer = await api.call(method, filled(path), options)
      assert.equal(answer.status, 403, answer.text)
      assertErrorShape('ServiceError', answer.body)
      const { domain } = api.world
      const urn = `workspace:local-1:${domain.id}:${filled(resource)}`
      const { encoded_authorization_message: encoded, ...said } = answer.body as Record<string, unknown>
      assert.match(String(encoded), /^[0-9a-f]{8}\.[\w-]+$/)
      assert.deepEqual(said, {
        error_code: 'WKS.00081102',
        error_msg: 'User does not have permission to access this resource.',
        error_detail: `User: iam::${domain.id}:user:viewer is not authorized to perform action ${action} on resource ${urn} because no identity-based policy allows the ${action} action.`,
      })
    })
  }

  it('may learn its own account and projects all the same', async () => {
    for (const path of ['/v3/projects', '/v3/auth/domains']) assertAccepted(await api.call('GET', path, { sign: key }))
  })
})

function filled(text: string): string {
  const { project, servers, server_group } = api.world
  return text
    .replace('{p}', project.id)
    .replace('{s}', servers[0]?.id ?? '')
    .replace('{g}', server_group.id)
}

function groupOf() {
  const { vpc, subnet } = api.world
  return {
    name: 'refused',
    image_id: 'image-1',
    image_type: 'private',
    os_type: 'Windows',
    product_id: 'workspace.appstream.general.large.2',
    vpc_id: vpc.id,
    subnet_id: subnet.id,
    system_disk_type: 'SAS',
    system_disk_size: 80,
  }
}

describe('a token over HTTP', () => {
  const tokenFor = (projectId: string | null) => {
    const issuedAt = new Date()
    const claims = { userId: api.world.user.id, projectId, issuedAt, expiresAt: secondsAfter(issuedAt, 60) }
    return sealToken(api.keyring.tokens, passwordClaims(claims))
  }

  it('of the project is accepted there', async () => {
    const token = tokenFor(api.world.project.id)
    assertAccepted(await api.call('POST', configPath, { token, body: BODY }))
  })

  it('of the account is accepted where no project is named, and nowhere else', async () => {
    const token = tokenFor(null)
    assertAccepted(await api.call('GET', '/v3/auth/domains', { token }))
    assert.equal((await api.call('POST', configPath, { token, body: BODY })).status, 403)
  })

  it('is refused from the moment of its expiry, even where it was accepted before', async () => {
    const issuedAt = new Date()
    const expiresAt = secondsAfter(issuedAt, 2)
    const token = sealToken(
      api.keyring.tokens,
      passwordClaims({ userId: api.world.user.id, projectId: null, issuedAt, expiresAt }),
    )
    const call = () => api.call('GET', '/v3/auth/domains', { token })
    assertAccepted(await call())
    const deadline = Date.now() + 10_000
    let answer = await call()
    while (answer.status === 200 && Date.now() < deadline) answer = await call()
    assert.equal(answer.status, 401)
    assert.match(answer.text, /token expires, expires_at: /)
    assert.ok(new Date() >= expiresAt)
  })
})
