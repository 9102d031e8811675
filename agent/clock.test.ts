import assert from 'node:assert/strict'
import { test } from 'node:test'
import { every, pause } from './clock.ts'
import { testClock } from './test-clock.ts'

test('calls back every interval until cancelled', () => {
  const clock = testClock()
  let calls = 0
  const cancel = every(clock, 10, () => {
    calls += 1
  })
  clock.advance(35)
  assert.equal(calls, 3)
  cancel()
  clock.advance(100)
  assert.equal(calls, 3)
  assert.equal(clock.waiting(), 0)
})

test('a pause ends early when it is aborted and leaves no timer', async () => {
  const clock = testClock()
  const stopping = new AbortController()
  const pausing = pause(clock, 1000, stopping.signal)
  stopping.abort()
  await pausing
  await pause(clock, 1000, stopping.signal)
  assert.equal(clock.waiting(), 0)
})
