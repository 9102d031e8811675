import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '#db'
import { onPostgres, type TestDatabase, testDatabase, untilBlocked } from '#testing'
import { finishSubJob, nextJobIds } from './job.store.ts'
import { findJobDetail } from './job.view.ts'
import { insertJob } from './test-jobs.ts'

let database: TestDatabase
let db: Db
before(async () => {
  database = await testDatabase()
  db = database.db
})
after(() => database[Symbol.asyncDispose]())

const increasing = (ids: readonly string[]) => ids.every((id, at) => at === 0 || String(ids[at - 1]) < id)

describe('job ids', () => {
  it('are 18 decimal digits, in the order of the calls', async () => {
    const ids = await nextJobIds(db, 500)
    assert.equal(ids.length, 500)
    for (const id of ids) assert.match(id, /^[1-9]\d{17}$/)
    assert.ok(increasing(ids))
  })

  it('grow from one call to the next', async () => {
    const ids: string[] = []
    for (let call = 0; call < 20; call++) ids.push(...(await nextJobIds(db, 1)))
    assert.ok(increasing(ids), ids.join())
  })

  it('are never given twice, whoever asks at the same time', async () => {
    const ids = (await Promise.all(Array.from({ length: 40 }, () => nextJobIds(db, 50)))).flat()
    assert.equal(new Set(ids).size, 2000)
  })

  it('are never given twice where the sequence below them begins again', async () => {
    await sql`SELECT setval('jobs.id_seq', 1048565)`.execute(db)
    const ids = await nextJobIds(db, 20)
    assert.equal(new Set(ids).size, 20)
    for (const id of ids) assert.match(id, /^\d{18}$/)
  })

  it('are none when nobody asks', async () => assert.deepEqual(await nextJobIds(db, 0), []))
})

describe('the end of sub-jobs', () => {
  const at = new Date('2026-03-02T08:21:02.871Z')
  const success = { step: 'done', at, failure: null }
  const failure = { step: 'failed', at, failure: { code: 'WKS.00211401', message: 'It failed.' } }
  const jobOf = (id: string) =>
    db
      .selectFrom('jobs.job')
      .select(['status', 'sub_jobs_pending', 'sub_jobs_failed', 'end_time'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()

  it('at the same moment ends the job once, with all of them counted', async () => {
    const resources = Array.from({ length: 20 }, (_, index) => `r${index}`)
    const { jobId, subJobIds } = await insertJob(db, { projectId: 'p', resources })
    await Promise.all(subJobIds.map((id, index) => finishSubJob(db, id, index % 4 === 0 ? failure : success)))
    assert.deepEqual(await jobOf(jobId), { status: 'FAILED', sub_jobs_pending: 0, sub_jobs_failed: 5, end_time: at })
  })

  it('said twice counts once, and the first word stands', async () => {
    const { jobId, subJobIds } = await insertJob(db, { projectId: 'p', resources: ['a', 'b'] })
    const [first = '', second = ''] = subJobIds
    await finishSubJob(db, first, success)
    await Promise.all([finishSubJob(db, first, failure), finishSubJob(db, first, success)])
    assert.partialDeepStrictEqual(await jobOf(jobId), { status: 'RUNNING', sub_jobs_pending: 1, sub_jobs_failed: 0 })
    await finishSubJob(db, second, success)
    await finishSubJob(db, second, failure)
    assert.deepEqual(await jobOf(jobId), { status: 'SUCCESS', sub_jobs_pending: 0, sub_jobs_failed: 0, end_time: at })
  })

  it('that rolls back leaves the job running', async () => {
    const { jobId, subJobIds } = await insertJob(db, { projectId: 'p' })
    const undone = db.transaction().execute(async (trx) => {
      await finishSubJob(trx, String(subJobIds[0]), success)
      throw new Error('rolled back')
    })
    await assert.rejects(undone, /rolled back/)
    assert.partialDeepStrictEqual(await jobOf(jobId), { status: 'RUNNING', sub_jobs_pending: 1, end_time: null })
  })

  onPostgres('while the job is being read shows both as they are then', async () => {
    const { jobId, subJobIds } = await insertJob(db, { projectId: 'p' })
    const { reading } = await db.transaction().execute(async (trx) => {
      await finishSubJob(trx, String(subJobIds[0]), success)
      await sql`LOCK TABLE jobs.job IN ACCESS EXCLUSIVE MODE`.execute(trx)
      const reading = findJobDetail(db, 'p', jobId)
      await untilBlocked(db)
      return { reading }
    })
    const job = await reading
    assert.deepEqual([job?.status, job?.sub_jobs[0]?.status], ['SUCCESS', 'SUCCESS'])
  })
})
