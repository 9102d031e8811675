import { type Static, Type } from 'typebox'
import { Ip } from '../ip.ts'
import { NO_NUL } from './messages.ts'

/**
 * The agent's local socket (`agent.sock` in its state directory, mode 0600): HTTP/1.1 with JSON.
 * Whoever starts sessions on the host asks here for an address first.
 *
 *   POST   /sessions               SessionRequest → 200 SessionState, 409 {error} when the block has no free address,
 *                                  503 {error} when virtual IPs are off or not applied yet, or the server is under
 *                                  maintenance; repeating it is harmless
 *   DELETE /sessions/{session_id}  → 204, also when there is none
 *   GET    /status                 → 200 AgentStatus
 */
export const SessionRequest = Type.Object(
  {
    session_id: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_.-]+$' }),
    user_name: Type.String({ minLength: 1, maxLength: 64, pattern: NO_NUL }),
    uid: Type.Integer({ minimum: 1, maximum: 4294967294 }),
    /** Where the user's client connects from, where that is known. */
    client_ip: Type.Optional(Ip),
  },
  { additionalProperties: false },
)
export type SessionRequest = Static<typeof SessionRequest>

export const AgentStatus = Type.Object({
  server_id: Type.String(),
  boot_id: Type.String(),
  agent_version: Type.String(),
  linked: Type.Boolean(),
  applied_generation: Type.Integer(),
  enable: Type.Boolean(),
  addresses_total: Type.Integer(),
  addresses_used: Type.Integer(),
})
export type AgentStatus = Static<typeof AgentStatus>
