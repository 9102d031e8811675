import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import type { Metrics } from '../../contract/agent/metrics.ts'
import { memoryMetrics } from '../drivers/metrics.memory.ts'
import type { MetricsDriver } from '../drivers/metrics.ts'
import { testClock } from '../test-clock.ts'
import { gather, SAMPLE_MS, startSampler } from './sampler.ts'

const TIMEOUT = { timeout: 20_000 }

/** A sampler whose looks the test can await. */
function makeSampler(metrics: MetricsDriver) {
  const clock = testClock()
  const looks = new EventEmitter()
  const sent: Metrics[] = []
  const warnings: string[] = []
  const watched: MetricsDriver = {
    read: () => metrics.read().finally(() => setImmediate(() => looks.emit('look'))),
  }
  let looked = once(looks, 'look')
  const stop = startSampler({
    metrics: watched,
    clock,
    log: (_level, message) => void warnings.push(message),
    send: (frame) => void sent.push(frame),
  })
  const look = async () => {
    await looked
    looked = once(looks, 'look')
    clock.advance(SAMPLE_MS)
  }
  return { clock, sent, warnings, look, stop, last: () => looked }
}

test('a host is looked at every ten seconds, and what was seen is sent once a minute', TIMEOUT, async () => {
  const sampler = makeSampler(memoryMetrics())
  for (let n = 0; n < 6; n += 1) await sampler.look()
  await sampler.last()
  const [frame, more] = sampler.sent
  assert.ok(frame !== undefined && more === undefined)
  for (const metric of ['cpu_util', 'mem_util', 'disk_util_inband'] as const) {
    const seen: readonly number[] = frame.values[metric] ?? []
    assert.equal(seen.length, 6, metric)
    assert.ok(
      seen.every((value) => value >= 0 && value <= 100),
      `${metric} ${seen}`,
    )
  }
  assert.ok(Number(frame.values.mem_util?.[0]) > 0, 'this process has memory')
  assert.equal(frame.values.network_vm_connections, undefined)
  sampler.stop()
  assert.equal(sampler.clock.waiting(), 0)
})

test('a host that cannot be looked at is said once, and nothing is sent of it', TIMEOUT, async () => {
  const sampler = makeSampler({ read: () => Promise.reject(new Error('no /proc')) })
  for (let n = 0; n < 8; n += 1) await sampler.look()
  assert.deepEqual([sampler.sent, sampler.warnings.length], [[], 1])
  sampler.stop()
})

test('what one look did not give is left out, not zero', () => {
  const values = gather([{ cpu_util: 1 }, { mem_util: 2 }, { cpu_util: 3, mem_util: 4 }])
  assert.deepEqual(values, { cpu_util: [1, 3], mem_util: [2, 4] })
})
