import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  confirmEnded,
  EMPTY_LEDGER,
  endAssignments,
  findAssignment,
  forgetForeign,
  ledgerAfterBoot,
  openAssignment,
  sessionStateOf,
} from './ledger.ts'

const AT = '2026-01-01T00:00:00.000Z'
const REQUEST = { session_id: 'a', user_name: 'anna', uid: 20001 }
const opened = openAssignment(EMPTY_LEDGER, REQUEST, '10.1.0.1', AT)

test('a session goes from active over ending to gone, and its release is remembered', () => {
  assert.deepEqual(findAssignment(opened, 'a'), { ...REQUEST, virtual_ip: '10.1.0.1', started_at: AT, ending: false })
  const ending = endAssignments(opened, (each) => each.session_id === 'a')
  assert.equal(findAssignment(ending, 'a')?.ending, true)
  const gone = confirmEnded(ending, ending.assignments, AT)
  assert.deepEqual(gone, {
    assignments: [],
    releases: [{ address: '10.1.0.1', user_name: 'anna', released_at: AT }],
  })
})

test('nothing to end returns the same ledger, so that nothing is written', () => {
  assert.equal(
    endAssignments(opened, () => false),
    opened,
  )
  assert.equal(confirmEnded(opened, [], AT), opened)
  assert.equal(forgetForeign(opened, []), opened)
})

test('an address has one release, the newest', () => {
  const once = confirmEnded(opened, opened.assignments, AT)
  const again = openAssignment(once, { ...REQUEST, user_name: 'bert' }, '10.1.0.1', AT)
  assert.deepEqual(confirmEnded(again, again.assignments, '2026-01-02T00:00:00.000Z').releases, [
    { address: '10.1.0.1', user_name: 'bert', released_at: '2026-01-02T00:00:00.000Z' },
  ])
})

test('no session survives a boot, the memory of addresses does as long as they are ours', () => {
  const booted = ledgerAfterBoot(opened, AT)
  assert.equal(booted.assignments.length, 0)
  assert.equal(booted.releases.length, 1)
  assert.equal(forgetForeign(booted, ['10.1.0.1']), booted)
  assert.equal(forgetForeign(booted, ['10.1.0.2']).releases.length, 0)
})

test('reports say nothing of our own bookkeeping', () => {
  const [assignment] = opened.assignments
  assert.ok(assignment)
  assert.deepEqual(Object.keys(sessionStateOf(assignment)), [
    'session_id',
    'user_name',
    'uid',
    'virtual_ip',
    'started_at',
  ])
})
