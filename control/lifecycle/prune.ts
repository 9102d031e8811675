import { sql } from 'kysely'
import type { Db } from '#db'
import { secondsAfter } from '#kernel'

const KEPT_SECONDS = 7 * 86_400
/** Rows of one step: short enough that nobody waits for its locks. */
const MOST_PRUNED = 1_000

/**
 * Deletes tasks that ended long ago and that no job tells of: nothing shows them, they are kept for who looks into the
 * database. Those of a job stay as long as its sub-job does.
 */
export async function pruneTasks(db: Db, at: Date, most = MOST_PRUNED): Promise<number> {
  let pruned = 0
  for (let step = most; step === most; pruned += step) {
    const result = await sql`
      DELETE FROM lifecycle.task WHERE id IN (
        SELECT id FROM lifecycle.task
        WHERE sub_job_id IS NULL AND finished_at < ${secondsAfter(at, -KEPT_SECONDS)}::timestamptz
        LIMIT ${most}::int FOR UPDATE SKIP LOCKED)`.execute(db)
    step = Number(result.numAffectedRows ?? 0n)
  }
  return pruned
}
