import type { Trx } from '#db'
import { showTask } from '#fleet'
import type { Queue } from '#jobs'
import { type Continuation, insertContinuation } from './update.store.ts'
import { driveUpdate } from './update.work.ts'

/**
 * Goes on with a sub-job whose server is not yet as it shall be, in the caller's transaction: the server is busy with
 * the same job until its addresses are configured and verified.
 */
export async function continueAsUpdate(
  trx: Trx,
  { queue }: { readonly queue: Pick<Queue, 'enqueue'> },
  from: Continuation,
  at: Date,
): Promise<void> {
  await insertContinuation(trx, from, at)
  await showTask(trx, from.serverId, { taskStatus: 'updating_tsvi' }, at)
  await queue.enqueue(trx, driveUpdate, [{ id: from.subJobId }])
}
