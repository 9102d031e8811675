import { type Static, Type } from 'typebox'
import { Ip } from '../ip.ts'

/**
 * The local compute provider is a process of its own (it must outlive a control plane that dies), reached through a
 * Unix socket: HTTP/1.1 with JSON. Every call may be repeated.
 *
 *   GET    /status                      → 200 ComputeStatus
 *   PUT    /machines/{server_id}        MachineSpec → 200 Machine    makes and boots it, or leaves it as it is
 *   GET    /machines                    → 200 Machine[]
 *   POST   /machines/{server_id}/reset  → 200 Machine                 hard reboot: pull the plug, boot again
 *   POST   /machines/{server_id}/start  → 200 Machine                 boots one that is off, or leaves it as it is
 *   POST   /machines/{server_id}/stop   StopSpec → 200 Machine        off until it is started; its disk stays
 *   POST   /machines/{server_id}/rebuild RebuildSpec → 200 Machine    a new disk: whatever was on the old one is gone
 *   POST   /machines/{server_id}/reboot → 202                         soft reboot, asked for by the machine itself
 *   DELETE /machines/{server_id}        → 204
 *   POST   /machines/{server_id}/sessions             SessionSpec → 200 {virtual_ip}   a user logs in
 *   POST   /machines/{server_id}/sessions/{id}/connect {host, port} → 200 Sighting     what the licence server saw
 *   DELETE /machines/{server_id}/sessions/{id}        → 204
 *   PUT    /licence-server              LicenceServerSpec → 200 {host, port}
 *
 * Failures are 4xx/5xx with `{error}`.
 */
export const MachineSpec = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    /** The address of the machine's own NIC inside the subnet. */
    address: Ip,
    cidr: Type.String(),
    gateway_ip: Ip,
    join_token: Type.String({ maxLength: 2048 }),
  },
  { additionalProperties: false },
)
export type MachineSpec = Static<typeof MachineSpec>

export const StopSpec = Type.Object(
  {
    /** SOFT asks the processes to end and waits for a few seconds first; HARD pulls the plug. */
    type: Type.Enum(['SOFT', 'HARD']),
  },
  { additionalProperties: false },
)
export type StopSpec = Static<typeof StopSpec>

export const RebuildSpec = Type.Object(
  {
    /** For the agent of the new disk. A machine whose disk was made with this very token is left as it is. */
    join_token: Type.String({ minLength: 1, maxLength: 2048 }),
  },
  { additionalProperties: false },
)
export type RebuildSpec = Static<typeof RebuildSpec>

export const HostKind = Type.Enum(['netns', 'memory'])
export type HostKind = Static<typeof HostKind>

export const Machine = Type.Object({
  server_id: Type.String(),
  kind: HostKind,
  /** Empty while it is off. */
  boot_id: Type.String(),
  running: Type.Boolean(),
})
export type Machine = Static<typeof Machine>

export const ComputeStatus = Type.Object({
  kind: HostKind,
  /** Why `netns` was not possible, null when it is or was not wanted. */
  reason: Type.Union([Type.Null(), Type.String()]),
  /** The subnet that the provider's network carries. */
  cidr: Type.String(),
  gateway_ip: Type.String(),
  /** Where a control plane on this machine must listen for the agents of these machines. */
  agent_listen_host: Type.String(),
})
export type ComputeStatus = Static<typeof ComputeStatus>

export const SessionSpec = Type.Object(
  {
    session_id: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_.-]+$' }),
    user_name: Type.String({ minLength: 1, maxLength: 64 }),
    uid: Type.Integer({ minimum: 1, maximum: 4294967294 }),
  },
  { additionalProperties: false },
)
export type SessionSpec = Static<typeof SessionSpec>

export const LicenceServerSpec = Type.Object({ address: Ip })
export type LicenceServerSpec = Static<typeof LicenceServerSpec>

/** What the far end saw of one session, by TCP and by UDP. */
export const Sighting = Type.Object({
  tcp: Type.Union([Type.Null(), Type.String()]),
  udp: Type.Union([Type.Null(), Type.String()]),
  detail: Type.String(),
})
export type Sighting = Static<typeof Sighting>
