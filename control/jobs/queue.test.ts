import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { type RecordingLog, recordingLog, type TestDatabase, testDatabase } from '#testing'
import { openQueue, type Queue, type Work } from './queue.ts'
import { insertJob } from './test-jobs.ts'

const workOf = (name: string): Work => ({ name, retryLimit: 1, expireInSeconds: 60 })
const WORKS = {
  lost: workOf('test.lost'),
  seen: workOf('test.seen'),
  many: workOf('test.many'),
  flaky: workOf('test.flaky'),
  hopeless: workOf('test.hopeless'),
  slow: workOf('test.slow'),
  heavy: { ...workOf('test.heavy'), isOneAtATime: true },
}

let database: TestDatabase
let log: RecordingLog
let queue: Queue
before(async () => {
  database = await testDatabase()
  log = recordingLog()
  queue = await openQueue(database, Object.values(WORKS), log)
})
after(async () => {
  await queue.stop()
  await database[Symbol.asyncDispose]()
})

const enqueue = (work: Work, ...ids: readonly string[]) => {
  const payloads = ids.map((id) => ({ id }))
  return database.db.transaction().execute((trx) => queue.enqueue(trx, work, payloads))
}

/** What was handed to a handler, in order, and a promise that as many as expected were. */
function collector(expected: number) {
  const ids: string[] = []
  const { promise: all, resolve } = Promise.withResolvers<void>()
  const add = (id: string) => {
    if (ids.push(id) === expected) resolve()
  }
  return { ids, all, add }
}

async function queuedCount({ name }: Work): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM pgboss.job WHERE name = ${name}`.execute(
    database.db,
  )
  return rows[0]?.n ?? 0
}

describe('work put in a queue', { timeout: 60_000 }, () => {
  it('by a transaction that rolls back never existed', async () => {
    const undone = database.db.transaction().execute(async (trx) => {
      await queue.enqueue(trx, WORKS.lost, [{ id: 'undone' }])
      throw new Error('rolled back')
    })
    await assert.rejects(undone, /rolled back/)
    assert.equal(await queuedCount(WORKS.lost), 0)
    const { ids, all, add } = collector(1)
    await queue.handle(WORKS.lost, async (id) => add(id))
    await enqueue(WORKS.lost, 'kept')
    await all
    assert.deepEqual(ids, ['kept'])
  })

  it('is handled after the commit, when everything of its transaction is there', async () => {
    const { ids, all, add } = collector(1)
    await queue.handle(WORKS.seen, async (id) => {
      const job = await database.db.selectFrom('jobs.job').select('id').where('id', '=', id).executeTakeFirst()
      add(String(job?.id))
    })
    const { jobId } = await database.db.transaction().execute(async (trx) => {
      const job = await insertJob(trx, { projectId: 'p' })
      await queue.enqueue(trx, WORKS.seen, [{ id: job.jobId }])
      // a look at the queue from inside: the handler has not been given it yet
      await sql`SELECT count(*) FROM pgboss.job`.execute(trx)
      assert.deepEqual(ids, [])
      return job
    })
    await all
    assert.deepEqual(ids, [jobId])
  })

  it('is handled each once, also when there is more than a batch of it', async () => {
    const wanted = Array.from({ length: 50 }, (_, index) => `work-${index}`)
    const { ids, all, add } = collector(wanted.length)
    await queue.handle(WORKS.many, async (id) => add(id))
    await enqueue(WORKS.many, ...wanted)
    await all
    assert.deepEqual(ids.toSorted(), wanted.toSorted())
  })

  it('of a kind that takes much memory is done one at a time', async () => {
    const { ids, all, add } = collector(6)
    let [running, most] = [0, 0]
    await queue.handle(WORKS.heavy, async (id) => {
      running += 1
      most = Math.max(most, running)
      await sql`SELECT 1`.execute(database.db)
      running -= 1
      add(id)
    })
    await enqueue(WORKS.heavy, ...Array.from({ length: 6 }, (_, index) => `heavy-${index}`))
    await all
    assert.deepEqual([ids.length, most], [6, 1])
  })

  it('that throws comes back alone, and its neighbours are not repeated', async () => {
    const { ids, all, add } = collector(4)
    await queue.handle(WORKS.flaky, async (id) => {
      const first = !ids.includes(id)
      add(id)
      if (id === 'flaky' && first) throw new Error('not yet')
    })
    await enqueue(WORKS.flaky, 'before', 'flaky', 'after')
    await all
    assert.deepEqual(ids.slice(0, 3).toSorted(), ['after', 'before', 'flaky'])
    assert.equal(ids[3], 'flaky')
    const warned = log.lines.filter(({ fields }) => 'workId' in fields && fields.workId === 'flaky')
    assert.deepEqual(
      warned.map(({ level, fields }) => [level, fields]),
      [['warn', { workId: 'flaky', error: 'not yet' }]],
    )
  })

  it('that throws whatever it is given is tried once and no oftener again than its kind allows', async () => {
    const { ids, all, add } = collector(1 + WORKS.hopeless.retryLimit)
    await queue.handle(WORKS.hopeless, async (id) => {
      add(id)
      throw new Error('never')
    })
    await enqueue(WORKS.hopeless, 'hopeless')
    await all
    assert.equal(await endOf(WORKS.hopeless), 'failed')
    assert.deepEqual(ids, ['hopeless', 'hopeless'])
  })

  it('holds up the stop of the queue until its handler is through', async () => {
    const own = await openQueue(database, [WORKS.slow], log)
    const order: string[] = []
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    await own.handle(WORKS.slow, async () => {
      begun.resolve()
      await goOn.promise
      order.push('handled')
    })
    await enqueue(WORKS.slow, 'slow')
    await begun.promise
    const stopped = own.stop().then(() => order.push('stopped'))
    await sql`SELECT 1`.execute(database.db)
    goOn.resolve()
    await stopped
    assert.deepEqual(order, ['handled', 'stopped'])
  })
})

/** The state the work of a queue ends in. */
async function endOf({ name }: Work): Promise<string> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const { rows } = await sql<{ state: string }>`SELECT state::text FROM pgboss.job WHERE name = ${name}`.execute(
      database.db,
    )
    const [{ state } = { state: 'gone' }] = rows
    if (!['created', 'retry', 'active'].includes(state) || Date.now() > deadline) return state
    await setTimeout(20)
  }
}
