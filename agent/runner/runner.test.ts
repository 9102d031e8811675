import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DesiredState, VirtualIp } from '../../contract/agent/desired-state.ts'
import { memoryProbe } from '../drivers/probe.ts'
import { memoryReboot } from '../drivers/reboot.ts'
import { memorySessionIp } from '../drivers/session-ip.memory.ts'
import { memoryJournal } from '../journal/journal.memory.ts'
import { silentLog } from '../log.ts'
import { testClock } from '../test-clock.ts'
import { type Report, Runner } from './runner.ts'
import { endSession, SessionRefused, startSession } from './sessions.ts'

const HOST = '10.1.0.9'
const ANNA = { session_id: 'a', user_name: 'anna', uid: 20001 }
const BERT = { session_id: 'b', user_name: 'bert', uid: 20002 }
const VIRTUAL_IP: VirtualIp = {
  enable: true,
  addresses: ['10.1.0.20', '10.1.0.21'],
  cidr: '10.1.0.0/16',
  gateway_ip: '10.1.0.1',
  managed_uids: { first: 20000, last: 29999 },
}
const PROBE = { host: '10.1.0.5', port: 7000 }

function wish(generation: number, change: Partial<VirtualIp> = {}): DesiredState {
  return { generation, virtual_ip: { ...VIRTUAL_IP, ...change }, reboot: null, probe: null }
}

function makeHost() {
  const journal = memoryJournal()
  const sessionIp = memorySessionIp(HOST)
  const clock = testClock()
  const reports: Report[] = []
  const reboots: number[] = []
  const world = { rebootFails: false, awaited: (_report: Report) => {} }
  const start = async (bootId: string) => {
    const runner = new Runner(
      {
        bootId,
        journal,
        sessionIp,
        clock,
        probe: memoryProbe(sessionIp.hasAddress),
        reboot: memoryReboot(() => {
          if (world.rebootFails) throw new Error('reboot says no')
          reboots.push(reports.length)
        }),
        log: silentLog,
      },
      {
        report: (report) => {
          reports.push(report)
          world.awaited(report)
        },
        flush: async () => {},
      },
    )
    await runner.start()
    return runner
  }
  /** The first report from now on that fits. */
  const nextReport = (fits: (report: Report) => boolean = () => true) =>
    new Promise<Report>((resolve) => {
      world.awaited = (report) => fits(report) && resolve(report)
    })
  return { journal, sessionIp, clock, reports, reboots, world, start, nextReport }
}

test('users are closed in as soon as a wish is applied, and let go when it is switched off', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), HOST)
  let report = host.nextReport()
  runner.want(wish(1))
  assert.deepEqual(await report, { generation: 1, error: null, probe: null, sessions: [] })
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), 'unreachable')
  assert.equal((await startSession(runner, host.clock, ANNA)).virtual_ip, '10.1.0.20')
  report = host.nextReport((each) => each.generation === 2 && each.sessions.length === 0)
  runner.want(wish(2, { enable: false, addresses: [] }))
  await report
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), HOST)
  await assert.rejects(startSession(runner, host.clock, ANNA), { status: 503 })
  await runner.stop()
  assert.equal(host.clock.waiting(), 0)
})

test('an apply that fails is reported with its reason and repeated after 30 s', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  host.sessionIp.failAt(2, 1)
  let report = host.nextReport()
  runner.want(wish(1))
  assert.match((await report).error ?? '', /told to fail at step 2/)
  assert.equal(runner.appliedGeneration, 0)
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), 'unreachable')
  report = host.nextReport()
  host.clock.advance(30_000)
  assert.equal((await report).error, null)
  assert.equal(runner.appliedGeneration, 1)
  await runner.stop()
})

test('the newest wish wins, older ones in between are skipped', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  const report = host.nextReport((each) => each.generation === 9)
  for (let generation = 1; generation <= 9; generation += 1) runner.want(wish(generation))
  await report
  assert.deepEqual(
    host.reports.map((each) => each.generation),
    [9],
  )
  await runner.stop()
})

test('what somebody removed comes back by itself', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  const report = host.nextReport()
  runner.want(wish(1))
  await report
  await startSession(runner, host.clock, ANNA)
  host.sessionIp.reset()
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), HOST)
  host.clock.advance(30_000)
  await runner.converge()
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), '10.1.0.20')
  await runner.stop()
})

test('a failure of the 30 s round is reported, its healing too', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  let report = host.nextReport()
  runner.want(wish(1))
  await report
  host.sessionIp.failObserve(1)
  report = host.nextReport()
  host.clock.advance(30_000)
  assert.match((await report).error ?? '', /while observing/)
  report = host.nextReport()
  host.clock.advance(30_000)
  assert.equal((await report).error, null)
  await runner.stop()
})

test('the probe sends from the first address and leaves nothing behind', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  const report = host.nextReport()
  runner.want({ ...wish(1), probe: PROBE })
  assert.equal((await report).probe?.seen, '10.1.0.20')
  assert.equal(host.sessionIp.hasAddress('10.1.0.20'), false)
  await runner.stop()
})

