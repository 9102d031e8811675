/** Words for what the agent keeps in the network stack of its host. All of it is marked as ours, so that it can be
 * found and removed without memory. */

export type UidRange = { readonly first: number; readonly last: number }
export type Family = 4 | 6
/** A user and the one address that user's packets may carry. */
export type Owner = { readonly uid: number; readonly address: string }

/** What shall be: everything not in it goes away. */
export type SessionIpPlan = {
  readonly cidr: string
  readonly gateway: string
  /** Users that have a session address or no network at all. */
  readonly managed: UidRange
  /** All addresses of the server, whether used or not: nobody but an owner sends from one. */
  readonly block: readonly string[]
  readonly owners: readonly Owner[]
  /** On the NIC, but nobody's: for the probe. */
  readonly bare: readonly string[]
}

export type UidRule = { readonly uid: number; readonly table: number }
export type NicAddress = { readonly address: string; readonly nic: string }
export type RouteKind = 'unreachable' | 'on-link' | 'gateway'
export type TableRoute = {
  readonly table: number
  readonly kind: RouteKind
  /** `default` or a CIDR. */
  readonly to: string
  readonly nic: string | undefined
  readonly source: string | undefined
  readonly gateway: string | undefined
}

export type Guard = {
  /** False when the rules in it are not, or not surely, those of this version. */
  readonly current: boolean
  readonly managed: UidRange | undefined
  readonly pairs: readonly Owner[]
  readonly block: readonly string[]
}

/** What is there and is ours, read from the system. */
export type KernelState = {
  readonly catchAlls: readonly { readonly family: Family; readonly uids: UidRange }[]
  readonly uidRules: readonly UidRule[]
  readonly routes: readonly TableRoute[]
  readonly addresses: readonly NicAddress[]
  readonly guard: Guard | undefined
}

export const EMPTY_KERNEL: KernelState = { catchAlls: [], uidRules: [], routes: [], addresses: [], guard: undefined }

const FIRST_TABLE = 100_000

/** Routing tables have 32-bit numbers. */
export const HIGHEST_UID = 4_294_967_294 - FIRST_TABLE

export function tableOf(uid: number): number {
  return FIRST_TABLE + uid
}

export function isOurTable(table: number): boolean {
  return table >= FIRST_TABLE
}
