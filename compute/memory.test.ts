import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLog } from '../agent/index.ts'
import { SERVER_ID, type TestControl, testControl } from '../agent/link/test-control.ts'
import { memoryProvider } from './memory.ts'
import { type Provider, Refused } from './provider.ts'
import { BLOCK, machineSpec, OTHER_SECRET, tellAddresses } from './test-support.ts'

const ALICE = { session_id: 'a', user_name: 'alice', uid: 20_001 }
const BOB = { session_id: 'b', user_name: 'bob', uid: 20_002 }
const FAR_END = { host: '198.18.0.2', port: 27_000 }

interface Host extends AsyncDisposable {
  readonly control: TestControl
  readonly provider: Provider
  put(): ReturnType<Provider['putMachine']>
}

async function openHost({ bootMs = 0 } = {}): Promise<Host> {
  const control = await testControl()
  const provider = memoryProvider({
    reason: null,
    cidr: '198.18.0.0/16',
    gatewayIp: '198.18.0.1',
    bootMs,
    log: silentLog,
  })
  return {
    control,
    provider,
    put: () => provider.putMachine(SERVER_ID, machineSpec(control.token())),
    [Symbol.asyncDispose]: async () => {
      await provider.close()
      await control[Symbol.asyncDispose]()
    },
  }
}

const refusal = (status: number, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error))
  assert.equal(error.status, status)
  assert.match(error.message, message)
  return true
}

describe('a machine in memory', () => {
  it('enrols, boots and links under the boot id that it is listed with', async () => {
    await using host = await openHost()
    const machine = await host.put()
    assert.deepEqual(host.provider.listMachines(), [machine])
    assert.deepEqual([machine.server_id, machine.kind, machine.running], [SERVER_ID, 'memory', true])
    assert.equal((await host.control.nextLink()).hello.boot_id, machine.boot_id)
  })

  it('is left as it is when it is put again', async () => {
    await using host = await openHost()
    assert.deepEqual(await host.put(), await host.put())
    assert.equal(host.control.enrolments.length, 1)
  })

  it('can be put again when it could not enrol', async () => {
    await using host = await openHost()
    host.control.answerEnrolments(403, { error: 'no' })
    await assert.rejects(host.put(), /403/)
    assert.deepEqual(host.provider.listMachines(), [])
    host.control.answerEnrolments(200, undefined)
    assert.equal((await host.put()).running, true)
  })

  it('gives each user an address of the block, which is the one the far end sees', async () => {
    await using host = await openHost()
    await host.put()
    await tellAddresses(await host.control.nextLink(), 1)
    for (const [index, user] of [ALICE, BOB].entries()) {
      const { virtual_ip } = await host.provider.openSession(SERVER_ID, user)
      assert.equal(virtual_ip, BLOCK[index])
      const { tcp, udp } = await host.provider.connect(SERVER_ID, user.session_id, FAR_END)
      assert.deepEqual([tcp, udp], [virtual_ip, virtual_ip])
    }
  })

  it('refuses a session as its agent does', async () => {
    await using host = await openHost()
    await host.put()
    await assert.rejects(host.provider.openSession(SERVER_ID, ALICE), refusal(503, /has not said yet/))
    await tellAddresses(await host.control.nextLink(), 1)
    await assert.rejects(host.provider.openSession(SERVER_ID, { ...ALICE, uid: 1000 }), refusal(400, /not managed/))
  })

  it('forgets a session that is closed', async () => {
    await using host = await openHost()
    await host.put()
    await tellAddresses(await host.control.nextLink(), 1)
    await host.provider.openSession(SERVER_ID, ALICE)
    await host.provider.closeSession(SERVER_ID, ALICE.session_id)
    await assert.rejects(host.provider.connect(SERVER_ID, ALICE.session_id, FAR_END), refusal(404, /no session a/))
    await host.provider.openSession(SERVER_ID, { ...BOB, session_id: ALICE.session_id })
  })
})

