import { beginUpgrade, findAgentVersion, tellUpgrade } from '#agents'
import type { Actions } from './action.ts'
import type { LifecycleDeps } from './deps.ts'
import type { Task, TaskEvent } from './task.ts'
import type { UpgradeRequest } from './upgrade.ts'

export const UPGRADE_ACTIONS: Actions = {
  upgrading_access_agent: tell,
  restarting_agent: look,
  checking_agent: check,
}

async function tell({ db, clock }: LifecycleDeps, task: Task): Promise<TaskEvent> {
  const { targetVersion } = task.request as UpgradeRequest
  const id = task.subJobId ?? task.id
  const version = await beginUpgrade(db, { id, serverId: task.serverId, targetVersion }, clock.now())
  if (version === targetVersion) return { type: 'impossible' }
  await tellUpgrade(db, id, clock.now())
  return { type: 'acted' }
}

/** The agent may have come back before the task came to wait for it. */
async function look(deps: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  return (await isUpgraded(deps, task)) ? { type: 'acted' } : undefined
}

async function check(deps: LifecycleDeps, task: Task): Promise<TaskEvent> {
  return (await isUpgraded(deps, task)) ? { type: 'acted' } : { type: 'impossible' }
}

async function isUpgraded({ db }: LifecycleDeps, { serverId, request }: Task): Promise<boolean> {
  return (await findAgentVersion(db, serverId)) === (request as UpgradeRequest).targetVersion
}
