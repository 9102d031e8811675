import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { recordingLog } from '#testing'
import { type Answer, assertErrorShape, type TestApi, testApi } from '../testing/api.ts'
import { createApp } from './app.ts'

const REQUEST_ID = /^[0-9a-f]{32}$/

let api: TestApi
before(async () => {
  api = await testApi({ servers: 0 })
})
after(() => api[Symbol.asyncDispose]())

const servers = () => `/v1/${api.world.project.id}/app-servers`

describe('every answer has a request id of its own:', () => {
  const CALLS: readonly (readonly [name: string, status: number, call: () => Promise<Answer>])[] = [
    ['one that succeeds', 200, () => api.call('GET', servers())],
    ['one without credential', 401, () => api.call('GET', servers(), { sign: false })],
    ['one that is invalid', 400, () => api.call('GET', `${servers()}?limit=0`)],
    ['one of an unknown path', 404, () => api.call('GET', '/nowhere')],
    ['one with an ambiguous path', 404, () => api.call('GET', '/v1/../healthz')],
    ['one with broken percent signs', 400, () => api.call('GET', '/v1/%zz/app-servers')],
    ['one of the wrong method', 405, () => api.call('DELETE', servers())],
    ['one of HEAD', 405, () => api.call('HEAD', servers())],
    ['one of a page for everyone', 200, () => api.call('GET', '/healthz', { sign: false })],
  ]
  for (const [name, status, call] of CALLS) {
    it(`${name}, answered ${status}`, async () => {
      const [first, second] = [await call(), await call()]
      assert.deepEqual([first.status, second.status], [status, status], first.text)
      const ids = [first, second].map(({ headers }) => String(headers['x-request-id']))
      for (const id of ids) assert.match(id, REQUEST_ID)
      assert.notEqual(ids[0], ids[1])
    })
  }

  it('the caller cannot choose it', async () => {
    const chosen = 'f'.repeat(32)
    const headers = { 'X-Request-Id': chosen, 'Request-Id': chosen }
    assert.notEqual((await api.call('GET', servers(), { headers })).headers['x-request-id'], chosen)
  })
})

describe('a header', () => {
  it('of more than 32 KiB is refused, whatever it says; one of 32 KiB is read', async () => {
    const send = (length: number) =>
      api.call('GET', '/healthz', { sign: false, headers: { 'User-Agent': 'a'.repeat(length) } })
    const refused = await send(32 * 1024 + 1)
    assert.equal(refused.status, 494)
    assertErrorShape('GatewayError', refused.body)
    assert.match(refused.text, /the limit is 32768 bytes/)
    assert.equal((await send(32 * 1024)).status, 200)
  })
})

describe('a path', () => {
  it('that is unknown is answered 404 to everyone, in the shape of the gateway, without an Allow', async () => {
    for (const options of [{}, { sign: false as const }, { token: 'none' }]) {
      const answer = await api.call('GET', '/v1/nowhere?secret=Pa55word', options)
      assert.equal(answer.status, 404)
      assertErrorShape('GatewayError', answer.body)
      assert.equal((answer.body as { request_id: string }).request_id, answer.headers['x-request-id'])
      assert.equal(answer.headers.allow, undefined)
      assert.doesNotMatch(answer.text, /Pa55word/)
    }
  })

  const METHODS: readonly (readonly [method: string, name: string, path: () => string, allow: string])[] = [
    ['DELETE', 'a list', servers, 'GET'],
    ['HEAD', 'a list', servers, 'GET'],
    ['QUERY', 'a list', servers, 'GET'],
    ['PATCH', 'one of a list', () => `${servers()}/some-server/actions/vnc`, 'GET'],
    ['GET', 'what only validates', () => `/v1/${api.world.project.id}/app-server-groups/rules/validate`, 'POST'],
    ['GET', 'temporary keys', () => '/v3.0/OS-CREDENTIAL/securitytokens', 'POST'],
    ['POST', 'the document', () => '/openapi.json', 'GET'],
    ['HEAD', 'the health', () => '/healthz', 'GET'],
  ]
  for (const [method, name, path, allow] of METHODS) {
    it(`of ${name} that knows ${allow} alone answers ${method} 405 and names it`, async () => {
      const answer = await api.call(method, path(), { sign: false })
      assert.deepEqual([answer.status, answer.headers.allow], [405, allow])
      if (method === 'HEAD') assert.equal(answer.text, '')
      else assertErrorShape('ServiceError', answer.body)
    })
  }
})

