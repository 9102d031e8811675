import * as compute from '../../contract/compute/client.ts'
import type { Sighting } from '../../contract/compute/machine.ts'

/** Two people who work on each server. */
const USERS = [
  { user_name: 'alice', uid: 20_001 },
  { user_name: 'bob', uid: 20_002 },
] as const

export interface Seen {
  readonly serverId: string
  readonly userName: string
  /** The address the agent gave the session. */
  readonly virtualIp: string
  readonly sighting: Sighting
}

export interface FarEnd {
  readonly host: string
  readonly port: number
}

/** Logs two users in on every server and lets each call the licence server, by TCP and by UDP. */
export async function openSessions(
  socketPath: string,
  serverIds: readonly string[],
  farEnd: FarEnd,
): Promise<readonly Seen[]> {
  const sessions = serverIds.flatMap((serverId) => USERS.map((user) => ({ serverId, user })))
  return Promise.all(
    sessions.map(async ({ serverId, user }) => {
      const session_id = `demo-${user.user_name}`
      const { virtual_ip: virtualIp } = await compute.openSession(socketPath, serverId, { session_id, ...user })
      const sighting = await compute.connect(socketPath, serverId, session_id, farEnd)
      return { serverId, userName: user.user_name, virtualIp, sighting }
    }),
  )
}

/** True when every session was seen under the address it was given, and no two under the same. */
export function isProven(seen: readonly Seen[]): boolean {
  const distinct = new Set(seen.map((one) => one.virtualIp)).size === seen.length
  return distinct && seen.length > 0 && seen.every(isOwn)
}

export function isOwn({ virtualIp, sighting }: Seen): boolean {
  return sighting.tcp === virtualIp && sighting.udp === virtualIp
}
