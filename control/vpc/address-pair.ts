import type { AddressPair } from '#db'

/**
 * The port's list after our session addresses change from `former` to `wanted`: pairs that are not ours stay as they
 * are and where they are, because an update of a port replaces the whole list.
 */
export function replacePairs(
  current: readonly AddressPair[],
  former: readonly string[],
  wanted: readonly string[],
): AddressPair[] {
  const ours = new Set([...former, ...wanted])
  const foreign = current.filter((pair) => !ours.has(pair.ip_address))
  return [...foreign, ...wanted.map((ip_address) => ({ ip_address }))]
}

/** The session addresses that the port lacks; empty when it is open for all of them. */
export function missingPairs(current: readonly AddressPair[], wanted: readonly string[]): readonly string[] {
  const open = new Set(current.map((pair) => pair.ip_address))
  return wanted.filter((address) => !open.has(address))
}

/** The session address that a new list would take off the port or change; undefined when it leaves all as they are. */
export function findLostPair(
  current: readonly AddressPair[],
  session: readonly string[],
  wanted: readonly AddressPair[],
): string | undefined {
  const ours = new Set(session)
  const kept = new Set(wanted.filter((pair) => pair.mac_address === undefined).map((pair) => pair.ip_address))
  return current.find(({ ip_address }) => ours.has(ip_address) && !kept.has(ip_address))?.ip_address
}

/** The pairs of a new list that the port does not have as they are. */
export function addedPairs(current: readonly AddressPair[], wanted: readonly AddressPair[]): readonly AddressPair[] {
  const isThere = (pair: AddressPair) =>
    current.some((one) => one.ip_address === pair.ip_address && one.mac_address === pair.mac_address)
  return wanted.filter((pair) => !isThere(pair))
}
