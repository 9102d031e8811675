import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countAddresses, findSubnetFault, findVpcFault, holds, overlaps, parseBlock, parsePlace } from './cidr.ts'

const block = (cidr: string) => parseBlock(cidr) ?? assert.fail(`${cidr} is no block`)

describe('parseBlock', () => {
  it('knows where a block begins and ends', () => {
    assert.deepEqual(parseBlock('10.1.2.0/23'), { prefix: 23, first: 0x0a010200, last: 0x0a0103ff })
    assert.deepEqual(parseBlock('255.255.255.255/32'), { prefix: 32, first: 0xffffffff, last: 0xffffffff })
  })

  for (const text of [
    '10.1.2.1/23',
    '10.1.2/24',
    '10.1.2.0',
    '10.01.2.0/24',
    '10.1.2.256/32',
    '10.1.2.0/33',
    '10.1.2.0/024',
    '0.0.0.0/00',
    '10.0.0.0/08',
    '',
    '::/0',
  ]) {
    it(`does not take '${text}' for one`, () => assert.equal(parseBlock(text), undefined))
  }
})

describe('blocks', () => {
  it('hold what is inside, their borders included, and nothing else', () => {
    assert.ok(holds(block('10.0.0.0/8'), block('10.255.255.240/28')))
    assert.ok(holds(block('10.0.0.0/28'), block('10.0.0.0/28')))
    assert.ok(!holds(block('10.0.0.0/28'), block('10.0.0.16/28')))
    assert.ok(!holds(block('10.0.0.0/24'), block('10.0.0.0/23')))
  })

  it('overlap when an address is in both', () => {
    assert.ok(overlaps(block('10.0.0.0/23'), block('10.0.1.0/24')))
    assert.ok(overlaps(block('10.0.1.0/24'), block('10.0.0.0/23')))
    assert.ok(!overlaps(block('10.0.0.0/24'), block('10.0.1.0/24')))
  })
})

describe('the block of a VPC', () => {
  for (const cidr of ['10.0.0.0/8', '172.31.255.240/28', '192.168.0.0/16']) {
    it(`may be ${cidr}`, () => assert.equal(findVpcFault(cidr), undefined))
  }
  for (const cidr of ['10.0.0.0/7', '10.0.0.0/29', '172.32.0.0/16', '8.8.8.0/24', '10.0.0.1/24']) {
    it(`is not ${cidr}`, () => assert.match(findVpcFault(cidr) ?? '', new RegExp(`^cidr ${cidr} `)))
  }
})

describe('the block of a subnet', () => {
  it('is from /16 to /28 and holds its gateway', () => {
    assert.equal(findSubnetFault('10.0.0.0/16', '10.0.255.254'), undefined)
    assert.equal(findSubnetFault('10.0.0.0/28', '10.0.0.1'), undefined)
  })
  const WRONG = [
    ['10.0.0.0/15', '10.0.0.1', /\/16 to \/28/],
    ['10.0.0.0/29', '10.0.0.1', /\/16 to \/28/],
    ['10.0.0.1/24', '10.0.0.1', /no block/],
    ['10.0.0.0/24', '10.0.1.1', /gateway_ip 10.0.1.1/],
    ['10.0.0.0/24', '10.0.0.0', /gateway_ip/],
    ['10.0.0.0/24', '10.0.0.255', /gateway_ip/],
  ] as const
  for (const [cidr, gateway, fault] of WRONG) {
    it(`is not ${cidr} with ${gateway}`, () => assert.match(findSubnetFault(cidr, gateway) ?? '', fault))
  }
})

it('a pair names an address or a block', () => {
  assert.deepEqual(parsePlace('10.0.0.9'), { prefix: 32, first: 0x0a000009, last: 0x0a000009 })
  assert.equal(parsePlace('10.0.0.0/24')?.prefix, 24)
  assert.equal(parsePlace('10.0.0.9/24'), undefined)
})

it('a subnet has all addresses to give but the network, the last three and the gateway', () => {
  assert.equal(countAddresses('10.0.0.0/24', '10.0.0.1'), 251)
  assert.equal(countAddresses('10.0.0.0/24', '10.0.0.252'), 251)
  assert.equal(countAddresses('10.0.0.0/24', '10.0.0.253'), 252, 'the gateway is one of the last three')
  assert.equal(countAddresses('10.0.0.0/28', '10.0.0.1'), 11)
})
