import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { testDatabase } from '#testing'
import { insertMetrics, pruneMetrics } from './metric.store.ts'

let database: Awaited<ReturnType<typeof testDatabase>>
before(async () => {
  database = await testDatabase()
})
after(() => database[Symbol.asyncDispose]())

const rowsOf = (serverId: string) =>
  database.db
    .selectFrom('agents.metric')
    .selectAll()
    .where('server_id', '=', serverId)
    .orderBy('period')
    .orderBy('at')
    .execute()

describe('measurements', () => {
  it('add up to their minute and to their five minutes', async () => {
    const { db } = database
    const add = (at: string, values: number[]) =>
      insertMetrics(db, [{ serverId: 'adds', values: { cpu_util: values } }], new Date(at))
    await add('2026-05-21T08:00:10Z', [10, 20])
    await add('2026-05-21T08:00:50Z', [60])
    await add('2026-05-21T08:04:59Z', [5])
    await add('2026-05-21T08:05:00Z', [1])
    const seen = (await rowsOf('adds')).map((row) => [
      row.period,
      row.at.toISOString().slice(11, 16),
      ...[row.count, row.sum, row.sum_of_squares, row.min, row.max],
    ])
    assert.deepEqual(seen, [
      [60, '08:00', 3, 90, 4100, 10, 60],
      [60, '08:04', 1, 5, 25, 5, 5],
      [60, '08:05', 1, 1, 1, 1, 1],
      [300, '08:00', 4, 95, 4125, 5, 60],
      [300, '08:05', 1, 1, 1, 1, 1],
    ])
  })

  it('of several servers, and of one server twice, go together in one statement', async () => {
    const values = { mem_util: [50], network_vm_connections: [7] }
    const group = ['g1', 'g2', 'g1'].map((serverId) => ({ serverId, values }))
    await insertMetrics(database.db, group, new Date('2026-05-21T08:00:00Z'))
    assert.deepEqual(
      (await rowsOf('g1')).map((row) => row.count),
      [2, 2, 2, 2],
    )
    assert.deepEqual(
      (await rowsOf('g2')).map((row) => row.count),
      [1, 1, 1, 1],
    )
  })

  it('are added by writers at once without losing any', async () => {
    const at = new Date('2026-05-21T08:00:00Z')
    const one = () => insertMetrics(database.db, [{ serverId: 'race', values: { cpu_util: [1] } }], at)
    await Promise.all(Array.from({ length: 20 }, one))
    assert.deepEqual(
      (await rowsOf('race')).map((row) => row.count),
      [20, 20],
    )
  })

  it('are deleted when they are too old, minutes after two days, in steps', async () => {
    const { db } = database
    await db.deleteFrom('agents.metric').execute()
    const now = new Date('2026-05-21T08:00:00Z')
    const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)
    for (const days of [1, 3, 9, 11, 12]) {
      await insertMetrics(db, [{ serverId: 'old', values: { cpu_util: [days] } }], daysAgo(days))
    }
    assert.equal(await pruneMetrics(db, 10 * 86_400, now, 2), 6)
    const left = (await rowsOf('old')).map((row) => [row.period, row.sum])
    assert.deepEqual(left, [
      [60, 1],
      [300, 9],
      [300, 3],
      [300, 1],
    ])
    assert.equal(await pruneMetrics(db, 10 * 86_400, now), 0)
  })
})