describe('a reboot of a machine in memory', () => {
  it('gives it a new boot id and ends its sessions', async () => {
    await using host = await openHost()
    const before = await host.put()
    const link = await host.control.nextLink()
    await tellAddresses(link, 1)
    await host.provider.openSession(SERVER_ID, ALICE)
    const after = await host.provider.resetMachine(SERVER_ID)
    await link.closed
    assert.notEqual(after.boot_id, before.boot_id)
    assert.deepEqual({ ...after, boot_id: '' }, { ...before, boot_id: '' })
    assert.equal((await host.control.nextLink()).hello.boot_id, after.boot_id)
    await assert.rejects(host.provider.connect(SERVER_ID, ALICE.session_id, FAR_END), refusal(404, /no session a/))
    assert.equal(host.control.enrolments.length, 1, 'the disk keeps who it is')
  })

  it('is done at the order of the control plane too, once', async () => {
    await using host = await openHost()
    const before = await host.put()
    await tellAddresses(await host.control.nextLink(), 1, before.boot_id)
    const link = await host.control.nextLink()
    assert.notEqual(link.hello.boot_id, before.boot_id)
    await tellAddresses(link, 2, before.boot_id)
    assert.equal(host.provider.listMachines()[0]?.boot_id, link.hello.boot_id, 'the order was for the boot before')
  })

  it('shows it as not running meanwhile', async () => {
    await using host = await openHost()
    await host.put()
    const rebooted = host.provider.resetMachine(SERVER_ID)
    assert.deepEqual(host.provider.listMachines(), [
      { server_id: SERVER_ID, kind: 'memory', boot_id: '', running: false },
    ])
    assert.equal((await rebooted).running, true)
  })
})

describe('the power of a machine in memory', () => {
  for (const type of ['SOFT', 'HARD'] as const) {
    it(`goes off when it is stopped ${type}, and stays off`, async () => {
      await using host = await openHost()
      await host.put()
      const link = await host.control.nextLink()
      await tellAddresses(link, 1)
      await host.provider.openSession(SERVER_ID, ALICE)
      const off = { server_id: SERVER_ID, kind: 'memory', boot_id: '', running: false } as const
      assert.deepEqual(await host.provider.stopMachine(SERVER_ID, { type }), off)
      await link.closed
      assert.deepEqual(await host.provider.stopMachine(SERVER_ID, { type }), off, 'once more changes nothing')
      assert.deepEqual(host.provider.listMachines(), [off])
      await assert.rejects(host.provider.openSession(SERVER_ID, BOB), refusal(503, /is not up/))
      await assert.rejects(host.provider.connect(SERVER_ID, ALICE.session_id, FAR_END), refusal(404, /no session a/))
    })
  }

  it('comes back in another boot when it is started, with its disk', async () => {
    await using host = await openHost()
    const before = await host.put()
    await host.control.nextLink()
    await host.provider.stopMachine(SERVER_ID, { type: 'HARD' })
    const after = await host.provider.startMachine(SERVER_ID)
    assert.equal((await host.control.nextLink()).hello.boot_id, after.boot_id)
    assert.notEqual(after.boot_id, before.boot_id)
    assert.equal(host.control.enrolments.length, 1)
  })

  it('is left as it is when it is started while it is on, once where two start it', async () => {
    await using host = await openHost()
    const machine = await host.put()
    assert.deepEqual(await host.provider.startMachine(SERVER_ID), machine)
    await host.provider.stopMachine(SERVER_ID, { type: 'HARD' })
    const [one, two] = await Promise.all([host.provider.startMachine(SERVER_ID), host.provider.startMachine(SERVER_ID)])
    assert.deepEqual(one, two)
  })

  it('is off after a stop that came during a reboot', async () => {
    await using host = await openHost({ bootMs: 20 })
    await host.put()
    const rebooted = host.provider.resetMachine(SERVER_ID)
    assert.equal((await host.provider.stopMachine(SERVER_ID, { type: 'SOFT' })).running, false)
    await rebooted
    assert.equal(host.provider.listMachines()[0]?.running, false)
  })
})

