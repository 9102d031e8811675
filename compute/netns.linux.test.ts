import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { exec, type Log, silentLog } from '../agent/index.ts'
import { whyNoNamespaces } from './capability.ts'
import { netnsProvider } from './netns.ts'
import { namespaceOf, portOf, tagOf } from './netns-plan.ts'
import type { Provider } from './provider.ts'
import { machineSpec, testFolder } from './test-support.ts'

const skip = (await whyNoNamespaces(tmpdir())) ?? false

interface Rack extends AsyncDisposable {
  readonly provider: Provider
  readonly stateDir: string
  namespaceOf(serverId: string): string
  put(serverId: string, host: number): ReturnType<Provider['putMachine']>
  /** Resolves when a provider logs this. */
  logged(message: string): Promise<void>
  /** Another provider of the same directory, as after a crash of the first. */
  reopen(): Promise<Provider>
}

async function openRack({ bootMs = 0 } = {}): Promise<Rack> {
  const folder = testFolder()
  const stateDir = folder.path
  const entries = new EventEmitter()
  const log: Log = (_level, message) => void entries.emit(message)
  const config = { stateDir, socketPath: join(stateDir, 'compute.sock'), cidr: null, bootMs, log }
  const provider = await netnsProvider(config)
  const opened = [provider]
  const base = provider.status.cidr.replace(/0\/24$/, '')
  return {
    provider,
    stateDir,
    namespaceOf: (serverId) => namespaceOf(tagOf(stateDir), serverId),
    put: (serverId, host) => provider.putMachine(serverId, machineSpec('none', `${base}${host}`)),
    logged: async (message) => void (await once(entries, message)),
    reopen: async () => {
      const next = await netnsProvider(config)
      opened.push(next)
      return next
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of opened.reverse()) await each.close()
      folder[Symbol.dispose]()
    },
  }
}

function namespacesIn(stateDir: string): readonly string[] {
  return readdirSync('/run/netns').filter((name) => name.startsWith(`berth-${tagOf(stateDir)}-`))
}

/** A program of some user that runs on the machine. */
async function runOn(namespace: string): Promise<{ readonly child: ChildProcess; readonly ended: Promise<unknown[]> }> {
  const program = "setInterval(() => {}, 1000); console.log('runs')"
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', program], { stdio: 'pipe' })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  return { child, ended }
}

const inside = (namespace: string, ...command: readonly [string, ...string[]]) =>
  exec('ip', ['netns', 'exec', namespace, ...command])

async function addNetworkState(namespace: string): Promise<void> {
  await inside(namespace, 'ip', 'addr', 'add', '192.0.2.77/32', 'dev', 'eth0')
  await inside(namespace, 'ip', 'rule', 'add', 'uidrange', '20001-20001', 'lookup', '777')
  await inside(namespace, 'nft', 'add', 'table', 'inet', 'left_over')
}

async function networkState(namespace: string): Promise<string> {
  const [addresses, rules, firewall] = await Promise.all([
    inside(namespace, 'ip', 'addr'),
    inside(namespace, 'ip', 'rule'),
    inside(namespace, 'nft', 'list', 'ruleset'),
  ])
  return `${addresses}${rules}${firewall}`
}

const STATE = [/192\.0\.2\.77/, /20001/, /left_over/]

