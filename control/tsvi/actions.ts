import { secondsAfter } from '#kernel'
import { claimAddresses, PortRefused, releaseAddresses } from '#vpc'
import type { TsviDeps } from './deps.ts'
import { chooseBlock, isInLine, switchedOff, switchedOn, type Wish } from './plan.ts'
import type { Target } from './target.ts'
import { noteFormer, tellAgent } from './update.store.ts'
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
  const wanted = { enable: update.enable, count: target.count }
  const inLine = isInLine({ enable: target.server.ip_virtual_enable }, target.current, wanted)
  return { type: inLine ? 'unchanged' : 'changed' }
}

/** Claims what is missing to the server's block; a claim that was made before a crash counts. */
async function reserve(deps: TsviDeps, update: Update, { owned, count, subnet }: Target): Promise<UpdateEvent> {
  const needed = Math.max(0, count - owned.length)
  const claimed = await claimAddresses(deps.db, {
    subnetId: subnet.id,
    ownerId: update.serverId,
    kind: 'session',
    count: needed,
    at: deps.clock.now(),
  })
  if ('free' in claimed) return { type: 'exhausted', subnetId: subnet.id, free: claimed.free, needed }
  return { type: 'reserved' }
}

function openPort(deps: TsviDeps, _update: Update, target: Target): Promise<UpdateEvent> {
  return setPort(deps, target, target.owned)
}

async function setPort(deps: TsviDeps, target: Target, wanted: readonly string[]): Promise<UpdateEvent> {
  const portId = target.server.port_id
  try {
    await deps.ports.setSessionAddresses({ portId, former: target.owned, wanted })
    return { type: 'port_set' }
  } catch (error) {
    if (!(error instanceof PortRefused)) throw error
    return { type: 'port_refused', portId, detail: error.message }
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

/** What the server owns and its agent no longer uses: off the port first, then into quarantine. */
export async function release(
  deps: Pick<TsviDeps, 'db' | 'clock' | 'ports' | 'quarantineSeconds'>,
  update: Pick<Update, 'serverId'>,
  target: Target,
): Promise<UpdateEvent> {
  const used = new Set(target.current?.addresses ?? [])
  const kept = target.owned.filter((address) => used.has(address))
  const surplus = target.owned.filter((address) => !used.has(address))
  const portId = target.server.port_id
  try {
    await deps.ports.setSessionAddresses({ portId, former: target.owned, wanted: kept })
  } catch (error) {
    if (!(error instanceof PortRefused)) throw error
    return { type: 'port_refused', portId, detail: error.message }
  }
  const now = deps.clock.now()
  await releaseAddresses(deps.db, update.serverId, surplus, now, secondsAfter(now, deps.quarantineSeconds))
  return { type: 'port_set' }
}

function probeOf(deps: TsviDeps, update: Update): Wish['probe'] {
  return update.enable ? deps.probe : null
}
