import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../log.ts'
import { fetchStatus, type SessionCalls, serveSessionSocket } from './session-socket.ts'
import { SessionRefused } from './sessions.ts'

const STATUS = {
  server_id: 's',
  boot_id: 'b',
  agent_version: '1',
  linked: true,
  applied_generation: 1,
  enable: true,
  addresses_total: 2,
  addresses_used: 0,
}

async function serve() {
  const directory = await mkdtemp(join(tmpdir(), 'berth-agent-'))
  const path = join(directory, 'agent.sock')
  const ended: string[] = []
  const calls: SessionCalls = {
    startSession: async ({ session_id, user_name, uid }) => {
      if (session_id === 'full') throw new SessionRefused(409, 'all addresses are in use')
      if (session_id === 'bug') throw new Error('secret detail')
      return { session_id, user_name, uid, virtual_ip: '10.1.0.20', started_at: '2026-01-01T00:00:00.000Z' }
    },
    endSession: async (id) => {
      ended.push(id)
    },
    status: () => STATUS,
  }
  const close = await serveSessionSocket(path, calls, silentLog)
  const call = async (method: string, url: string, body = '') => {
    const outgoing = request({ socketPath: path, method, path: url })
    outgoing.on('error', () => {}) // An oversize body is answered before it is read.
    outgoing.end(body)
    const [response] = await once(outgoing, 'response')
    const text: string = (await response.toArray()).join('')
    return { status: response.statusCode, body: text === '' ? undefined : JSON.parse(text) }
  }
  const dispose = async () => {
    await close()
    await rm(directory, { recursive: true })
  }
  return { path, ended, calls, call, [Symbol.asyncDispose]: dispose }
}

test('starts and ends sessions and tells the status', async () => {
  await using socket = await serve()
  const body = JSON.stringify({ session_id: 'a', user_name: 'anna', uid: 20001 })
  const started = await socket.call('POST', '/sessions', body)
  assert.deepEqual([started.status, started.body.virtual_ip], [200, '10.1.0.20'])
  assert.equal((await socket.call('DELETE', '/sessions/a')).status, 204)
  assert.deepEqual(socket.ended, ['a'])
  assert.deepEqual((await socket.call('GET', '/status')).body, STATUS)
  assert.deepEqual(JSON.parse(await fetchStatus(socket.path)), STATUS)
})

test('refuses bad requests with a reason', async () => {
  await using socket = await serve()
  const session = (change: object) => JSON.stringify({ session_id: 'a', user_name: 'anna', uid: 20001, ...change })
  const cases: [string, string, string, number][] = [
    ['POST', '/sessions', '{', 400],
    ['POST', '/sessions', '[]', 400],
    ['POST', '/sessions', session({ uid: 0 }), 400],
    ['POST', '/sessions', session({ uid: '1' }), 400],
    ['POST', '/sessions', session({ session_id: 'a/b' }), 400],
    ['POST', '/sessions', session({ more: 1 }), 400],
    ['POST', '/sessions', session({ user_name: 'x'.repeat(5000) }), 400],
    ['POST', '/sessions', session({ session_id: 'full' }), 409],
    ['POST', '/sessions', session({ session_id: 'bug' }), 500],
    ['DELETE', '/sessions/a%2Fb', '', 404],
    ['GET', '/sessions', '', 404],
  ]
  for (const [method, url, body, status] of cases) {
    const answer = await socket.call(method, url, body)
    assert.equal(answer.status, status, `${method} ${url} ${body.slice(0, 60)}`)
    assert.equal(typeof answer.body.error, 'string')
    assert.doesNotMatch(answer.body.error, /secret/)
  }
})

test('is for its owner only, replaces a left-over file, refuses to stand beside a living agent', async () => {
  await using socket = await serve()
  assert.equal((await stat(socket.path)).mode & 0o777, 0o600)
  await assert.rejects(serveSessionSocket(socket.path, socket.calls, silentLog), /another agent is running/)
  const stale = `${socket.path}.stale`
  await writeFile(stale, '')
  const close = await serveSessionSocket(stale, socket.calls, silentLog)
  assert.deepEqual(JSON.parse(await fetchStatus(stale)), STATUS)
  await close()
  await assert.rejects(fetchStatus(stale))
})
