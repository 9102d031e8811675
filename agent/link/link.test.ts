import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredState } from '../../contract/agent/desired-state.ts'
import { type AgentDeps, startAgent } from '../agent.ts'
import { type Clock, systemClock } from '../clock.ts'
import { memoryProbe } from '../drivers/probe.ts'
import { memoryReboot } from '../drivers/reboot.ts'
import { memorySessionEnd } from '../drivers/session-end.memory.ts'
import { memorySessionIp } from '../drivers/session-ip.memory.ts'
import { memoryJournal } from '../journal/journal.memory.ts'
import type { LogFields } from '../log.ts'
import { silentLog } from '../log.ts'
import { enrol } from './enrol.ts'
import { SERVER_ID, type TestControl, testControl } from './test-control.ts'

const BLOCK = ['10.1.0.20', '10.1.0.21']

function desiredState(generation: number, change: Partial<DesiredState> = {}): DesiredState {
  const virtual_ip = {
    enable: true,
    addresses: BLOCK,
    cidr: '10.1.0.0/16',
    gateway_ip: '10.1.0.1',
    managed_uids: { first: 20000, last: 29999 },
  }
  return { generation, virtual_ip, reboot: null, probe: null, ...change }
}

async function enrolledAgent(control: TestControl, bootId = 'boot-1', clock = systemClock) {
  const journal = memoryJournal()
  const sessionIp = memorySessionIp('10.1.0.9')
  const events: { message: string; fields: LogFields | undefined }[] = []
  const reboots: string[] = []
  const deps: AgentDeps = {
    journal,
    sessionIp,
    probe: memoryProbe(sessionIp.hasAddress),
    reboot: memoryReboot(() => reboots.push(bootId)),
    sessionEnd: memorySessionEnd(() => {}),
    clock,
    random: () => 0.01,
    log: (_level, message, fields) => events.push({ message, fields }),
  }
  await enrol(control.token(), journal, silentLog)
  const agent = await startAgent({ bootId, socketPath: null }, deps)
  const has = (text: string) => events.some((event) => event.message.includes(text))
  return { agent, journal, sessionIp, reboots, deps, has, [Symbol.asyncDispose]: () => agent.stop() }
}

test('says hello with a good signature, applies what is wanted and reports it', async () => {
  await using control = await testControl()
  await using host = await enrolledAgent(control)
  const link = await control.nextLink()
  assert.equal(link.hello.server_id, SERVER_ID)
  assert.equal(link.hello.boot_id, 'boot-1')
  assert.equal(link.hello.applied_generation, 0)
  link.want(desiredState(1, { probe: { host: '10.1.0.5', port: 7000 } }))
  assert.deepEqual(await link.nextReport(), {
    type: 'observed',
    seq: 1,
    server_id: SERVER_ID,
    boot_id: 'boot-1',
    generation: 1,
    error: null,
    probe: { address: '10.1.0.20', seen: '10.1.0.20', detail: 'seen by 10.1.0.5:7000 (in memory)' },
    session_count: 0,
    sessions: [],
  })
  assert.equal(host.agent.status().linked, true)
  const session = await host.agent.startSession({ session_id: 'a', user_name: 'anna', uid: 20001 })
  const report = await link.nextReport()
  assert.equal(report.seq, 2)
  assert.deepEqual(report.sessions, [session])
  await host.agent.endSession('a')
  assert.deepEqual((await link.nextReport()).sessions, [])
})

test('reboots once, after its report has arrived', async () => {
  await using control = await testControl()
  await using host = await enrolledAgent(control)
  const link = await control.nextLink()
  link.socket.once('message', () => assert.deepEqual(host.reboots, []))
  link.want(desiredState(2, { reboot: { if_boot_id: 'boot-1' } }))
  assert.equal((await link.nextReport()).generation, 2)
  link.want(desiredState(2, { reboot: { if_boot_id: 'boot-1' } }))
  await link.nextReport()
  link.want(desiredState(3, { reboot: { if_boot_id: 'boot-0' } }))
  assert.equal((await link.nextReport()).generation, 3)
  assert.deepEqual(host.reboots, ['boot-1'])
})

test('comes back after the link breaks, resuming the TLS session, and says what it has applied', async () => {
  await using control = await testControl()
  await using _host = await enrolledAgent(control)
  const first = await control.nextLink()
  first.want(desiredState(4))
  await first.nextReport()
  const before = control.resumed()
  control.closeLinks()
  const second = await control.nextLink()
  assert.equal(second.hello.applied_generation, 4)
  assert.equal(control.resumed(), before + 1)
  second.want(desiredState(4))
  const report = await second.nextReport()
  assert.deepEqual([report.seq, report.generation], [1, 4])
})

