import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addedPairs, findLostPair, missingPairs, replacePairs } from './address-pair.ts'

/** Pairs somebody else put on the port: a virtual router address with its MAC, and a plain one. */
const ROUTER = { ip_address: '10.1.0.200', mac_address: '00:00:5e:00:01:0a' }
const PLAIN = { ip_address: '10.1.0.201' }

const of = (...addresses: string[]) => addresses.map((ip_address) => ({ ip_address }))

describe('replacePairs', () => {
  const TABLE = [
    { name: 'opens an empty port', current: [], former: [], wanted: ['10.1.0.9'], after: of('10.1.0.9') },
    {
      name: 'keeps the pairs of others as they are, first and in their order',
      current: [PLAIN, ...of('10.1.0.9'), ROUTER],
      former: ['10.1.0.9'],
      wanted: ['10.1.0.10', '10.1.0.11'],
      after: [PLAIN, ROUTER, ...of('10.1.0.10', '10.1.0.11')],
    },
    {
      name: 'repeated, changes nothing',
      current: [ROUTER, ...of('10.1.0.9', '10.1.0.10')],
      former: ['10.1.0.9', '10.1.0.10'],
      wanted: ['10.1.0.9', '10.1.0.10'],
      after: [ROUTER, ...of('10.1.0.9', '10.1.0.10')],
    },
    {
      name: 'after a crash that forgot what was former, lists no address twice',
      current: [ROUTER, ...of('10.1.0.9')],
      former: [],
      wanted: ['10.1.0.9', '10.1.0.10'],
      after: [ROUTER, ...of('10.1.0.9', '10.1.0.10')],
    },
    {
      name: 'closes the port for all of ours and none of theirs',
      current: [...of('10.1.0.9'), PLAIN],
      former: ['10.1.0.9'],
      wanted: [],
      after: [PLAIN],
    },
    {
      name: 'is not confused by a former address that is no longer there',
      current: [PLAIN],
      former: ['10.1.0.9'],
      wanted: [],
      after: [PLAIN],
    },
  ]
  for (const { name, current, former, wanted, after } of TABLE) {
    it(name, () => {
      const given = structuredClone(current)
      assert.deepEqual(replacePairs(current, former, wanted), after)
      assert.deepEqual(current, given, 'what was given is left as it was')
    })
  }
})

describe('missingPairs', () => {
  it('names the wanted addresses that the port lacks, in their order', () => {
    assert.deepEqual(missingPairs([ROUTER, ...of('10.1.0.9')], ['10.1.0.10', '10.1.0.9', '10.1.0.8']), [
      '10.1.0.10',
      '10.1.0.8',
    ])
  })

  it('is empty when the port is open for all of them', () => {
    assert.deepEqual(missingPairs(of('10.1.0.9'), ['10.1.0.9']), [])
    assert.deepEqual(missingPairs([], []), [])
  })
})

describe('findLostPair', () => {
  const current = [ROUTER, ...of('10.1.0.9', '10.1.0.10')]
  const session = ['10.1.0.9', '10.1.0.10', '10.1.0.11']
  const TABLE = [
    { name: 'nothing, while all that is on the port stays', wanted: of('10.1.0.10', '10.1.0.9'), lost: undefined },
    { name: 'nothing for an address that is not on the port yet', wanted: current, lost: undefined },
    { name: 'the one that is left out', wanted: [ROUTER, ...of('10.1.0.9')], lost: '10.1.0.10' },
    {
      name: 'the one that is given a MAC',
      wanted: [{ ip_address: '10.1.0.9', mac_address: '02:00:00:00:00:01' }, ...of('10.1.0.10')],
      lost: '10.1.0.9',
    },
    { name: 'the one that a block would stand for', wanted: of('10.1.0.0/24'), lost: '10.1.0.9' },
  ]
  for (const { name, wanted, lost } of TABLE) {
    it(`finds ${name}`, () => assert.equal(findLostPair(current, session, wanted), lost))
  }
})

it('addedPairs passes over what is there as it is, with its MAC or without', () => {
  const [there, other] = [{ ip_address: '10.1.0.9' }, { ip_address: '10.1.0.9', mac_address: '02:00:00:00:00:01' }]
  assert.deepEqual(addedPairs([there, ROUTER], [ROUTER, there, other, PLAIN]), [other, PLAIN])
  assert.deepEqual(addedPairs([], [there]), [there])
})
