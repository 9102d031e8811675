import { findAgent } from '#agents'
import type { Actions } from './action.ts'
import type { LifecycleDeps } from './deps.ts'
import { noteBoot, tellAgent } from './task.store.ts'
import type { Task, TaskEvent } from './task.ts'

export const REBOOT_ACTIONS: Actions = {
  reboot_pending: note,
  reboot_started: ask,
  rebooting: look,
  reboot_pending_hard: note,
  reboot_started_hard: reset,
  rebooting_hard: look,
}

async function note({ db }: LifecycleDeps, task: Task): Promise<TaskEvent> {
  await noteBoot(db, task, (await findAgent(db, task.serverId))?.boot_id ?? null)
  return { type: 'acted' }
}

/** The agent reboots its host, if that is still in the boot it was in. One that was never told anything cannot be asked. */
async function ask({ db }: LifecycleDeps, task: Task): Promise<TaskEvent> {
  const agent = await findAgent(db, task.serverId)
  if (!agent?.desired || task.bootId === null) return { type: 'impossible' }
  const { virtual_ip } = agent.desired
  await tellAgent(db, task, { virtual_ip, reboot: { if_boot_id: task.bootId }, probe: null })
  return { type: 'acted' }
}

async function reset(deps: LifecycleDeps, task: Task): Promise<TaskEvent> {
  const linked = await look(deps, task)
  if (linked) return linked
  if (deps.machines === null) return { type: 'impossible' }
  await deps.machines.reset(task.serverId)
  return { type: 'acted' }
}

/** The agent may have linked before the task came to wait for it. */
export async function look({ db }: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const bootId = (await findAgent(db, task.serverId))?.boot_id ?? null
  return bootId === null || bootId === task.bootId ? undefined : { type: 'linked', bootId }
}
