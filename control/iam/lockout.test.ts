import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Attempt, createLockout, type Lockout } from './lockout.ts'

const START = Date.parse('2026-05-21T08:05:00Z')
const at = (seconds: number) => new Date(START + seconds * 1000)
const OWNER: Attempt = { sourceAddress: '192.0.2.1', accessKey: 'HWAK7EXAMPLE0000001A' }
const UNKNOWN: Attempt = { ...OWNER, accessKey: null }

function fail(lockout: Lockout, attempt: Attempt, times: number, seconds = 0): void {
  for (let n = 0; n < times; n++) lockout.recordFailure(attempt, at(seconds))
}

function isLocked(lockout: Lockout, attempt: Attempt, seconds = 0): boolean {
  return lockout.findLock(attempt, at(seconds)) !== undefined
}

describe('five failures of a key at an address', () => {
  it('lock the pair for 300 seconds, and no four do', () => {
    const lockout = createLockout()
    fail(lockout, OWNER, 4)
    assert.equal(isLocked(lockout, OWNER), false)
    fail(lockout, OWNER, 1, 10)
    assert.deepEqual(lockout.findLock(OWNER, at(10)), at(310))
    assert.equal(isLocked(lockout, OWNER, 309.999), true)
    assert.equal(isLocked(lockout, OWNER, 310), false)
  })

  it('lock anew only after five more: the lock leaves nothing behind', () => {
    const lockout = createLockout()
    fail(lockout, OWNER, 5)
    fail(lockout, OWNER, 4, 301)
    assert.equal(isLocked(lockout, OWNER, 301), false)
    fail(lockout, OWNER, 1, 302)
    assert.deepEqual(lockout.findLock(OWNER, at(302)), at(602))
  })

  it('are prolonged by no more of them', () => {
    const lockout = createLockout()
    fail(lockout, OWNER, 5)
    fail(lockout, OWNER, 20, 200)
    assert.deepEqual(lockout.findLock(OWNER, at(200)), at(300))
  })

  it('must be consecutive: a success begins anew', () => {
    const lockout = createLockout()
    fail(lockout, OWNER, 4)
    lockout.recordSuccess(OWNER)
    fail(lockout, OWNER, 4)
    assert.equal(isLocked(lockout, OWNER), false)
  })

  it('must be close: after five quiet minutes a failure is the first', () => {
    const lockout = createLockout()
    fail(lockout, OWNER, 4)
    fail(lockout, OWNER, 4, 300)
    assert.equal(isLocked(lockout, OWNER, 300), false)
    fail(lockout, OWNER, 1, 599)
    assert.equal(isLocked(lockout, OWNER, 599), true)
  })
})

describe('a lock', () => {
  it('of a stranger at another address does not lock the owner of the key out', () => {
    const lockout = createLockout()
    fail(lockout, { ...OWNER, sourceAddress: '198.51.100.7' }, 50)
    assert.equal(isLocked(lockout, OWNER), false)
  })

  it('of one key leaves the other keys of the address alone', () => {
    const lockout = createLockout()
    fail(lockout, OWNER, 5)
    assert.equal(isLocked(lockout, { ...OWNER, accessKey: 'ANOTHER' }), false)
    assert.equal(isLocked(lockout, UNKNOWN), false)
  })

  it('is not opened by a success with another key', () => {
    const lockout = createLockout()
    fail(lockout, OWNER, 5)
    lockout.recordSuccess({ ...OWNER, accessKey: 'ANOTHER' })
    lockout.recordSuccess({ ...OWNER, sourceAddress: '198.51.100.7' })
    assert.equal(isLocked(lockout, OWNER), true)
  })

  it('holds for every spelling of the address, and for the whole network of an IPv6 one', () => {
    for (const [one, another, same] of [
      ['192.0.2.1', '::ffff:192.0.2.1', true],
      ['192.0.2.1', '::ffff:c000:201', true],
      ['192.0.2.1', '192.0.2.2', false],
      ['2001:db8::1', '2001:0db8:0000:0000:ffff::9', true],
      ['2001:db8::1', '2001:db8:0:1::1', false],
      ['fe80::1%eth0', 'fe80::2', true],
      ['not an address', 'not an address', true],
    ] as const) {
      const lockout = createLockout()
      fail(lockout, { ...OWNER, sourceAddress: one }, 5)
      assert.equal(isLocked(lockout, { ...OWNER, sourceAddress: another }), same, `${one} and ${another}`)
    }
  })
})

