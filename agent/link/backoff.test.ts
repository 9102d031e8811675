import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from './backoff.ts'

test('the longest wait doubles from 0.2 s to 30 s, the actual one is anywhere below', () => {
  const longest = [0, 1, 2, 7, 8, 1000].map((attempt) => backoffMs(attempt, () => 1))
  assert.deepEqual(longest, [200, 400, 800, 25_600, 30_000, 30_000])
  assert.equal(
    backoffMs(5, () => 0),
    0,
  )
  assert.equal(
    backoffMs(2, () => 0.5),
    400,
  )
})
