import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { ASK, NETWORK, reasonToSkip, type TestNetwork, testNetwork } from './drivers/test-network.ts'
import { fileJournal } from './journal/journal.file.ts'
import { newPrivateKey } from './link/keys.ts'
import { silentLog } from './log.ts'

const skip = await reasonToSkip()
const BLOCK = ['10.231.0.101', '10.231.0.102']

/** As a host that was enrolled and configured before, whose control plane is away. */
async function seedState(state: string): Promise<void> {
  const journal = await fileJournal(state, silentLog)
  await journal.saveIdentity({
    server_id: 'server-1',
    host: '127.0.0.1',
    port: 9,
    ca_pem: 'none',
    private_key_pem: newPrivateKey(),
    enrolled: true,
  })
  await journal.saveDesired({
    generation: 5,
    virtual_ip: {
      enable: true,
      addresses: BLOCK,
      cidr: NETWORK.cidr,
      gateway_ip: NETWORK.gateway,
      managed_uids: { first: 20000, last: 29999 },
    },
    reboot: null,
    probe: null,
  })
}

/** Starts the program on the session host and waits until it serves; the returned function kills it. */
async function startProgram(network: TestNetwork, state: string): Promise<() => Promise<void>> {
  const main = [process.execPath, join(import.meta.dirname, 'main.ts'), 'run', '--state', state]
  const child = spawn('ip', ['netns', 'exec', network.hostNamespace, ...main], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('sessions are served')) break
  }
  child.stderr.resume()
  return async () => {
    child.kill('SIGKILL')
    await exited
  }
}

async function call(state: string, method: string, path: string, body?: object) {
  const outgoing = request({ socketPath: join(state, 'agent.sock'), method, path })
  outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = await once(outgoing, 'response')
  const text: string = (await response.toArray()).join('')
  return { status: response.statusCode, body: text === '' ? undefined : JSON.parse(text) }
}

const bothSeenAs = (address: string) => ({ tcp: address, udp: address })

test('the real program, without a control plane: two users leave under their own addresses, over a kill -9 too', {
  skip,
  timeout: 60_000,
}, async () => {
  await using network = await testNetwork()
  const state = await mkdtemp(join(tmpdir(), 'berth-agent-'))
  const seen = async (uid: number) => JSON.parse(await network.runAs(uid, ASK))
  await seedState(state)
  let kill = await startProgram(network, state)
  try {
    assert.deepEqual(await seen(20001), bothSeenAs('ENETUNREACH'))
    for (const uid of [20001, 20002]) {
      const started = await call(state, 'POST', '/sessions', { session_id: `s${uid}`, user_name: `u${uid}`, uid })
      assert.deepEqual(await seen(uid), bothSeenAs(started.body.virtual_ip))
    }
    assert.deepEqual(await seen(0), bothSeenAs(NETWORK.host))
    await kill()
    assert.deepEqual(await seen(20001), bothSeenAs('10.231.0.101'))
    kill = await startProgram(network, state)
    assert.equal((await call(state, 'GET', '/status')).body.addresses_used, 2)
    assert.equal((await call(state, 'DELETE', '/sessions/s20001')).status, 204)
    assert.deepEqual(await seen(20001), bothSeenAs('ENETUNREACH'))
    assert.deepEqual(await seen(20002), bothSeenAs('10.231.0.102'))
    await kill()
    await network.hostExec(process.execPath, [join(import.meta.dirname, 'main.ts'), 'cleanup'])
    assert.deepEqual(await seen(20002), bothSeenAs(NETWORK.host))
  } finally {
    await kill()
    await rm(state, { recursive: true })
  }
})
