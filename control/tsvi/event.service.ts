import { findAgent } from '#agents'
import { holdServer, listServerTargets } from '#fleet'
import { markLeaving } from '#vpc'
import type { Observed } from '../../contract/agent/messages.ts'
import { releaseLeaving } from './actions.ts'
import type { TsviDeps } from './deps.ts'
import { drive } from './drive.service.ts'
import { moveOn } from './move.service.ts'
import { ownsMoreThanTold } from './surplus.view.ts'
import { readTarget, type Target } from './target.ts'
import { findRunningUpdate } from './update.store.ts'
import type { Update, UpdateEvent } from './update.ts'

/**
 * An agent proved itself: its server is up, in this boot. Where that changes nothing, the process that had its last link
 * may have died between a step and what it asks for: that is done again.
 */
export async function onLinked(deps: TsviDeps, serverId: string, bootId: string): Promise<void> {
  const update = await findRunningUpdate(deps.db, serverId)
  if (update) await drive(deps, (await moveOn(deps, update, { type: 'linked', bootId }, 'caller')) ?? update)
}

export async function onObserved(deps: TsviDeps, observed: Observed): Promise<void> {
  const update = await findRunningUpdate(deps.db, observed.server_id)
  if (!update) return releaseSurplus(deps, observed)
  const event = await observationOf(deps, update, observed)
  const moved = await moveOn(deps, update, event, 'caller')
  // the report that shows a reboot is also the one that verifies it
  const isVerified = moved?.state === 'verifying' && update.state === 'rebooting'
  await drive(deps, isVerified ? await moveOn(deps, moved, event, 'caller') : moved)
}

async function observationOf(deps: TsviDeps, update: Update, observed: Observed): Promise<UpdateEvent> {
  const { generation, boot_id: bootId, error } = observed
  const isConfiguring = update.state === 'configuring'
  const rebootNeeded = !isConfiguring || (await needsReboot(deps, update))
  const hasSurplus = !isConfiguring && (await ownsMoreThanTold(deps.db, update.serverId))
  const probe = deps.probe === null || !update.enable ? 'not_asked' : (observed.probe ?? 'not_yet')
  return { type: 'observed', generation, bootId, error, probe, rebootNeeded, hasSurplus }
}

async function needsReboot(deps: TsviDeps, update: Update): Promise<boolean> {
  const [server] = await listServerTargets(deps.db, update.projectId, [update.serverId])
  // a server that is being created has had nothing else in its first boot
  return server?.reboot_policy !== 'if_needed' && server?.job_type !== 'CREATE_SERVER'
}

/**
 * Without an update under way, an agent that has applied its newest desired state uses nothing beside it: what the
 * server still owns was left by an update that failed while the agent was away.
 */
async function releaseSurplus(deps: TsviDeps, { server_id: serverId, generation, error }: Observed): Promise<void> {
  if (error !== null) return
  const target = await findIdleTarget(deps, serverId)
  if (!target || target.agent.generation !== generation) return
  if (target.owned.length <= (target.current?.addresses.length ?? 0)) return
  if (!(await retireIdle(deps, serverId, generation))) return
  deps.log.info({ serverId }, 'addresses left by a failed update are released')
  await releaseLeaving(deps, target)
}

async function findIdleTarget({ db }: TsviDeps, serverId: string): Promise<Target | undefined> {
  const server = await db
    .selectFrom('fleet.server')
    .select('project_id')
    .where('id', '=', serverId)
    .where('task_status', '=', 'updating_tsvi_failed')
    .executeTakeFirst()
  return server && readTarget(db, { projectId: server.project_id, serverId })
}

/** Marks what the agent does not use as leaving, while the server's row is held and no update can begin. */
function retireIdle({ db, clock }: TsviDeps, serverId: string, generation: number): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const idle = await holdServer(trx, serverId, 'updating_tsvi_failed')
    const agent = idle ? await findAgent(trx, serverId) : undefined
    if (agent?.desired?.generation !== generation) return false
    await markLeaving(trx, serverId, agent.desired.virtual_ip.addresses, clock.now())
    return true
  })
}
