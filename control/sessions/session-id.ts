import { createHash } from 'node:crypto'

/** What makes a session this one and no other. */
export interface SessionOrigin {
  readonly serverId: string
  readonly bootId: string
  readonly hostSessionId: string
  /** As the host wrote it. */
  readonly startedAt: string
}

/** 32 hex digits. Made of the origin, so that whoever reads a report, however often, gives a session the same id. */
export function sessionIdOf({ serverId, bootId, hostSessionId, startedAt }: SessionOrigin): string {
  const text = JSON.stringify([serverId, bootId, hostSessionId, startedAt])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