describe('a machine that is a namespace', { skip }, () => {
  it('has its address on a NIC, and reaches the licence server from it', async () => {
    await using rack = await openRack()
    const machine = await rack.put('one', 9)
    assert.deepEqual(rack.provider.listMachines(), [machine])
    assert.deepEqual([machine.kind, machine.running], ['netns', true])
    const address = rack.provider.status.cidr.replace('0/24', '9')
    const farEnd = await rack.provider.putLicenceServer({ address: address.replace(/9$/, '2') })
    assert.deepEqual(await rack.provider.putLicenceServer({ address: farEnd.host }), farEnd, 'once')
    const ask = `import { askFarEnd } from '${join(import.meta.dirname, 'far-end.ts')}'
      console.log(JSON.stringify(await askFarEnd('${farEnd.host}', ${farEnd.port})))`
    const node = [process.execPath, '--input-type=module', '-e', ask] as const
    const sighting = JSON.parse(await inside(rack.namespaceOf('one'), ...node))
    assert.deepEqual(sighting, { tcp: address, udp: address, detail: '' })
  })

  it('is left as it is when it is put again', async () => {
    await using rack = await openRack()
    assert.deepEqual(await rack.put('one', 9), await rack.put('one', 9))
  })

  it('is made anew when its first boot failed', async () => {
    await using rack = await openRack()
    await assert.rejects(rack.provider.putMachine('one', machineSpec('none', '999.1.1.1')))
    assert.deepEqual(rack.provider.listMachines(), [])
    assert.equal((await rack.put('one', 9)).running, true)
  })

  it('has after a reboot another boot id, no process of before, no network state of before, and its disk', async () => {
    await using rack = await openRack()
    const [before, bystander] = [await rack.put('one', 9), await rack.put('two', 10)]
    const namespace = rack.namespaceOf('one')
    const { child, ended } = await runOn(namespace)
    await addNetworkState(namespace)
    for (const trace of STATE) assert.match(await networkState(namespace), trace)
    const after = await rack.provider.resetMachine('one')
    assert.notEqual(after.boot_id, before.boot_id)
    await ended
    assert.equal(child.signalCode, 'SIGKILL', 'as when the plug is pulled')
    const state = await networkState(namespace)
    for (const trace of STATE) assert.doesNotMatch(state, trace)
    assert.match(state, /198\.18\.\d+\.9\/24/, 'its own address is there again')
    assert.ok(existsSync(join(rack.stateDir, 'machines', namespace, 'agent.log')))
    assert.deepEqual(rack.provider.listMachines()[1], bystander, 'the other machine is not touched')
  })

  it('takes a second order during one boot for the same order', async () => {
    await using rack = await openRack()
    const before = await rack.put('one', 9)
    const [first, second] = await Promise.all([rack.provider.resetMachine('one'), rack.provider.resetMachine('one')])
    assert.equal(first.boot_id, second.boot_id)
    assert.notEqual(first.boot_id, before.boot_id)
  })

  for (const type of ['SOFT', 'HARD'] as const) {
    it(`goes off when it is stopped ${type}, keeps its disk, and comes back in another boot`, async () => {
      await using rack = await openRack()
      const before = await rack.put('one', 9)
      const namespace = rack.namespaceOf('one')
      const { ended } = await runOn(namespace)
      assert.deepEqual(await rack.provider.stopMachine('one', { type }), { ...before, boot_id: '', running: false })
      await ended
      assert.ok(!namespacesIn(rack.stateDir).includes(namespace))
      assert.ok(existsSync(join(rack.stateDir, 'machines', namespace, 'agent.log')))
      await rack.provider.stopMachine('one', { type })
      const after = await rack.provider.startMachine('one')
      assert.equal(after.running, true)
      assert.notEqual(after.boot_id, before.boot_id)
      assert.deepEqual(await rack.provider.startMachine('one'), after, 'once more changes nothing')
      assert.match(await networkState(namespace), /198\.18\.\d+\.9\/24/)
    })
  }

  it('has another disk when it is rebuilt, once for one token', async () => {
    await using rack = await openRack()
    const before = await rack.put('one', 9)
    const kept = join(rack.stateDir, 'machines', rack.namespaceOf('one'), 'kept')
    writeFileSync(kept, 'of the old disk')
    const after = await rack.provider.rebuildMachine('one', { join_token: 'another' })
    assert.notEqual(after.boot_id, before.boot_id)
    assert.ok(!existsSync(kept))
    assert.deepEqual(await rack.provider.rebuildMachine('one', { join_token: 'another' }), after)
  })

  it('leaves nothing when it is destroyed, and the other machines as they are', async () => {
    await using rack = await openRack()
    await rack.put('one', 9)
    const other = await rack.put('two', 10)
    const { ended } = await runOn(rack.namespaceOf('one'))
    await rack.provider.deleteMachine('one')
    await ended
    const expected = [rack.namespaceOf('two'), `berth-${tagOf(rack.stateDir)}-sw`].sort()
    assert.deepEqual([...namespacesIn(rack.stateDir)].sort(), expected)
    const cables = await inside(`berth-${tagOf(rack.stateDir)}-sw`, 'ip', '-o', 'link')
    assert.ok(!cables.includes(portOf(rack.namespaceOf('one'))), cables)
    assert.deepEqual(rack.provider.listMachines(), [other])
    await rack.provider.deleteMachine('one')
  })

  it('stays destroyed when that comes during a reboot', async () => {
    await using rack = await openRack({ bootMs: 100 })
    await rack.put('one', 9)
    const rebooted = rack.provider.resetMachine('one')
    while (rack.provider.listMachines()[0]?.running) await nextTurn()
    await rack.provider.deleteMachine('one')
    assert.equal((await rebooted).running, false)
    assert.ok(!namespacesIn(rack.stateDir).includes(rack.namespaceOf('one')))
  })
})

describe('a provider of namespaces', { skip }, () => {
  it('leaves no process, no namespace and no link when it is closed', async () => {
    await using rack = await openRack()
    await rack.put('one', 9)
    await rack.provider.putLicenceServer({ address: rack.provider.status.cidr.replace('0/24', '2') })
    const { ended } = await runOn(rack.namespaceOf('one'))
    await rack.provider.close()
    await ended
    assert.deepEqual(namespacesIn(rack.stateDir), [])
    assert.ok(!(await exec('ip', ['-4', '-o', 'addr'])).includes(` ${rack.provider.status.gateway_ip}/`))
  })

  it('leaves nothing either when it is closed while a machine boots for the first time, and takes no other', async () => {
    await using rack = await openRack()
    const booted = rack.put('one', 9)
    await Promise.all([rack.provider.close(), booted.catch(() => {})])
    assert.deepEqual(namespacesIn(rack.stateDir), [])
    await assert.rejects(rack.put('two', 10), /about to end/)
  })

  it('clears away what an earlier one of its directory left', async () => {
    await using rack = await openRack()
    await rack.put('one', 9)
    const { ended } = await runOn(rack.namespaceOf('one'))
    const noticed = rack.logged('an agent cannot be started again')
    const next = await rack.reopen()
    await ended
    await noticed
    assert.deepEqual(namespacesIn(rack.stateDir), [`berth-${tagOf(rack.stateDir)}-sw`])
    assert.deepEqual(next.listMachines(), [])
  })

  it('takes another subnet beside one that is there already', async () => {
    await using one = await openRack()
    await using two = await openRack()
    assert.notEqual(one.provider.status.cidr, two.provider.status.cidr)
  })

  it('refuses a subnet that is taken, and leaves nothing', async () => {
    await using rack = await openRack()
    using folder = testFolder()
    const stateDir = folder.path
    const { cidr } = rack.provider.status
    const config = { stateDir, socketPath: join(stateDir, 's'), cidr, bootMs: 0, log: silentLog }
    await assert.rejects(netnsProvider(config), new RegExp(`${cidr} is taken`))
    assert.deepEqual(namespacesIn(stateDir), [])
  })
})
