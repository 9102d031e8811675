import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { AppError } from '#kernel'
import { TsviHarness } from './harness.ts'
import { createRequestUpdate } from './request.service.ts'

const OTHER_JOB = '100000000000000001'

/** The next starts meet a busy server that is free again when looked at: a sequence counts on over rollbacks. */
async function refuseStarts({ deps: { db } }: TsviHarness, times: number): Promise<void> {
  await sql`CREATE SEQUENCE public.starts`.execute(db)
  await sql`
    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('public.starts') <= ${sql.lit(times)} THEN NEW.server_id := NULL; END IF;
      RETURN NEW;
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER refuse BEFORE INSERT ON tsvi.update FOR EACH ROW EXECUTE FUNCTION public.refuse()`.execute(db)
}

/** A request during which another job begins and ends on the second server, between the look and the start. */
function requestWhileOtherJob({ deps, fleet }: TsviHarness): Promise<string> {
  const items = fleet.serverIds.map((id) => ({ id, enable: true }))
  const authorize = async () => {
    await deps.db
      .updateTable('fleet.server')
      .set({ job_id: OTHER_JOB, job_type: 'MIGRATE_SERVER', job_status: 'SUCCESS' })
      .where('id', '=', fleet.serverIds[1] ?? '')
      .execute()
  }
  return createRequestUpdate(deps)({ projectId: fleet.projectId, items, authorize })
}

async function startedJobs({ deps }: TsviHarness): Promise<readonly string[]> {
  return (await deps.db.selectFrom('jobs.job').select('id').execute()).map((row) => row.id)
}

describe('a request that lost a race for a server', () => {
  it('is tried again when the other job has ended, and starts', async () => {
    await using harness = await TsviHarness.start({ servers: 2 })
    await refuseStarts(harness, 1)
    const jobId = await requestWhileOtherJob(harness)
    assert.deepEqual(await startedJobs(harness), [jobId])
  })

  it('that is lost again names the server that was busy and its job, no innocent one', async () => {
    await using harness = await TsviHarness.start({ servers: 2 })
    await refuseStarts(harness, 2)
    await assert.rejects(requestWhileOtherJob(harness), (error) => {
      assert.ok(error instanceof AppError && error.word === 'tsvi.server_busy', String(error))
      assert.deepEqual(error.facts, {
        serverId: harness.fleet.serverIds[1],
        work: `job ${OTHER_JOB} (MIGRATE_SERVER)`,
      })
      return true
    })
    assert.deepEqual(await startedJobs(harness), [])
  })
})
