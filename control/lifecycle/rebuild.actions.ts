import { findAgent, voidJoinTokens } from '#agents'
import { updateSessionCount } from '#fleet'
import { endOtherBoots } from '#sessions'
import type { Actions } from './action.ts'
import { type LifecycleDeps, requireMachines } from './deps.ts'
import { look } from './reboot.actions.ts'
import { noteFormer, tellAgentAndNote, voidFormerKey } from './task.store.ts'
import type { Task, TaskEvent } from './task.ts'

export const REBUILD_ACTIONS: Actions = {
  rebuilding: replaceDisk,
  rebuild_spawning: look,
  rebuild_block_device_mapping: configure,
}

/**
 * Every token that was not used is void before one is made for the disk to come: whatever an earlier try left half done
 * can no longer enrol. The old key is void when the provider has taken the old disk, and not before: a server that it
 * leaves as it was keeps its agent. The sessions of the old disk end before the task moves on. A repeat makes another new disk, on which nothing was yet.
 */
async function replaceDisk(deps: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const { db, clock, createJoinToken } = deps
  const machines = requireMachines(deps)
  const former = await noteFormer(db, task)
  if (!former) return undefined
  await voidJoinTokens(db, task.serverId)
  await machines.rebuild(task.serverId, await createJoinToken(task.serverId))
  if (former.key !== null) await voidFormerKey(db, task, former.key)
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
