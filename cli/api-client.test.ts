import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { parseAuthorization } from '../contract/signing/authorization.ts'
import { verifySignature } from '../contract/signing/verify.ts'
import { ApiFailure, callApi } from './api-client.ts'

const KEYS = { accessKey: 'BERTHAK', secretKey: 'a-secret-key' }

interface Heard {
  readonly request: IncomingMessage
  readonly body: Buffer
}

/** A server that gives every request the same answer, and what it heard. */
async function listening(status: number, answer: string) {
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    heard.push({ request, body: Buffer.concat(await request.toArray()) })
    response.writeHead(status, { connection: 'close' }).end(answer)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => void server.close()
  return { credentials: { ...KEYS, endpoint }, heard, [Symbol.dispose]: close }
}

function assertSigned({ request, body }: Heard): void {
  const authorization = parseAuthorization(request.headers.authorization ?? '')
  assert.ok(typeof authorization !== 'string', String(authorization))
  assert.equal(authorization.accessKey, KEYS.accessKey)
  const received = {
    method: request.method ?? '',
    requestTarget: request.url ?? '',
    rawHeaders: request.rawHeaders,
    body,
  }
  assert.deepEqual(verifySignature(received, authorization, KEYS.secretKey), { ok: true })
}

describe('a call of the API', () => {
  it('carries its value as JSON, and a signature that holds for what arrives', async () => {
    using api = await listening(200, '{"job_id":"1"}')
    const items = [{ id: 'ä server', enable: true }]
    assert.deepEqual(await callApi(api.credentials, 'PATCH', '/v1/p/servers?limit=100&a=b%20c', { items }), {
      job_id: '1',
    })
    const [heard] = api.heard
    assert.ok(heard)
    assert.deepEqual(JSON.parse(heard.body.toString('utf8')), { items })
    assert.equal(heard.request.headers['content-type'], 'application/json')
    assertSigned(heard)
  })

  it('without a value has no body', async () => {
    using api = await listening(200, '[]')
    assert.deepEqual(await callApi(api.credentials, 'GET', '/v1/p/servers'), [])
    const [heard] = api.heard
    assert.ok(heard)
    assert.equal(heard.body.length, 0)
    assertSigned(heard)
  })

  it('that is answered without a body gives undefined', async () => {
    using api = await listening(204, '')
    assert.equal(await callApi(api.credentials, 'DELETE', '/v1/p/servers/1'), undefined)
  })

  for (const status of [400, 404, 500]) {
    it(`that is answered ${status} fails with the status and what the API said`, async () => {
      using api = await listening(status, '{"error_code":"WKS.1"}')
      await assert.rejects(callApi(api.credentials, 'GET', '/v1/p/servers'), (error) => {
        assert.ok(error instanceof ApiFailure)
        assert.equal(error.status, status)
        assert.equal(error.message, `the API answered ${status}: {"error_code":"WKS.1"}`)
        return true
      })
    })
  }
})
