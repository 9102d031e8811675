import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logoff } from '../../contract/agent/messages.ts'
import { memoryProbe } from '../drivers/probe.ts'
import { memoryReboot } from '../drivers/reboot.ts'
import { memorySessionEnd } from '../drivers/session-end.memory.ts'
import { memorySessionIp } from '../drivers/session-ip.memory.ts'
import { memoryJournal } from '../journal/journal.memory.ts'
import { silentLog } from '../log.ts'
import { testClock } from '../test-clock.ts'
import { Logoffs } from './logoffs.ts'
import { type Report, Runner } from './runner.ts'
import { startSession } from './sessions.ts'

async function makeHost() {
  const sessionIp = memorySessionIp('10.1.0.9')
  const clock = testClock()
  const reports: Report[] = []
  const log = silentLog
  const runner = new Runner(
    {
      bootId: 'boot-1',
      journal: memoryJournal(),
      sessionIp,
      clock,
      probe: memoryProbe(sessionIp.hasAddress),
      reboot: memoryReboot(() => {}),
      log,
    },
    { report: (report) => void reports.push(report), flush: async () => {} },
  )
  await runner.start()
  const managed_uids = { first: 20_000, last: 29_999 }
  const virtual_ip = {
    enable: true,
    addresses: ['10.1.0.20', '10.1.0.21'],
    cidr: '10.1.0.0/16',
    gateway_ip: '10.1.0.1',
    managed_uids,
  }
  runner.want({ generation: 1, virtual_ip, reboot: null, probe: null })
  await runner.converge()
  const ended: string[] = []
  const sessionEnd = memorySessionEnd(({ session_id }) => void ended.push(session_id))
  const logoffs = new Logoffs(runner, { clock, sessionEnd, log })
  const anna = await startSession(runner, clock, { session_id: 'a', user_name: 'anna', uid: 20_001 })
  const order = (change: Partial<Logoff> = {}): Logoff => ({
    type: 'logoff',
    session_id: 'a',
    started_at: anna.started_at,
    delay_seconds: 60,
    severity: 1,
    title: 'Maintenance',
    message: 'Save your work.',
    ...change,
  })
  /** Everything that was begun comes to its end: the drivers need a few turns. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
  }
  return { runner, clock, sessionIp, logoffs, order, ended, sessionEnd, reports, settle }
}

test('tells the user at once and ends the session when its time is up', async () => {
  const { clock, logoffs, order, ended, sessionEnd, sessionIp, reports, settle } = await makeHost()
  logoffs.take(order())
  assert.deepEqual(sessionEnd.warnings, [{ sessionId: 'a', text: 'Warning: Maintenance\nSave your work.' }])
  clock.advance(59_999)
  await settle()
  assert.deepEqual(ended, [])
  clock.advance(1)
  await settle()
  assert.deepEqual(ended, ['a'])
  assert.deepEqual(reports.at(-1)?.sessions, [])
  assert.equal(sessionIp.sourceOf(20_001), 'unreachable')
})

test('an order that comes again tells nothing again and sets the time anew', async () => {
  const { clock, logoffs, order, ended, sessionEnd, settle } = await makeHost()
  logoffs.take(order())
  logoffs.take(order({ delay_seconds: 5 }))
  clock.advance(5_000)
  await settle()
  assert.deepEqual(ended, ['a'])
  assert.equal(sessionEnd.warnings.length, 1)
  clock.advance(60_000)
  await settle()
  assert.deepEqual(ended, ['a'])
})

test('a user is told once, however often ending fails, and the next session of the same name anew', async () => {
  const { runner, clock, logoffs, order, sessionEnd, settle } = await makeHost()
  sessionEnd.failEnd(3)
  const takeNow = async (change: Partial<Logoff> = {}) => {
    logoffs.take(order({ delay_seconds: 0, ...change }))
    clock.advance(0)
    await settle()
  }
  for (let round = 0; round < 4; round += 1) await takeNow()
  assert.equal(sessionEnd.warnings.length, 1)
  clock.advance(1000)
  const next = await startSession(runner, clock, { session_id: 'a', user_name: 'anna', uid: 20_001 })
  await takeNow({ started_at: next.started_at, severity: 4 })
  assert.deepEqual(sessionEnd.warnings.slice(1), [{ sessionId: 'a', text: 'Maintenance\nSave your work.' }])
})

test('an order about a session that is another one, or none, ends nothing and is answered with a report', async () => {
  const { clock, logoffs, order, ended, reports, settle } = await makeHost()
  const before = reports.length
  logoffs.take(order({ started_at: '2020-01-01T00:00:00.000Z', delay_seconds: 0 }))
  logoffs.take(order({ session_id: 'nobody', delay_seconds: 0 }))
  clock.advance(1_000)
  await settle()
  assert.deepEqual(ended, [])
  assert.equal(reports.length, before + 1)
})

test('what could not be ended keeps its address, and the next order tries again', async () => {
  const { clock, logoffs, order, ended, sessionEnd, sessionIp, settle } = await makeHost()
  sessionEnd.failEnd(1)
  logoffs.take(order({ delay_seconds: 0, title: '', message: '' }))
  clock.advance(0)
  await settle()
  assert.deepEqual([ended, sessionIp.sourceOf(20_001)], [[], '10.1.0.20'])
  logoffs.take(order({ delay_seconds: 0 }))
  clock.advance(0)
  await settle()
  assert.deepEqual(ended, ['a'])
})

test('an agent that stops ends nobody', async () => {
  const { clock, logoffs, order, ended, settle } = await makeHost()
  logoffs.take(order())
  await logoffs.stop()
  logoffs.take(order({ delay_seconds: 0 }))
  clock.advance(120_000)
  await settle()
  assert.deepEqual(ended, [])
})