describe('unknown keys', () => {
  it('count together, for their address only', () => {
    const lockout = createLockout()
    fail(lockout, UNKNOWN, 5)
    assert.equal(isLocked(lockout, UNKNOWN), true)
    assert.equal(isLocked(lockout, { ...UNKNOWN, sourceAddress: '198.51.100.7' }), false)
    assert.equal(isLocked(lockout, UNKNOWN, 300), false)
  })

  it('do not lock out a key of the address that exists', () => {
    const lockout = createLockout()
    fail(lockout, UNKNOWN, 5)
    assert.equal(isLocked(lockout, OWNER), false)
    fail(lockout, OWNER, 4)
    assert.equal(isLocked(lockout, OWNER), false)
  })
})

describe('the memory of failures', () => {
  const keyNumber = (n: number): Attempt => ({ ...OWNER, accessKey: `KEY${n}` })

  it('does not forget a locked key of an address because of its other keys', () => {
    const lockout = createLockout({ maxSources: 10, maxKeysPerSource: 4 })
    fail(lockout, OWNER, 5)
    for (let n = 0; n < 1000; n++) fail(lockout, keyNumber(n), 1)
    assert.equal(isLocked(lockout, OWNER), true)
  })

  it('counts the keys that it cannot tell apart together, so that many keys are no more guesses', () => {
    const lockout = createLockout({ maxSources: 10, maxKeysPerSource: 4 })
    let guesses = 0
    for (let n = 0; n < 1000; n++) {
      if (isLocked(lockout, keyNumber(n))) continue
      guesses++
      fail(lockout, keyNumber(n), 1)
    }
    assert.equal(guesses, 4 + 5)
  })

  it('gives the place of a count that has ended to another key', () => {
    const lockout = createLockout({ maxSources: 10, maxKeysPerSource: 4 })
    for (let n = 0; n < 4; n++) fail(lockout, keyNumber(n), 5)
    fail(lockout, OWNER, 4, 300)
    assert.equal(isLocked(lockout, OWNER, 300), false)
    assert.equal(isLocked(lockout, keyNumber(9), 300), false)
    fail(lockout, OWNER, 1, 300)
    assert.equal(isLocked(lockout, OWNER, 300), true)
    assert.equal(isLocked(lockout, keyNumber(9), 300), false, 'it was counted by itself')
  })

  it('is pushed out by as many other addresses, and by fewer not', () => {
    const lockout = createLockout({ maxSources: 10, maxKeysPerSource: 4 })
    fail(lockout, OWNER, 5)
    const failFrom = (n: number) => fail(lockout, { ...OWNER, sourceAddress: `198.51.100.${n}` }, 5)
    for (let n = 0; n < 9; n++) failFrom(n)
    assert.equal(isLocked(lockout, OWNER), true)
    failFrom(9)
    assert.equal(isLocked(lockout, OWNER), false)
  })
})

/** The rule again, as a list of the failures that count: what a pair's history says about its next request. */
interface History {
  readonly failedAt: readonly number[]
  readonly lockedUntil: number
}

const NOTHING: History = { failedAt: [], lockedUntil: 0 }

function afterRequest({ failedAt }: History, isProven: boolean, now: number): History {
  if (isProven) return NOTHING
  const isQuiet = now - (failedAt.at(-1) ?? now) >= 300
  const failures = [...(isQuiet ? [] : failedAt), now]
  return failures.length < 5 ? { failedAt: failures, lockedUntil: 0 } : { failedAt: [], lockedUntil: now + 300 }
}

describe('whatever happens', () => {
  const event = fc.record({
    sourceAddress: fc.constantFrom('192.0.2.1', '192.0.2.2'),
    accessKey: fc.constantFrom('A', 'B', null),
    isRight: fc.boolean(),
    after: fc.constantFrom(0, 1, 100, 299, 300),
  })

  it('a pair is locked exactly when its last five judged requests failed without five quiet minutes', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const lockout = createLockout()
        const histories = new Map<string, History>()
        let now = 0
        for (const { isRight, after, ...attempt } of events) {
          now += after
          const pair = `${attempt.sourceAddress} ${attempt.accessKey}`
          const history = histories.get(pair) ?? NOTHING
          assert.equal(isLocked(lockout, attempt, now), history.lockedUntil > now)
          if (history.lockedUntil > now) continue
          const isProven = isRight && attempt.accessKey !== null
          histories.set(pair, afterRequest(history, isProven, now))
          if (isProven) lockout.recordSuccess(attempt)
          else lockout.recordFailure(attempt, at(now))
        }
      }),
    )
  })
})
