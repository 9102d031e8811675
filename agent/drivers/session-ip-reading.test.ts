import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY_KERNEL } from '../plan/kernel-state.ts'
import { findNic, parseReading } from './session-ip-reading.ts'

const RULES4 = JSON.stringify([
  { priority: 0, src: 'all', table: 'local' },
  { priority: 1000, src: 'all', uid_start: 20001, uid_end: 20001, table: '120001', protocol: '190' },
  { priority: 1000, src: 'all', uid_start: 7, uid_end: 7, table: '5' },
  { priority: 1500, src: 'all', uid_start: 20000, uid_end: 29999, action: 'unreachable', protocol: '190' },
  { priority: 32766, src: 'all', table: 'main' },
])
const ROUTES = JSON.stringify([
  { dst: 'default', gateway: '10.1.0.1', dev: 'eth0', table: '120001', prefsrc: '10.1.0.20', flags: [] },
  { type: 'unreachable', dst: 'default', table: '120001', metric: 4294967295, flags: [] },
  { dst: '10.1.0.0/16', dev: 'eth0', table: '120001', scope: 'link', prefsrc: '10.1.0.20', flags: [] },
  { dst: '10.9.0.0/16', dev: 'eth0', flags: [] },
])
const ADDRESSES = JSON.stringify([
  { ifname: 'lo', addr_info: [{ local: '127.0.0.1', prefixlen: 8, label: 'lo' }] },
  {
    ifname: 'eth0',
    addr_info: [
      { local: '10.1.0.9', prefixlen: 16, label: 'eth0' },
      { local: '10.1.0.20', prefixlen: 32, label: 'eth0:v' },
      { local: '10.1.0.77', prefixlen: 32, label: 'eth0' },
    ],
  },
])
const GUARD = JSON.stringify({
  nftables: [
    { metainfo: { version: '1.0.6' } },
    { table: { family: 'inet', name: 'berth', handle: 1 } },
    { set: { name: 'managed', type: 'uid', elem: [{ range: [20000, 29999] }] } },
    { set: { name: 'pair4', elem: [{ concat: [20001, '10.1.0.20'] }] } },
    { set: { name: 'vip4', elem: ['10.1.0.20', '10.1.0.21'] } },
    { chain: { name: 'output' } },
    ...Array.from({ length: 4 }, () => ({ rule: { expr: [] } })),
  ],
})
const READING = { rules4: RULES4, rules6: '', routes: ROUTES, addresses: ADDRESSES, guard: GUARD }

test('sees what is ours and nothing else', () => {
  assert.deepEqual(parseReading(READING, true), {
    catchAlls: [{ family: 4, uids: { first: 20000, last: 29999 } }],
    uidRules: [{ uid: 20001, table: 120001 }],
    routes: [
      { table: 120001, kind: 'gateway', to: 'default', nic: 'eth0', source: '10.1.0.20', gateway: '10.1.0.1' },
      { table: 120001, kind: 'unreachable', to: 'default', nic: undefined, source: undefined, gateway: undefined },
      { table: 120001, kind: 'on-link', to: '10.1.0.0/16', nic: 'eth0', source: '10.1.0.20', gateway: undefined },
    ],
    addresses: [{ address: '10.1.0.20', nic: 'eth0' }],
    guard: {
      current: true,
      managed: { first: 20000, last: 29999 },
      pairs: [{ uid: 20001, address: '10.1.0.20' }],
      block: ['10.1.0.20', '10.1.0.21'],
    },
  })
})

test('an empty host', () => {
  const nothing = { rules4: '[]', rules6: '[]', routes: '[]', addresses: '[]', guard: undefined }
  assert.deepEqual(parseReading(nothing, true), EMPTY_KERNEL)
})

test('a guard that another process loaded, or whose rules are not as many, is not trusted', () => {
  assert.equal(parseReading(READING, false).guard?.current, false)
  const fewer = GUARD.replace(',{"rule":{"expr":[]}}', '')
  assert.equal(parseReading({ ...READING, guard: fewer }, true).guard?.current, false)
})

test('the interface is the one with an address of its own in the network', () => {
  assert.equal(findNic(ADDRESSES, '10.1.0.0/16'), 'eth0')
  assert.equal(findNic(ADDRESSES, '10.2.0.0/16'), undefined)
  const onlyOurs = JSON.stringify([
    { ifname: 'eth1', addr_info: [{ local: '10.1.0.20', prefixlen: 32, label: 'eth1:v' }] },
  ])
  assert.equal(findNic(onlyOurs, '10.1.0.0/16'), undefined)
})

test('output of an unknown shape is an error, not an empty host', () => {
  assert.throws(() => parseReading({ ...READING, routes: '{}' }, true), /ip route printed JSON of an unknown shape/)
  assert.throws(() => parseReading({ ...READING, rules4: 'Error' }, true))
})
