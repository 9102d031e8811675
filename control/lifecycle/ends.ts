import { endUpgrade } from '#agents'
import type { Trx } from '#db'
import { setImage } from '#fleet'
import type { LifecycleDeps } from './deps.ts'
import type { RebuildRequest } from './rebuild.ts'
import type { Kind } from './rules.ts'
import type { Task } from './task.ts'

/** What a kind writes when a task of it has ended, well or not (`task.state`), in the transaction of the end. */
export type WriteEnd = (deps: LifecycleDeps, trx: Trx, task: Task, at: Date) => Promise<void>

const WRITES: Partial<Record<Kind, WriteEnd>> = {
  rebuild: keepImage,
  upgrade: closeRecord,
}

export async function writeEnd(deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  await WRITES[task.kind as Kind]?.(deps, trx, task, at)
}

/** The image is the server's when its disk is. */
async function keepImage(_deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  const { imageId } = task.request as RebuildRequest
  if (task.state === 'done' && imageId !== undefined) await setImage(trx, task.serverId, imageId, at)
}

async function closeRecord(_deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  await endUpgrade(trx, task.subJobId ?? task.id, task.state === 'done' ? 'SUCCESS' : 'FAILED', at)
}
