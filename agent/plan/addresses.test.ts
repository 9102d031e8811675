import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planAddress } from './addresses.ts'

const BLOCK = ['10.1.0.1', '10.1.0.2', '10.1.0.3']
const released = (address: string, user_name: string, minute: number) => ({
  address,
  user_name,
  released_at: `2026-01-01T00:0${minute}:00.000Z`,
})

test('a user gets the former address again while it is free, the latest of several', () => {
  const releases = [released('10.1.0.2', 'anna', 1), released('10.1.0.3', 'anna', 2), released('10.1.0.1', 'bert', 0)]
  assert.equal(planAddress(BLOCK, new Set(), releases, 'anna'), '10.1.0.3')
  assert.equal(planAddress(BLOCK, new Set(['10.1.0.3']), releases, 'anna'), '10.1.0.2')
})

test('others get one that was never used, then the one released longest ago', () => {
  const releases = [released('10.1.0.1', 'anna', 5), released('10.1.0.2', 'bert', 1)]
  assert.equal(planAddress(BLOCK, new Set(), releases, 'carl'), '10.1.0.3')
  assert.equal(planAddress(BLOCK, new Set(['10.1.0.3']), releases, 'carl'), '10.1.0.2')
})

test('never gives an address in use', () => {
  assert.equal(planAddress(BLOCK, new Set(BLOCK), [released('10.1.0.1', 'anna', 1)], 'anna'), undefined)
  assert.equal(planAddress([], new Set(), [], 'anna'), undefined)
})
