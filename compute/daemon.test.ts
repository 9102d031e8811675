import assert from 'node:assert/strict'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { silentLog } from '../agent/index.ts'
import { SERVER_ID, testControl } from '../agent/link/test-control.ts'
import * as client from '../contract/compute/client.ts'
import { serveProvider } from './daemon.ts'
import { memoryProvider } from './memory.ts'
import { machineSpec, OTHER_SECRET, tellAddresses, testFolder } from './test-support.ts'

async function openDaemon() {
  const folder = testFolder()
  const socketPath = join(folder.path, 'compute.sock')
  writeFileSync(socketPath, 'what an earlier provider left')
  const memory = { reason: null, cidr: '198.18.0.0/16', gatewayIp: '198.18.0.1', bootMs: 0, log: silentLog }
  const provider = memoryProvider(memory)
  const failures: unknown[] = []
  const server = await serveProvider(provider, socketPath, (_level, _message, fields) => failures.push(fields))
  const close = async () => {
    server.close()
    server.closeAllConnections()
    await provider.close()
    folder[Symbol.dispose]()
  }
  return { socketPath, provider, failures, [Symbol.asyncDispose]: close }
}

async function send(socketPath: string, method: string, path: string, body = '') {
  const sent = request({
    socketPath,
    method,
    path,
    agent: false,
    headers: { 'content-length': Buffer.byteLength(body) },
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString('utf8')
  return { status: response.statusCode, value: text === '' ? undefined : JSON.parse(text) }
}

const SPEC = machineSpec('berth-join-1.nonsense')
const LOGIN = { session_id: 'a', user_name: 'alice', uid: 20_001 }

describe('the socket of the provider', () => {
  it('is for its owner only, and takes the place of one that was left', async () => {
    await using daemon = await openDaemon()
    const stat = statSync(daemon.socketPath)
    assert.ok(stat.isSocket())
    assert.equal(stat.mode & 0o777, 0o600)
  })

  it('carries every call of the client', async () => {
    await using daemon = await openDaemon()
    await using control = await testControl()
    const { socketPath } = daemon
    assert.deepEqual(await client.status(socketPath), daemon.provider.status)
    const machine = await client.putMachine(socketPath, SERVER_ID, machineSpec(control.token()))
    assert.deepEqual(await client.listMachines(socketPath), [machine])
    await tellAddresses(await control.nextLink(), 1)
    const { virtual_ip } = await client.openSession(socketPath, SERVER_ID, LOGIN)
    const farEnd = await client.putLicenceServer(socketPath, { address: '198.18.0.2' })
    assert.equal((await client.connect(socketPath, SERVER_ID, 'a', farEnd)).tcp, virtual_ip)
    await client.closeSession(socketPath, SERVER_ID, 'a')
    assert.notEqual((await client.resetMachine(socketPath, SERVER_ID)).boot_id, machine.boot_id)
    assert.equal((await client.stopMachine(socketPath, SERVER_ID, { type: 'SOFT' })).running, false)
    assert.deepEqual(await send(socketPath, 'POST', `/machines/${SERVER_ID}/reboot`), { status: 202, value: undefined })
    const started = await client.startMachine(socketPath, SERVER_ID)
    assert.equal(started.running, true)
    const rebuilt = await client.rebuildMachine(socketPath, SERVER_ID, {
      join_token: control.token({ secret: OTHER_SECRET }),
    })
    assert.notEqual(rebuilt.boot_id, started.boot_id)
    await client.deleteMachine(socketPath, SERVER_ID)
    assert.deepEqual(await client.listMachines(socketPath), [])
  })

  it('answers a machine that asks for its own reboot before it takes its processes away', async () => {
    await using daemon = await openDaemon()
    await using control = await testControl()
    const machine = await client.putMachine(daemon.socketPath, SERVER_ID, machineSpec(control.token()))
    await control.nextLink()
    const answer = await send(daemon.socketPath, 'POST', `/machines/${SERVER_ID}/reboot`)
    assert.deepEqual(answer, { status: 202, value: undefined })
    assert.notEqual((await control.nextLink()).hello.boot_id, machine.boot_id)
  })

  it('answers 500 to what fails for no fault of the caller, and logs it', async () => {
    await using daemon = await openDaemon()
    const { status, value } = await send(daemon.socketPath, 'PUT', '/machines/x', JSON.stringify(SPEC))
    assert.equal(status, 500)
    assert.match(value.error, /no join token/)
    assert.deepEqual(daemon.failures, [{ method: 'PUT', path: '/machines/x', error: value.error }])
  })
})

describe('a bad request of the provider is answered', () => {
  const without = (field: string) =>
    JSON.stringify(Object.fromEntries(Object.entries(SPEC).filter(([key]) => key !== field)))
  const cases: readonly (readonly [string, string, string, number, RegExp])[] = [
    ['GET', '/', '', 404, /^there is no GET \/$/],
    ['GET', '/machines/x', '', 404, /^there is no GET \/machines\/x$/],
    ['POST', '/status', '', 404, /^there is no POST \/status$/],
    ['PUT', '/machines/x', '', 400, /does not fit/],
    ['PUT', '/machines/x', '{"name":', 400, /^the body is not JSON$/],
    ['PUT', '/machines/x', '[]', 400, /does not fit/],
    ...Object.keys(SPEC).map((field) => ['PUT', '/machines/x', without(field), 400, new RegExp(field)] as const),
    ['PUT', '/machines/x', JSON.stringify({ ...SPEC, address: 'localhost' }), 400, /\/address/],
    ['PUT', '/machines/x', JSON.stringify({ ...SPEC, colour: 'red' }), 400, /does not fit/],
    ['PUT', '/machines/x', JSON.stringify({ ...SPEC, name: 'x'.repeat(65_536) }), 413, /at most 65536 bytes/],
    ['PUT', '/machines/%zz', JSON.stringify(SPEC), 400, /%zz/],
    ['PUT', '/licence-server', '{"address":"far"}', 400, /\/address/],
    ['POST', '/machines/x/reset', '', 404, /^there is no machine x$/],
    ['POST', '/machines/x/start', '', 404, /^there is no machine x$/],
    ['POST', '/machines/x/stop', '', 400, /does not fit/],
    ['POST', '/machines/x/stop', '{"type":"NOW"}', 400, /\/type/],
    ['POST', '/machines/x/stop', '{"type":"HARD"}', 404, /^there is no machine x$/],
    ['POST', '/machines/x/rebuild', '{"join_token":""}', 400, /\/join_token/],
    ['POST', '/machines/x/rebuild', '{"join_token":"t"}', 404, /^there is no machine x$/],
    ['POST', '/machines/a%20b/reset', '', 404, /^there is no machine a b$/],
    ['POST', '/machines/x/sessions', JSON.stringify(LOGIN), 404, /^there is no machine x$/],
    ['POST', '/machines/x/sessions', JSON.stringify({ ...LOGIN, uid: 0 }), 400, /\/uid/],
    ['POST', '/machines/x/sessions', JSON.stringify({ ...LOGIN, session_id: '../a' }), 400, /\/session_id/],
    ['POST', '/machines/x/sessions/a/connect', '{"host":"198.18.0.2","port":0}', 400, /\/port/],
    ['POST', '/machines/x/sessions/a/connect', '{"host":"198.18.0.2","port":1}', 404, /^there is no machine x$/],
    ['DELETE', '/machines/x/sessions/a', '', 404, /^there is no machine x$/],
  ]
  for (const [method, path, body, status, complaint] of cases) {
    it(`${status}: ${method} ${path} ${body.slice(0, 60)}`, async () => {
      await using daemon = await openDaemon()
      const answer = await send(daemon.socketPath, method, path, body)
      assert.equal(answer.status, status)
      assert.match(answer.value.error, complaint)
      assert.deepEqual(daemon.failures, [], 'the fault of the caller is no event of the log')
    })
  }
})

describe('a machine that there is not', () => {
  it('can be deleted, because every call may be repeated', async () => {
    await using daemon = await openDaemon()
    assert.deepEqual(await send(daemon.socketPath, 'DELETE', '/machines/x'), { status: 204, value: undefined })
  })
})
