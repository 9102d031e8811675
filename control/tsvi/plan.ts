import type { DesiredState, VirtualIp } from '../../contract/agent/desired-state.ts'

/** A subnet as far as a session host must know it. */
export interface Network {
  readonly cidr: string
  readonly gatewayIp: string
}

export interface ManagedUids {
  readonly first: number
  readonly last: number
}

export interface Probe {
  readonly host: string
  readonly port: number
}

/** Tenant and group decide; the request's `enable` does not (contract section 2). */
export function effectiveEnable(tenantAllows: boolean, groupEnable: boolean): boolean {
  return tenantAllows && groupEnable
}

/** Said in the sub-job when the caller asked for something else than what holds; empty when not. */
export function noticeOf(requested: boolean, tenantAllows: boolean, effective: boolean): string {
  if (requested === effective) return ''
  const because = tenantAllows ? 'the server group says so' : 'the tenant configuration does not allow virtual IPs'
  return `enable=${requested} was asked for; virtual IPs are ${effective ? 'on' : 'off'} because ${because}.`
}

/**
 * The block a server shall have: addresses it already uses first, so that running sessions keep theirs, then others
 * it owns, `count` in all.
 */
export function chooseBlock(owned: readonly string[], former: readonly string[], count: number): readonly string[] {
  const ownedSet = new Set(owned)
  const kept = former.filter((address) => ownedSet.has(address))
  const keptSet = new Set(kept)
  const added = owned.filter((address) => !keptSet.has(address))
  return [...kept, ...added].slice(0, count)
}

export function switchedOn(addresses: readonly string[], network: Network, managed_uids: ManagedUids): VirtualIp {
  return { enable: true, addresses: [...addresses], cidr: network.cidr, gateway_ip: network.gatewayIp, managed_uids }
}

export function switchedOff(network: Network, managed_uids: ManagedUids): VirtualIp {
  return { enable: false, addresses: [], cidr: network.cidr, gateway_ip: network.gatewayIp, managed_uids }
}

/** What is known of a server: what the last update that succeeded left, and what its agent was told and has done. */
export interface Standing {
  readonly enable: boolean
  /** An update has failed since. */
  readonly inDoubt: boolean
  readonly current: VirtualIp | null
  /** The agent has applied the newest it was told. */
  readonly isApplied: boolean
}

/**
 * True when the server is already as it shall be, so that nothing is done and nobody is disturbed: the last update
 * left it so and verified it, and the agent has confirmed the block it was told.
 */
export function isInLine(server: Standing, wanted: { readonly enable: boolean; readonly count: number }): boolean {
  const { enable, inDoubt, current, isApplied } = server
  if (inDoubt || !isApplied) return false
  if (enable !== wanted.enable || (current?.enable ?? false) !== wanted.enable) return false
  return (current?.addresses.length ?? 0) === (wanted.enable ? wanted.count : 0)
}

/** Whether a change ends with a reboot, by the policy of the server's group. */
export function rebootsOnChange(rebootPolicy: string): boolean {
  return rebootPolicy !== 'if_needed'
}

/** The part of the desired state that an update writes; the generation is given by the row. */
export type Wish = Omit<DesiredState, 'generation'>
