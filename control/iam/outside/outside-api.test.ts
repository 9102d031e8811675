import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { configFor, newTokenText, PROJECT, sendJson, type TestService, testService, tokenBody } from './test-service.ts'

let service: TestService
let api: TestApi

before(async () => {
  service = await testService()
  api = await testApi({ outside: configFor(service) })
})
after(async () => {
  await api[Symbol.asyncDispose]()
  await service.stop()
})

function knownToken(options: Parameters<typeof tokenBody>[0] = {}): string {
  const text = newTokenText()
  service.tokens.set(text, tokenBody(options))
  return text
}

function list(token: string, projectId = PROJECT.id) {
  return api.call('GET', `/v1/${projectId}/app-servers`, { token })
}

async function ownToken(): Promise<string> {
  const { user, domain, project } = api.world
  const identity = { methods: ['password'], password: { user: { ...user, domain } } }
  const body = { auth: { identity, scope: { project: { id: project.id } } } }
  const answer = await api.call('POST', '/v3/auth/tokens', { sign: false, body })
  assert.equal(answer.status, 201, answer.text)
  return String(answer.headers['x-subject-token'])
}

const GROUP = {
  name: 'group',
  image_id: 'image-1',
  image_type: 'private',
  os_type: 'Windows',
  product_id: 'workspace.appstream.general.large.2',
  vpc_id: 'vpc-1',
  subnet_id: 'subnet-1',
  system_disk_type: 'SAS',
  system_disk_size: 80,
}

describe('the API, called with a token of the service outside', () => {
  it('knows the caller, whose policies decide in its own project', async () => {
    const answer = await list(knownToken())
    assertDeclared('ListServers', answer)
    assert.deepEqual([answer.status, answer.body], [200, { count: 0, items: [] }], answer.text)
  })

  it('lets a reader read and nothing else, and a member write too', async () => {
    const create = (role: string) =>
      api.call('POST', `/v1/${PROJECT.id}/app-server-groups`, { token: knownToken({ roles: [role] }), body: GROUP })
    assert.equal((await list(knownToken({ roles: ['reader'] }))).status, 200)
    const refused = await create('reader')
    assert.equal(refused.status, 403, refused.text)
    assert.match(refused.text, /is not authorized to perform action workspace:serverGroup:create/)
    const allowed = await create('member')
    assert.equal(allowed.status, 404, allowed.text)
    assert.match(allowed.text, /The subnet subnet-1 does not exist/)
  })

  it('refuses another project than that of the token, and one of an account of our own', async () => {
    for (const projectId of [api.world.project.id, 'nowhere']) {
      const answer = await list(knownToken(), projectId)
      assert.equal(answer.status, 403, answer.text)
      assert.match(answer.text, /The credential is not valid for the project of the path/)
    }
  })

  it('refuses with 403 a token whose roles mean nothing here, in the shape of each family', async () => {
    const token = knownToken({ roles: ['auditor'] })
    const answer = await list(token)
    assert.equal(answer.status, 403, answer.text)
    assertDeclared('ListServers', answer)
    assert.match(answer.text, /None of the roles of the token means anything here/)
    const iam = await api.call('GET', '/v3/projects', { token })
    assert.equal(iam.status, 403, iam.text)
    assertDeclared('KeystoneListProjects', iam)
    assert.match(iam.text, /Policy doesn't allow any action/)
  })

  it('refuses with 401 a token that the service outside does not know', async () => {
    const answer = await list(newTokenText())
    assert.equal(answer.status, 401, answer.text)
    assertDeclared('ListServers', answer)
    assert.match(answer.text, /decrypt token fail/)
  })

  it('answers 503 when the service outside says nothing sure', async () => {
    service.onValidation = (response) => sendJson(response, 500, {})
    const answer = await list(newTokenText())
    service.onValidation = undefined
    assert.equal(answer.status, 503, answer.text)
    assertDeclared('ListServers', answer)
    assert.match(answer.text, /WKS\.00050902/)
    assert.match(answer.text, /the token cannot be checked, because the identity service outside does not answer as/)
    assert.equal((await list(await ownToken(), api.world.project.id)).status, 200, 'our own tokens need nobody else')
  })

  it('finds its projects and its account as clients look for them', async () => {
    const token = knownToken()
    const projects = await api.call('GET', `/v3/projects?name=${PROJECT.name}`, { token })
    assert.match(projects.text, new RegExp(`"id":"${PROJECT.id}"`))
    const domains = await api.call('GET', '/v3/auth/domains', { token })
    assert.match(domains.text, /"name":"acme"/)
  })
})

describe('a token of ours', () => {
  it('is never sent outside, be it good, spoiled, or sealed by a key that nobody has', async () => {
    const before = service.asked.length
    const token = await ownToken()
    assert.equal((await list(token, api.world.project.id)).status, 200)
    for (const spoiled of [`${token}x`, token.slice(0, -1), `deadbeef.${token.slice(9)}`]) {
      assert.equal((await list(spoiled, api.world.project.id)).status, 401)
    }
    assert.equal(service.asked.length, before)
  })
})

describe('without a service outside', () => {
  it('a token of another is refused, and nobody is asked', async () => {
    await using alone = await testApi()
    const asked = service.asked.length
    const answer = await alone.call('GET', `/v1/${PROJECT.id}/app-servers`, { token: knownToken() })
    assert.equal(answer.status, 401, answer.text)
    assert.equal(service.asked.length, asked)
  })
})

describe('a request that is signed', () => {
  it('is not tried as a token outside, whatever token it brings beside', async () => {
    const asked = service.asked.length
    const headers = { 'X-Auth-Token': knownToken() }
    const wrong = { ...api.world.access_key, secret: 'wrong-secret-of-nobody-at-all' }
    const answer = await api.call('GET', `/v1/${PROJECT.id}/app-servers`, { headers, sign: wrong })
    assert.equal(answer.status, 401, answer.text)
    assert.equal(service.asked.length, asked)
  })
})