describe('a request that never becomes one', () => {
  const BYTES: readonly (readonly [name: string, bytes: string])[] = [
    ['words', 'good morning\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost x\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ]
  for (const [name, bytes] of BYTES) {
    it(`because it is ${name}, is answered 400 in the shape of the gateway and hung up on`, async () => {
      const { hostname, port } = new URL(api.endpoint)
      const socket = connect(Number(port), hostname)
      socket.write(bytes)
      const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
      assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/)
      const answered: unknown = JSON.parse(body)
      assertErrorShape('GatewayError', answered)
      const [, requestId = ''] = /\r\nX-Request-Id: (\S+)/.exec(head) ?? []
      assert.match(requestId, REQUEST_ID)
      assert.equal((answered as { request_id: string }).request_id, requestId)
    })
  }
})

describe('without credentials', () => {
  it('/healthz says that the database answers', async () => {
    const answer = await api.call('GET', '/healthz', { sign: false })
    assert.deepEqual([answer.status, answer.body], [200, { status: 'ok' }])
  })

  it('/openapi.json is the contract, with every operation that is served', async () => {
    const answer = await api.call('GET', '/openapi.json', { sign: false })
    assert.equal(answer.status, 200)
    assert.match(String(answer.headers['content-type']), /^application\/json\b/)
    const document = answer.body as { openapi: string; paths: Record<string, object> }
    assert.match(document.openapi, /^3\./)
    assert.deepEqual(Object.keys(document.paths['/v1/{project_id}/app-servers'] ?? {}), ['get'])
    for (const [path, methods] of Object.entries(document.paths)) {
      const url = path.replace(/\{\w+\}/g, 'x')
      const { status, headers } = await api.call('PROPFIND', url, { sign: false })
      assert.equal(status, 405, url)
      const allow = new Set(String(headers.allow).toLowerCase().split(', '))
      assert.ok(new Set(Object.keys(methods)).isSubsetOf(allow), `${path} allows ${headers.allow}`)
    }
  })
})

describe('a handler that throws', () => {
  const CAUSES: readonly (readonly [name: string, cause: unknown])[] = [
    ['an error', new Error('Pa55word')],
    ['an error with causes', new Error('Pa55word', { cause: new Error('Pa55word') })],
    ['an error that claims a status', Object.assign(new Error('Pa55word'), { statusCode: 502 })],
    ['an error with more members', Object.assign(new TypeError('Pa55word'), { detail: 'Pa55word', code: 'Pa55word' })],
    ['a bare text', 'Pa55word'],
    ['an object', { Pa55word: true }],
    ['null', null],
    ['nothing at all', undefined],
  ]
  for (const [name, cause] of CAUSES) {
    it(`${name} is answered 500 with the request id alone, and logged with its cause`, async () => {
      const log = recordingLog()
      await using app = createApp({ log })
      app.get('/', async () => {
        throw cause
      })
      const answer = await app.inject('/')
      const requestId = String(answer.headers['x-request-id'])
      assert.equal(answer.statusCode, 500)
      assert.deepEqual(answer.json(), {
        error_code: 'WKS.00211401',
        error_msg: `The requested operation failed. Please try again later. Quote request ${requestId} to the operator.`,
      })
      const [line, ...others] = log.lines
      assert.deepEqual([line?.level, others], ['error', []])
      assert.match(JSON.stringify(line?.fields), new RegExp(`${requestId}.*(Pa55word|${cause} was thrown)`))
    })
  }
})
