import { disownAgent, findAgent } from '#agents'
import { updateSessionCount } from '#fleet'
import { endOtherBoots } from '#sessions'
import type { Actions } from './action.ts'
import { type LifecycleDeps, requireMachines } from './deps.ts'
import { look } from './reboot.actions.ts'
import { noteBoot, tellAgentAndNote } from './task.store.ts'
import type { Task, TaskEvent } from './task.ts'

export const REBUILD_ACTIONS: Actions = {
  rebuilding: replaceDisk,
  rebuild_spawning: look,
  rebuild_block_device_mapping: configure,
}

/**
 * First the old key and every token that was not used are void, then a token is made for the disk to come: whatever an
 * earlier try left half done can no longer enrol. The sessions of the old disk end before the task moves on. A repeat
 * makes another new disk, on which nothing was yet.
 */
async function replaceDisk(deps: LifecycleDeps, task: Task): Promise<TaskEvent> {
  const { db, clock, createJoinToken } = deps
  const machines = requireMachines(deps)
  await noteBoot(db, task, (await findAgent(db, task.serverId))?.boot_id ?? null)
  await disownAgent(db, task.serverId)
  await machines.rebuild(task.serverId, await createJoinToken(task.serverId))
  await db.transaction().execute(async (trx) => {
    await endOtherBoots(trx, task.serverId, clock.now())
    await updateSessionCount(trx, task.serverId, 0)
  })
  return { type: 'acted' }
}

/** The new agent is given what the old one had, under a new generation. One that never had anything is ready as it is. */
async function configure(deps: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const agent = await findAgent(deps.db, task.serverId)
  if (!agent?.desired) return { type: 'acted' }
  const { virtual_ip } = agent.desired
  const probe = virtual_ip.enable ? deps.probe : null
  await tellAgentAndNote(deps.db, task, { virtual_ip, reboot: null, probe })
  return undefined
}
