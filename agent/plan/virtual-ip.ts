import type { VirtualIp } from '../../contract/agent/desired-state.ts'
import { isWithin, parseIpv4, parseNetwork } from './cidr.ts'
import type { SessionIpPlan } from './kernel-state.ts'
import { HIGHEST_UID } from './kernel-state.ts'
import type { Assignment } from './ledger.ts'

/** Says why this cannot be applied although it fits the schema, undefined when it can. */
export function problemOf(virtualIp: VirtualIp): string | undefined {
  if (!virtualIp.enable) return undefined
  const { addresses, cidr, gateway_ip, managed_uids } = virtualIp
  const network = parseNetwork(cidr)
  if (network === undefined) return `cidr ${cidr} is not an IPv4 network`
  if (!isWithin(network, gateway_ip)) return `gateway ${gateway_ip} lies outside ${cidr}`
  const foreign = addresses.find((address) => parseIpv4(address) === undefined || !isWithin(network, address))
  if (foreign !== undefined) return `address ${foreign} lies outside ${cidr}`
  if (addresses.includes(gateway_ip)) return `address ${gateway_ip} is the gateway's`
  if (new Set(addresses).size !== addresses.length) return 'an address stands twice in the block'
  if (managed_uids.first > managed_uids.last) return `uids ${managed_uids.first}-${managed_uids.last} are no range`
  if (managed_uids.last > HIGHEST_UID) return `uid ${managed_uids.last} is above ${HIGHEST_UID}`
  return undefined
}

/** Is the session still one this server may have? */
export function isServed(virtualIp: VirtualIp, assignment: Assignment): boolean {
  const { enable, addresses, managed_uids } = virtualIp
  if (!enable || !addresses.includes(assignment.virtual_ip)) return false
  return assignment.uid >= managed_uids.first && assignment.uid <= managed_uids.last
}

export function planSessionIps(
  virtualIp: VirtualIp,
  assignments: readonly Assignment[],
  probeAddress: string | undefined,
): SessionIpPlan {
  const owners = assignments
    .filter((assignment) => !assignment.ending)
    .map(({ uid, virtual_ip }) => ({ uid, address: virtual_ip }))
  const bare = probeAddress !== undefined && owners.every((owner) => owner.address !== probeAddress)
  return {
    cidr: virtualIp.cidr,
    gateway: virtualIp.gateway_ip,
    managed: virtualIp.managed_uids,
    block: virtualIp.addresses,
    owners,
    bare: bare ? [probeAddress] : [],
  }
}
