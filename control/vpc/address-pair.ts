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
