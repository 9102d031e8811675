import { disownAgent } from '#agents'
import { findHost } from '#fleet'
import { markLeaving, PortRefused } from '#vpc'
import type { Actions } from './action.ts'
import type { LifecycleDeps } from './deps.ts'
import type { Task, TaskEvent } from './task.ts'

export const DELETE_ACTIONS: Actions = { ending_host: endHost, freeing_addresses: closePort }

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
