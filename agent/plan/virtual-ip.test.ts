import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VirtualIp } from '../../contract/agent/desired-state.ts'
import { isServed, planSessionIps, problemOf } from './virtual-ip.ts'

const GOOD: VirtualIp = {
  enable: true,
  addresses: ['10.1.0.20', '10.1.0.21'],
  cidr: '10.1.0.0/16',
  gateway_ip: '10.1.0.1',
  managed_uids: { first: 20000, last: 29999 },
}
const ANNA = { session_id: 'a', user_name: 'anna', uid: 20001, virtual_ip: '10.1.0.20', started_at: '', ending: false }

test('finds what cannot be applied', () => {
  assert.equal(problemOf(GOOD), undefined)
  const cases: [Partial<VirtualIp>, RegExp][] = [
    [{ cidr: 'fd00::/64' }, /not an IPv4 network/],
    [{ gateway_ip: '10.2.0.1' }, /gateway .* outside/],
    [{ addresses: ['10.2.0.1'] }, /10\.2\.0\.1 lies outside/],
    [{ addresses: ['fd00::1'] }, /fd00::1 lies outside/],
    [{ addresses: ['10.1.0.1'] }, /the gateway's/],
    [{ addresses: ['10.1.0.2', '10.1.0.2'] }, /twice/],
    [{ managed_uids: { first: 5, last: 4 } }, /no range/],
    [{ managed_uids: { first: 5, last: 4294967294 } }, /above/],
  ]
  for (const [change, expected] of cases) assert.match(problemOf({ ...GOOD, ...change }) ?? '', expected)
  assert.equal(problemOf({ ...GOOD, enable: false, cidr: 'none' }), undefined)
})

test('a session is served while its address and its user are the server’s', () => {
  assert.equal(isServed(GOOD, ANNA), true)
  assert.equal(isServed({ ...GOOD, enable: false }, ANNA), false)
  assert.equal(isServed(GOOD, { ...ANNA, virtual_ip: '10.1.0.22' }), false)
  assert.equal(isServed(GOOD, { ...ANNA, uid: 30000 }), false)
})

test('the plan holds active sessions only, and a bare address only while nobody owns it', () => {
  const ending = { ...ANNA, session_id: 'b', uid: 20002, virtual_ip: '10.1.0.21', ending: true }
  const plan = planSessionIps(GOOD, [ANNA, ending], '10.1.0.21')
  assert.deepEqual(plan.owners, [{ uid: 20001, address: '10.1.0.20' }])
  assert.deepEqual(plan.bare, ['10.1.0.21'])
  assert.deepEqual(planSessionIps(GOOD, [ANNA], '10.1.0.20').bare, [])
})
