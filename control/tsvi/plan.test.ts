import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseBlock, effectiveEnable, isInLine, noticeOf, type Standing, switchedOff, switchedOn } from './plan.ts'

const NETWORK = { cidr: '10.1.0.0/24', gatewayIp: '10.1.0.1' }
const UIDS = { first: 20_000, last: 29_999 }

describe('the effective value', () => {
  it('is on only where tenant and group both say so', () => {
    assert.deepEqual(
      [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ].map(([tenant, group]) => effectiveEnable(tenant === true, group === true)),
      [true, false, false, false],
    )
  })

  it('that differs from what was asked is explained', () => {
    assert.equal(noticeOf(true, true, true), '')
    assert.match(noticeOf(false, true, true), /enable=false was asked for; virtual IPs are on because the server group/)
    assert.match(noticeOf(true, false, false), /off because the tenant configuration does not allow/)
  })
})

describe('the block', () => {
  it('keeps addresses in use, adds from what is owned, and has the wanted size', () => {
    assert.deepEqual(chooseBlock(['a', 'b', 'c', 'd'], ['c'], 3), ['c', 'a', 'b'])
  })
  it('drops a former address that the server no longer owns', () => {
    assert.deepEqual(chooseBlock(['a'], ['z'], 2), ['a'])
  })
  it('shrinks from the end, so that long-lived addresses stay', () => {
    assert.deepEqual(chooseBlock(['a', 'b', 'c'], ['b', 'c', 'a'], 2), ['b', 'c'])
  })
})

describe('a server is in line', () => {
  const on = switchedOn(['a', 'b'], NETWORK, UIDS)
  const off = switchedOff(NETWORK, UIDS)

  const standing = (enable: boolean, current: Standing['current'], over: Partial<Standing> = {}): Standing => ({
    enable,
    current,
    inDoubt: false,
    isApplied: true,
    ...over,
  })

  it('when the last update and the agent agree with the group', () => {
    assert.equal(isInLine(standing(true, on), { enable: true, count: 2 }), true)
    assert.equal(isInLine(standing(false, off), { enable: false, count: 2 }), true)
    assert.equal(isInLine(standing(false, null), { enable: false, count: 2 }), true)
  })
  it('and not when switch, size or the agent differ', () => {
    assert.equal(isInLine(standing(false, off), { enable: true, count: 2 }), false)
    assert.equal(isInLine(standing(true, on), { enable: false, count: 2 }), false)
    assert.equal(isInLine(standing(true, on), { enable: true, count: 3 }), false)
    assert.equal(isInLine(standing(true, off), { enable: true, count: 2 }), false)
    assert.equal(isInLine(standing(true, null), { enable: true, count: 2 }), false)
  })
  it('and not while the agent has not confirmed, or an update has failed since', () => {
    assert.equal(isInLine(standing(true, on, { isApplied: false }), { enable: true, count: 2 }), false)
    assert.equal(isInLine(standing(true, on, { inDoubt: true }), { enable: true, count: 2 }), false)
    assert.equal(isInLine(standing(false, off, { inDoubt: true }), { enable: false, count: 2 }), false)
  })
})
