import { disownAgent, findAgent } from '#agents'
import { findHost } from '#fleet'
import { markLeaving, PortRefused } from '#vpc'
import type { Actions } from './action.ts'
import type { LifecycleDeps } from './deps.ts'
import { tellAgentAndNote } from './task.store.ts'
import type { Task, TaskEvent } from './task.ts'

export const DELETE_ACTIONS: Actions = {
  clearing_host: clearHost,
  ending_host: endHost,
  freeing_addresses: closePort,
}

/** The agent drops its addresses; one that has none, or no key, has nothing to be waited for. */
async function clearHost({ db }: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const agent = await findAgent(db, task.serverId)
  if (!agent?.public_key || !agent.desired) return { type: 'acted' }
  const { virtual_ip, generation } = agent.desired
  if (!virtual_ip.enable && agent.applied_generation >= generation) return { type: 'acted' }
  const off = { ...virtual_ip, enable: false, addresses: [] }
  await tellAgentAndNote(db, task, { virtual_ip: off, reboot: null, probe: null })
  return undefined
}

/** The key first: whatever becomes of the host, it never links as this server again. */
async function endHost({ db, machines }: LifecycleDeps, { serverId }: Task): Promise<TaskEvent> {
  await disownAgent(db, serverId)
  await machines?.remove(serverId)
  return { type: 'acted' }
}

/** The port is closed for all its session addresses before they, the port and the server go together. */
async function closePort({ db, clock, ports }: LifecycleDeps, { serverId }: Task): Promise<TaskEvent> {
  const host = await findHost(db, serverId)
  if (!host) return { type: 'acted' }
  await db.transaction().execute((trx) => markLeaving(trx, serverId, [], clock.now()))
  try {
    await ports.setSessionAddresses({ portId: host.portId, ownerId: serverId })
  } catch (error) {
    // a creation that failed has no port; whatever else a network may say, the port itself goes next
    if (!(error instanceof PortRefused)) throw error
  }
  return { type: 'acted' }
}
