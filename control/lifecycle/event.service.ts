import type { Observed } from '../../contract/agent/messages.ts'
import type { LifecycleDeps } from './deps.ts'
import { drive } from './drive.service.ts'
import { moveOn } from './move.service.ts'
import { findRunningTask } from './task.store.ts'
import type { TaskEvent } from './task.ts'

/** An agent proved itself: the task that is under way on its server may have waited for it. */
export function onTaskLinked(deps: LifecycleDeps, serverId: string, bootId: string): Promise<void> {
  return take(deps, serverId, { type: 'linked', bootId })
}

export function onTaskObserved(deps: LifecycleDeps, observed: Observed): Promise<void> {
  const { server_id, generation, boot_id: bootId, error } = observed
  const probe = observed.probe ?? 'not_yet'
  return take(deps, server_id, { type: 'observed', generation, bootId, error, probe })
}

async function take(deps: LifecycleDeps, serverId: string, event: TaskEvent): Promise<void> {
  const task = await findRunningTask(deps.db, serverId)
  if (task) await drive(deps, await moveOn(deps, task, event, 'caller'))
}
