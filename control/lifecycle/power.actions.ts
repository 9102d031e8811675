import { findAgent } from '#agents'
import type { Actions } from './action.ts'
import { HostRefused, type LifecycleDeps, type MachineDriver } from './deps.ts'
import type { StopRequest } from './power.ts'
import { noteBoot } from './task.store.ts'
import type { Task, TaskEvent } from './task.ts'

export const STOP_ACTIONS: Actions = { stopping: switchOff }

export const START_ACTIONS: Actions = { starting: switchOn, booting: look }

async function switchOff(deps: LifecycleDeps, task: Task): Promise<TaskEvent> {
  const { type } = task.request as StopRequest
  // the first try is as it was asked for; whoever does not end then meets the plug
  try {
    await requireMachines(deps).stop(task.serverId, task.attempt === 1 ? type : 'HARD')
  } catch (error) {
    // a machine that is not there is off
    if (!(error instanceof HostRefused && error.isMissing)) throw error
  }
  return { type: 'acted' }
}

async function switchOn(deps: LifecycleDeps, task: Task): Promise<TaskEvent> {
  await noteBoot(deps.db, task, (await findAgent(deps.db, task.serverId))?.boot_id ?? null)
  await requireMachines(deps).start(task.serverId)
  return { type: 'acted' }
}

/** Up in another boot, or in the one of before: then it was not off at all. */
async function look(deps: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const bootId = (await findAgent(deps.db, task.serverId))?.boot_id ?? null
  if (bootId !== null && bootId !== task.bootId) return { type: 'linked', bootId }
  const { boot_id, running } = await requireMachines(deps).start(task.serverId)
  return running && boot_id === bootId ? { type: 'acted' } : undefined
}

export function requireMachines({ machines }: LifecycleDeps): MachineDriver {
  if (machines) return machines
  throw new HostRefused('there is no compute provider', { isMissing: false, cause: undefined })
}
