/** IPv4 arithmetic; addresses are unsigned 32-bit numbers. */
export type Network = { readonly base: number; readonly bits: number }

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = value * 256 + Number(part)
  }
  return value
}

export function parseNetwork(cidr: string): Network | undefined {
  const [address, prefix, rest] = cidr.split('/')
  if (address === undefined || prefix === undefined || rest !== undefined) return undefined
  const value = parseIpv4(address)
  if (value === undefined || !/^[0-9]{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined
  const size = 2 ** (32 - Number(prefix))
  return { base: Math.floor(value / size) * size, bits: Number(prefix) }
}

export function isWithin(network: Network, address: string): boolean {
  const value = parseIpv4(address)
  return value !== undefined && value >= network.base && value < network.base + 2 ** (32 - network.bits)
}
