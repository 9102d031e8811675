import { type Static, Type } from 'typebox'
import { Ip } from '../ip.ts'

/**
 * What the control plane wants of one app server, whole. It is a level, not an edge: sent again after every
 * reconnect, applied again without harm. `generation` grows with every change of any part of it.
 */
export const VirtualIp = Type.Object(
  {
    enable: Type.Boolean(),
    /** The server's own block; empty when `enable` is false. */
    addresses: Type.Array(Ip, { maxItems: 1024 }),
    /** CIDR of the subnet the block lies in, e.g. `10.1.0.0/16`. */
    cidr: Type.String({ minLength: 9, maxLength: 49 }),
    gateway_ip: Ip,
    /** Users whose sessions are managed: they have a session address or no network at all. */
    managed_uids: Type.Object({
      first: Type.Integer({ minimum: 1, maximum: 4294967294 }),
      last: Type.Integer({ minimum: 1, maximum: 4294967294 }),
    }),
  },
  { additionalProperties: false },
)
export type VirtualIp = Static<typeof VirtualIp>

export const DesiredState = Type.Object(
  {
    generation: Type.Integer({ minimum: 0 }),
    virtual_ip: VirtualIp,
    /** Reboot once, if the boot id is still this one: after the reboot it is not, so a repeat does nothing. */
    reboot: Type.Union([Type.Null(), Type.Object({ if_boot_id: Type.String({ minLength: 1, maxLength: 64 }) })]),
    /** Open one TCP connection from the first address of the block and report the address the far end saw. */
    probe: Type.Union([
      Type.Null(),
      Type.Object({
        host: Type.String({ minLength: 1, maxLength: 255 }),
        port: Type.Integer({ minimum: 1, maximum: 65535 }),
      }),
    ]),
  },
  { additionalProperties: false },
)
export type DesiredState = Static<typeof DesiredState>
