import { secondsAfter } from '#kernel'
import { type PortDriver, PortRefused, releaseAddresses } from '#vpc'
import type { TsviDeps } from './deps.ts'
import { chooseBlock, isInLine, switchedOff, switchedOn, type Wish } from './plan.ts'
import { standingOf, type Target } from './target.ts'
import { noteFormer, reserveAddresses, retireAddresses, tellAgent } from './update.store.ts'
import type { Update, UpdateEvent, UpdateState } from './update.ts'

/** What a state does when it is entered, and again after a crash; the event it leads to, or none: then it waits. */
type Action = (deps: TsviDeps, update: Update, target: Target) => Promise<UpdateEvent | undefined>

const ACTIONS: Readonly<Record<UpdateState, Action>> = {
  planned: plan,
  reserving: reserve,
  opening_port: openPort,
  configuring: configure,
  rebooting: reboot,
  verifying: verify,
  undoing: undo,
  releasing: release,
  done: async () => undefined,
  failed: async () => undefined,
}

export function runAction(deps: TsviDeps, update: Update, target: Target): Promise<UpdateEvent | undefined> {
  return ACTIONS[update.state](deps, update, target)
}

async function plan(deps: TsviDeps, update: Update, target: Target): Promise<UpdateEvent> {
  await noteFormer(deps.db, update, target.current)
  const isLeft = isInLine(standingOf(target), { enable: update.enable, count: target.count })
  return { type: isLeft ? 'unchanged' : 'changed' }
}

/** Claims what is missing to the server's block; a claim that was made before a crash counts. */
async function reserve(deps: TsviDeps, update: Update, { count, subnet }: Target): Promise<UpdateEvent | undefined> {
  const reserved = await reserveAddresses(deps.db, update, { subnetId: subnet.id, count, at: deps.clock.now() })
  if (reserved === undefined) return undefined
  return reserved === 'claimed' ? { type: 'reserved' } : { type: 'exhausted', subnetId: subnet.id, ...reserved }
}

async function openPort(deps: TsviDeps, _update: Update, target: Target): Promise<UpdateEvent> {
  return (await setPort(deps, target)).event
}

type PortEvent = Extract<UpdateEvent, { type: 'port_set' | 'port_refused' }>
type Closed = Awaited<ReturnType<PortDriver['setSessionAddresses']>>

async function setPort(
  { ports }: Pick<TsviDeps, 'ports'>,
  { server: { id: ownerId, port_id: portId } }: Pick<Target, 'server'>,
): Promise<{ readonly event: PortEvent; readonly closed: Closed }> {
  try {
    return { event: { type: 'port_set' }, closed: await ports.setSessionAddresses({ portId, ownerId }) }
  } catch (error) {
    if (!(error instanceof PortRefused)) throw error
    return { event: { type: 'port_refused', portId, detail: error.message }, closed: [] }
  }
}

async function configure(deps: TsviDeps, update: Update, target: Target): Promise<undefined> {
  const { subnet, owned, count } = target
  const block = chooseBlock(owned, update.former?.addresses ?? [], count)
  const virtual_ip = update.enable ? switchedOn(block, subnet, deps.managedUids) : switchedOff(subnet, deps.managedUids)
  await tellAgent(deps.db, update, { virtual_ip, reboot: null, probe: null })
}

/** First try: the agent reboots its host, if that is still in the boot it was in. Second: the plug. */
async function reboot(deps: TsviDeps, update: Update, target: Target): Promise<UpdateEvent | undefined> {
  const { boot_id: bootId, desired } = target.agent
  if (desired === null) throw new Error(`server ${update.serverId} is to reboot without a desired state`)
  if (update.bootId !== null && bootId !== null && bootId !== update.bootId) return { type: 'linked', bootId }
  if (update.attempt > 1) {
    await deps.power.hardReboot(update.serverId)
    return undefined
  }
  const before = update.bootId ?? bootId ?? ''
  const virtual_ip = desired.virtual_ip
  const reboot = { if_boot_id: before }
  await tellAgent(deps.db, update, { virtual_ip, reboot, probe: probeOf(deps, update) }, before)
  return undefined
}

/** Without a reboot, and to try again. */
async function verify(deps: TsviDeps, update: Update, target: Target): Promise<undefined> {
  const virtual_ip = target.agent.desired?.virtual_ip ?? switchedOff(target.subnet, deps.managedUids)
  await tellAgent(deps.db, update, { virtual_ip, reboot: null, probe: probeOf(deps, update) })
}

async function undo(deps: TsviDeps, update: Update, target: Target): Promise<undefined> {
  const virtual_ip = update.former ?? switchedOff(target.subnet, deps.managedUids)
  await tellAgent(deps.db, update, { virtual_ip, reboot: null, probe: null })
}

/**
 * What the server owns and its agent no longer uses leaves; nothing leaves when the update has moved on. An agent that
 * has not confirmed what it was told last, by this update or an earlier one, may use more than that: then all stays.
 */
async function release(deps: TsviDeps, update: Update, target: Target): Promise<UpdateEvent> {
  const { agent, current } = target
  if (agent.applied_generation === agent.generation) {
    await retireAddresses(deps.db, update, current?.addresses ?? [], deps.clock.now())
  }
  return releaseLeaving(deps, target)
}

/** What is leaving goes off the port first, then into quarantine. */
export async function releaseLeaving(
  deps: Pick<TsviDeps, 'db' | 'clock' | 'ports' | 'quarantineSeconds'>,
  target: Pick<Target, 'server'>,
): Promise<PortEvent> {
  const { event, closed } = await setPort(deps, target)
  const now = deps.clock.now()
  await releaseAddresses(deps.db, target.server.id, closed, now, secondsAfter(now, deps.quarantineSeconds))
  return event
}

function probeOf(deps: TsviDeps, update: Update): Wish['probe'] {
  return update.enable ? deps.probe : null
}