test('refuses malformed frames, says so and closes', async (t) => {
  const wrong: [string, unknown][] = [
    ['no JSON', '{'],
    ['no object', '7'],
    ['unknown type', { type: 'please' }],
    ['welcome again', { type: 'welcome' }],
    ['challenge again', { type: 'challenge', nonce: 'n'.repeat(40) }],
    ['unknown field', { type: 'desired', desired: desiredState(1), more: 1 }],
    ['negative generation', { type: 'desired', desired: desiredState(-1) }],
    [
      'address that is none',
      {
        type: 'desired',
        desired: {
          ...desiredState(1),
          virtual_ip: { ...desiredState(1).virtual_ip, addresses: ['10.1.0.20; reboot'] },
        },
      },
    ],
    ['too large', 'x'.repeat(70_000)],
  ]
  await using control = await testControl()
  await using host = await enrolledAgent(control)
  for (const [name, frame] of wrong) {
    await t.test(name, async () => {
      const link = await control.nextLink()
      link.send(frame)
      assert.equal(await link.closed, name === 'too large' ? 1009 : 1008)
      assert.equal(await host.journal.loadDesired(), undefined)
    })
  }
  assert.ok(host.has('refused a frame'))
})

test('refuses an older generation and an impossible state; what is in force stays', async () => {
  await using control = await testControl()
  await using host = await enrolledAgent(control)
  const link = await control.nextLink()
  link.want(desiredState(5))
  await link.nextReport()
  link.want(desiredState(4, { virtual_ip: { ...desiredState(4).virtual_ip, enable: false } }))
  const outside = { ...desiredState(6).virtual_ip, addresses: ['10.2.0.1'] }
  link.want(desiredState(6, { virtual_ip: outside }))
  const report = await link.nextReport()
  assert.equal(report.generation, 6)
  assert.match(report.error ?? '', /10\.2\.0\.1 lies outside/)
  assert.ok(host.has('older than the known one'))
  assert.equal((await host.journal.loadDesired())?.generation, 5)
  await host.agent.startSession({ session_id: 'a', user_name: 'anna', uid: 20001 })
  assert.equal(host.sessionIp.sourceOf(20001), '10.1.0.20')
})

test('does not talk to a control plane with another certificate', async () => {
  await using control = await testControl()
  await using other = await testControl()
  const journal = memoryJournal()
  const identity = await enrol(control.token(), journal, silentLog)
  await journal.saveIdentity({ ...identity, port: other.port })
  const { promise, resolve } = Promise.withResolvers<string>()
  const sessionIp = memorySessionIp('10.1.0.9')
  const agent = await startAgent(
    { bootId: 'boot-1', socketPath: null },
    {
      journal,
      sessionIp,
      probe: memoryProbe(sessionIp.hasAddress),
      reboot: memoryReboot(() => {}),
      sessionEnd: memorySessionEnd(() => {}),
      clock: systemClock,
      random: () => 1,
      log: (_level, message, fields) => message === 'the link failed' && resolve(String(fields?.reason)),
    },
  )
  assert.match(await promise, /certificate|verify/)
  await agent.stop()
})

test('works without the control plane from its journal, and sessions outlive the agent', async () => {
  await using control = await testControl()
  const host = await enrolledAgent(control)
  const link = await control.nextLink()
  link.want(desiredState(7, { reboot: { if_boot_id: 'boot-0' } }))
  await link.nextReport()
  await host.agent.startSession({ session_id: 'a', user_name: 'anna', uid: 20001 })
  await host.agent.stop()
  await control[Symbol.asyncDispose]()
  assert.equal(host.sessionIp.sourceOf(20001), '10.1.0.20')

  const again = await startAgent({ bootId: 'boot-1', socketPath: null }, host.deps)
  assert.equal(again.status().applied_generation, 7)
  const bert = await again.startSession({ session_id: 'b', user_name: 'bert', uid: 20002 })
  assert.equal(bert.virtual_ip, '10.1.0.21')
  await again.stop()

  host.sessionIp.reset()
  const rebooted = await startAgent({ bootId: 'boot-2', socketPath: null }, host.deps)
  assert.equal(rebooted.status().addresses_used, 0)
  assert.equal(host.sessionIp.sourceOf(20001), 'unreachable')
  const back = await rebooted.startSession({ session_id: 'c', user_name: 'bert', uid: 20002 })
  assert.equal(back.virtual_ip, '10.1.0.21')
  await rebooted.stop()
})

test('a control plane that falls silent is noticed by the pings and left', async () => {
  await using control = await testControl()
  // Time runs fifty times as fast: a ping every 200 ms instead of 10 s.
  const quick: Clock = { now: () => Date.now() * 50, after: (ms, callback) => systemClock.after(ms / 50, callback) }
  await using host = await enrolledAgent(control, 'boot-1', quick)
  const link = await control.nextLink()
  link.want(desiredState(1))
  await link.nextReport()
  link.socket.pause()
  const again = await control.nextLink()
  assert.equal(again.hello.applied_generation, 1)
  assert.ok(host.has('the link is dead'))
})