describe('a machine in memory that is rebuilt', () => {
  it('enrols anew from an empty disk, in another boot', async () => {
    await using host = await openHost()
    const before = await host.put()
    await tellAddresses(await host.control.nextLink(), 1)
    const after = await host.provider.rebuildMachine(SERVER_ID, {
      join_token: host.control.token({ secret: OTHER_SECRET }),
    })
    assert.notEqual(after.boot_id, before.boot_id)
    const { hello } = await host.control.nextLink()
    assert.deepEqual([hello.boot_id, hello.applied_generation], [after.boot_id, 0], 'it remembers nothing')
    const keys = host.control.enrolments.map(({ public_key }) => public_key)
    assert.equal(new Set(keys).size, 2)
  })

  it('is left as it is when it is rebuilt with the same token, and started if it is off', async () => {
    await using host = await openHost()
    await host.put()
    const spec = { join_token: host.control.token({ secret: OTHER_SECRET }) }
    const machine = await host.provider.rebuildMachine(SERVER_ID, spec)
    assert.deepEqual(await host.provider.rebuildMachine(SERVER_ID, spec), machine)
    await host.provider.stopMachine(SERVER_ID, { type: 'SOFT' })
    assert.equal((await host.provider.rebuildMachine(SERVER_ID, spec)).running, true)
    assert.equal(host.control.enrolments.length, 2)
  })

  it('is off when it could not enrol, and can be rebuilt again', async () => {
    await using host = await openHost()
    await host.put()
    const spec = { join_token: host.control.token({ secret: OTHER_SECRET }) }
    host.control.answerEnrolments(403, { error: 'no' })
    await assert.rejects(host.provider.rebuildMachine(SERVER_ID, spec), /403/)
    assert.equal(host.provider.listMachines()[0]?.running, false)
    host.control.answerEnrolments(200, undefined)
    assert.equal((await host.provider.rebuildMachine(SERVER_ID, spec)).running, true)
  })
})

describe('the end of a machine in memory', () => {
  it('ends its link, takes it off the list and may be asked for again', async () => {
    await using host = await openHost()
    await host.put()
    const link = await host.control.nextLink()
    await host.provider.deleteMachine(SERVER_ID)
    await link.closed
    assert.deepEqual(host.provider.listMachines(), [])
    await host.provider.deleteMachine(SERVER_ID)
  })

  for (const [name, end] of [
    ['deleted', (provider: Provider) => provider.deleteMachine(SERVER_ID)],
    ['closed with its provider', (provider: Provider) => provider.close()],
  ] as const) {
    it(`is for good when it is ${name} during a reboot`, async () => {
      await using host = await openHost({ bootMs: 20 })
      await host.put()
      await host.control.nextLink()
      const rebooted = host.provider.resetMachine(SERVER_ID)
      await end(host.provider)
      assert.equal((await rebooted).running, false)
    })
  }
})

describe('a machine that there is not', () => {
  const calls: Readonly<Record<string, (provider: Provider) => Promise<unknown>>> = {
    reset: (provider) => provider.resetMachine('x'),
    'a start': (provider) => provider.startMachine('x'),
    'a stop': (provider) => provider.stopMachine('x', { type: 'SOFT' }),
    'a new disk': (provider) => provider.rebuildMachine('x', { join_token: 'x' }),
    'a login': (provider) => provider.openSession('x', ALICE),
    'a connection': (provider) => provider.connect('x', 'a', FAR_END),
    'a logout': (provider) => provider.closeSession('x', 'a'),
  }
  for (const [name, call] of Object.entries(calls)) {
    it(`is answered 404 to ${name}`, async () => {
      await using host = await openHost()
      await assert.rejects(async () => call(host.provider), refusal(404, /^there is no machine x$/))
    })
  }
})
