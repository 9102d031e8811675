import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AGGREGATES, readList, readName, readShow } from './metric.ts'

describe('what ShowServerMetricData is asked for', () => {
  it('is an hour to 30 days, of one metric or all', () => {
    const one = readShow('2026-05-21T08:00:00Z', '2026-05-21T09:00:00Z', 'cpu_util')
    assert.partialDeepStrictEqual(one, { names: ['cpu_util'], from: new Date('2026-05-21T08:00:00Z') })
    const all = readShow('2026-05-01T00:00:00.000Z', '2026-05-31T00:00:00.000Z', '')
    assert.equal('names' in all && all.names.length, 12)
  })

  it('is UTC where it says no offset, and takes a + that was not escaped', () => {
    const read = readShow('2026-05-21T08:00:00', '2026-05-21T20:00:00 08:00', '')
    assert.partialDeepStrictEqual(read, {
      from: new Date('2026-05-21T08:00:00Z'),
      to: new Date('2026-05-21T12:00:00Z'),
    })
  })

  for (const [start, end, name, says] of [
    ['yesterday', '2026-05-21T09:00:00Z', '', /start_time must be/],
    ['2026-05-21T08:00:00Z', '2026-13-21T09:00:00Z', '', /end_time must be/],
    ['2026-05-21T08:00:00Z', '2026-05-21T08:59:59Z', '', /1 hour to 30 days/],
    ['2026-05-01T00:00:00Z', '2026-05-31T00:00:01Z', '', /1 hour to 30 days/],
    ['2026-05-21T08:00:00Z', '2026-05-21T07:00:00Z', '', /1 hour to 30 days/],
    ['2026-05-21T08:00:00Z', '2026-05-21T09:00:00Z', 'toString', /'toString' is not measured; measured are cpu_util/],
  ] as const) {
    it(`is refused as ${start} to ${end} of '${name}'`, () => {
      const read = readShow(start, end, name)
      assert.match('problem' in read ? read.problem : '', says)
    })
  }
})

describe('what ListServerMetricData is asked for', () => {
  const MINUTE = 60_000
  const list = (length: number, period: number) => readList({ from: '1000', to: String(1000 + length), period })

  it('is four hours as measured, or 3000 periods', () => {
    assert.ok(!('problem' in list(240 * MINUTE, 1)))
    assert.ok(!('problem' in list(3000 * 5 * MINUTE, 300)))
  })

  it('is refused where it ends before it begins, or has too many points', () => {
    for (const [length, period, says] of [
      [0, 300, /from must be before to/],
      [240 * MINUTE + 1, 1, /4 hours/],
      [3000 * 5 * MINUTE + 1, 300, /3000 periods of 300 s/],
    ] as const) {
      const read = list(length, period)
      assert.match('problem' in read ? read.problem : '', says)
    }
  })

  it('is a metric of the host, or of GPUs, which nobody measures', () => {
    assert.deepEqual(readName('SYS.ECS', 'mem_util'), { name: 'mem_util' })
    assert.deepEqual(readName('AGT.ECS', 'gpu_usage_gpu'), { name: null })
    assert.ok('problem' in readName('SYS.ECS', 'gpu_usage_gpu'))
  })
})

describe('an aggregate', () => {
  const sums = { at: new Date(), count: 4, sum: 20, sum_of_squares: 120, min: 2, max: 8 }
  it('follows from the sums', () => {
    const all = Object.values(AGGREGATES).map((aggregate) => aggregate(sums))
    assert.deepEqual(all, [5, 8, 2, 20, 5])
  })

  it('is no negative variance', () => {
    assert.equal(AGGREGATES.variance({ ...sums, count: 3, sum: 0.3, sum_of_squares: 0.029999999 }), 0)
  })
})
