import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWithin, parseIpv4, parseNetwork } from './cidr.ts'

test('reads IPv4 addresses strictly', () => {
  assert.equal(parseIpv4('10.1.0.2'), 0x0a010002)
  assert.equal(parseIpv4('255.255.255.255'), 0xffffffff)
  for (const text of ['10.1.0', '10.1.0.256', '010.1.0.2', '10.1.0.2.3', '10.1.0.-1', '', '::1', '10.1.0.2 ']) {
    assert.equal(parseIpv4(text), undefined, text)
  }
})

test('reads networks and knows what lies in them', () => {
  assert.deepEqual(parseNetwork('10.1.2.3/16'), { base: 0x0a010000, bits: 16 })
  for (const text of ['10.1.0.0', '10.1.0.0/33', '10.1.0.0/', '10.1.0.0/8/8', 'fd00::/8']) {
    assert.equal(parseNetwork(text), undefined, text)
  }
  const network = { base: 0x0a010000, bits: 16 }
  assert.equal(isWithin(network, '10.1.255.255'), true)
  assert.equal(isWithin(network, '10.2.0.0'), false)
  assert.equal(isWithin(network, '10.0.255.255'), false)
  assert.equal(isWithin({ base: 0, bits: 0 }, '255.0.0.1'), true)
})
