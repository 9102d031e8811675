import { endUpgrade, leaveBoot, withdrawReboot } from '#agents'
import type { Trx } from '#db'
import { deleteServer, setImage } from '#fleet'
import { endOtherBoots } from '#sessions'
import { continueAsUpdate } from '#tsvi'
import { takeAddress } from './create.actions.ts'
import type { CreateRequest } from './create.ts'
import type { LifecycleDeps } from './deps.ts'
import type { RebuildRequest } from './rebuild.ts'
import type { Kind } from './rules.ts'
import type { Task } from './task.ts'

/** What a kind writes when a task of it has ended, well or not (`task.state`), in the transaction of the end. */
export type WriteEnd = (deps: LifecycleDeps, trx: Trx, task: Task, at: Date) => Promise<void>

const WRITES: Partial<Record<Kind, WriteEnd>> = {
  create: endCreation,
  delete: endDeletion,
  reboot: endReboot,
  rebuild: keepImage,
  stop: endSessions,
  upgrade: closeRecord,
}

export async function writeEnd(deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  await WRITES[task.kind as Kind]?.(deps, trx, task, at)
}

/** A new server whose sessions shall have addresses of their own is not ready before it has them. */
async function endCreation(deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  const { serverId, projectId, subJobId, jobId, state } = task
  const { enable } = task.request as CreateRequest
  if (state === 'failed' || !enable || subJobId === null || jobId === null) return
  await continueAsUpdate(trx, deps, { subJobId, jobId, projectId, serverId, enable }, at)
}

async function endDeletion(deps: LifecycleDeps, trx: Trx, { serverId, state }: Task, at: Date): Promise<void> {
  if (state === 'failed') return
  await takeAddress(deps, trx, serverId, at)
  await deleteServer(trx, serverId)
}

/** One that was given up does not come when the agent is back, hours later, and sessions are on the server. */
async function endReboot(_deps: LifecycleDeps, trx: Trx, { serverId, state }: Task): Promise<void> {
  if (state === 'failed') await withdrawReboot(trx, serverId)
}

/** The image is the server's when its disk is. */
async function keepImage(_deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  const { imageId } = task.request as RebuildRequest
  if (task.state === 'done' && imageId !== undefined) await setImage(trx, task.serverId, imageId, at)
}

/** Nobody is at work on a host that is off. */
async function endSessions(_deps: LifecycleDeps, trx: Trx, { serverId, state }: Task, at: Date): Promise<void> {
  if (state === 'failed') return
  await leaveBoot(trx, serverId)
  await endOtherBoots(trx, serverId, at)
}

async function closeRecord(_deps: LifecycleDeps, trx: Trx, task: Task, at: Date): Promise<void> {
  await endUpgrade(trx, task.subJobId ?? task.id, task.state === 'done' ? 'SUCCESS' : 'FAILED', at)
}
