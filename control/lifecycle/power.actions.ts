import { findAgent } from '#agents'
import type { Actions } from './action.ts'
import { makeMachine } from './create.actions.ts'
import { HostRefused, type LifecycleDeps, requireMachines } from './deps.ts'
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
  try {
    await requireMachines(deps).start(task.serverId)
  } catch (error) {
    // it went with its provider: made anew, its agent enrols once more
    if (!(error instanceof HostRefused && error.isMissing)) throw error
    await makeMachine(deps, task.serverId)
  }
  return { type: 'acted' }
}

/** Up in another boot, or in the one of before: then it was not off at all. */
async function look(deps: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const bootId = (await findAgent(deps.db, task.serverId))?.boot_id ?? null
  if (bootId !== null && bootId !== task.bootId) return { type: 'linked', bootId }
  const { boot_id, running } = await requireMachines(deps).start(task.serverId)
  return running && boot_id === bootId ? { type: 'acted' } : undefined
}