test('reboots once per boot, after the report; after the boot it applies, probes and reports', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  const rebootWish = { ...wish(3), reboot: { if_boot_id: 'boot-1' }, probe: PROBE }
  const report = host.nextReport()
  runner.want(rebootWish)
  assert.deepEqual(await report, { generation: 3, error: null, probe: null, sessions: [] })
  runner.want(rebootWish)
  await runner.stop()
  assert.deepEqual(host.reboots, [1])

  host.sessionIp.reset()
  const after = await host.start('boot-2')
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), 'unreachable')
  const again = host.nextReport()
  after.want(rebootWish)
  assert.equal((await again).probe?.seen, '10.1.0.20')
  await after.stop()
  assert.equal(host.reboots.length, 1)
})

test('a reboot that fails is reported and tried again; one that only the journal wants is not done', async () => {
  const host = makeHost()
  host.world.rebootFails = true
  const runner = await host.start('boot-1')
  let report = host.nextReport((each) => each.error !== null)
  runner.want({ ...wish(3), reboot: { if_boot_id: 'boot-1' } })
  assert.equal((await report).error, 'reboot says no')
  await runner.stop()

  host.world.rebootFails = false
  const again = await host.start('boot-1')
  host.clock.advance(30_000)
  await again.converge()
  assert.equal(host.reboots.length, 0)
  report = host.nextReport()
  again.want({ ...wish(3), reboot: { if_boot_id: 'boot-1' } })
  await report
  await again.stop()
  assert.equal(host.reboots.length, 1)
})

test('sessions that start at once get different addresses, more than there are do not', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  runner.want(wish(1))
  const requests = [20001, 20002, 20003].map((uid) => ({ session_id: `s${uid}`, user_name: `u${uid}`, uid }))
  const results = await Promise.allSettled(requests.map((request) => startSession(runner, host.clock, request)))
  assert.deepEqual(
    results.map((each) => each.status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
  assert.equal(host.sessionIp.sourceOf(20001), '10.1.0.20')
  assert.equal(host.sessionIp.sourceOf(20002), '10.1.0.21')
  assert.equal(host.sessionIp.sourceOf(20003), 'unreachable')
  await runner.stop()
})

test('repeating a start or an end is harmless; the same user returns to the same address', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  runner.want(wish(1))
  await startSession(runner, host.clock, BERT)
  const first = await startSession(runner, host.clock, ANNA)
  assert.deepEqual(await startSession(runner, host.clock, ANNA), first)
  await endSession(runner, 'b')
  await endSession(runner, 'a')
  await endSession(runner, 'a')
  assert.equal((await startSession(runner, host.clock, ANNA)).virtual_ip, first.virtual_ip)
  await runner.stop()
})

test('refuses users it does not manage, a second session of a user, an id of another session', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  await assert.rejects(startSession(runner, host.clock, ANNA), { status: 503 })
  runner.want(wish(1))
  await startSession(runner, host.clock, ANNA)
  await assert.rejects(startSession(runner, host.clock, { ...BERT, uid: 1000 }), { status: 400 })
  await assert.rejects(startSession(runner, host.clock, { ...ANNA, session_id: 'x' }), { status: 409 })
  await assert.rejects(startSession(runner, host.clock, { ...BERT, session_id: 'a' }), { status: 409 })
  assert.equal(runner.ledger.assignments.length, 1)
  await runner.stop()
})

test('a start that fails at any step leaves no session and gives the address to nobody before it is off', async () => {
  for (let step = 0; step < 6; step += 1) {
    const host = makeHost()
    const runner = await host.start('boot-1')
    const report = host.nextReport()
    runner.want(wish(1))
    await report
    host.sessionIp.failAt(step, 2)
    await assert.rejects(startSession(runner, host.clock, ANNA), SessionRefused)
    assert.deepEqual([...runner.addressesInUse()], ['10.1.0.20'])
    await runner.converge().catch(() => {})
    await runner.converge()
    assert.equal(runner.addressesInUse().size, 0)
    assert.equal(host.sessionIp.sourceOf(ANNA.uid), 'unreachable')
    assert.equal((await startSession(runner, host.clock, ANNA)).virtual_ip, '10.1.0.20')
    await runner.stop()
  }
})

test('an end that fails keeps the address from others until it is off', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  runner.want(wish(1))
  await startSession(runner, host.clock, ANNA)
  host.sessionIp.failAt(2, 1)
  await assert.rejects(endSession(runner, 'a'), { status: 503 })
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), 'unreachable')
  assert.equal((await startSession(runner, host.clock, BERT)).virtual_ip, '10.1.0.21')
  assert.equal(runner.addressesInUse().size, 1)
  await runner.stop()
})

test('a session whose address leaves the block ends', async () => {
  const host = makeHost()
  const runner = await host.start('boot-1')
  runner.want(wish(1))
  await startSession(runner, host.clock, ANNA)
  const report = host.nextReport((each) => each.generation === 2)
  runner.want(wish(2, { addresses: ['10.1.0.40'] }))
  assert.deepEqual((await report).sessions, [])
  assert.equal(host.sessionIp.sourceOf(ANNA.uid), 'unreachable')
  await runner.stop()
})
