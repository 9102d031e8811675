import { PREFIX_LIMITS, RESERVED_AT_END } from './address-block.ts'

/** A block of IPv4 addresses: first and last as numbers. */
export interface Block {
  readonly prefix: number
  readonly first: number
  readonly last: number
}

/** The ranges that the API lets a VPC be cut from. */
const RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] as const

/** Undefined for what is no address. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** `a.b.c.d/n`; undefined when it is none, or when the address is not the first of its block. */
export function parseBlock(cidr: string): Block | undefined {
  const [address = '', length = ''] = cidr.split('/')
  const first = parseAddress(address)
  const prefix = Number(length)
  if (first === undefined || !/^(0|[1-9]\d?)$/.test(length) || prefix > 32) return undefined
  const size = 2 ** (32 - prefix)
  return first % size === 0 ? { prefix, first, last: first + size - 1 } : undefined
}

/** An address or a block, as a pair of a port may name. */
export function parsePlace(text: string): Block | undefined {
  return parseBlock(text.includes('/') ? text : `${text}/32`)
}

export function holds(outer: Block, inner: Pick<Block, 'first' | 'last'>): boolean {
  return outer.first <= inner.first && inner.last <= outer.last
}

export function overlaps(one: Block, other: Block): boolean {
  return one.first <= other.last && other.first <= one.last
}

/** What is wrong with the block of a VPC; undefined when nothing is. */
export function findVpcFault(cidr: string): string | undefined {
  const block = parseBlock(cidr)
  if (!block) return `cidr ${cidr} is no block; write its first address and its prefix length, such as 10.0.0.0/16`
  const within = RANGES.some((range) => holds(parseBlock(range) as Block, block))
  if (within && block.prefix <= PREFIX_LIMITS.longest) return undefined
  return `cidr ${cidr} is not inside ${RANGES.join(', ')} with a prefix up to /${PREFIX_LIMITS.longest}`
}

/** The same for a subnet and its gateway, whichever VPC it is in. */
export function findSubnetFault(cidr: string, gatewayIp: string): string | undefined {
  const block = parseBlock(cidr)
  if (!block) return `cidr ${cidr} is no block; write its first address and its prefix length, such as 10.0.0.0/24`
  const { shortest, longest } = PREFIX_LIMITS
  if (block.prefix < shortest || block.prefix > longest) {
    return `cidr ${cidr} has a prefix that is not from /${shortest} to /${longest}`
  }
  const gateway = parseAddress(gatewayIp)
  const isInside = gateway !== undefined && gateway > block.first && gateway < block.last
  return isInside ? undefined : `gateway_ip ${gatewayIp} is not an address of a host in ${cidr}`
}

/** How many addresses of a subnet can be given at all: not the network's, the platform's or the gateway's. */
export function countAddresses(cidr: string, gatewayIp: string): number {
  const { first, last } = parseBlock(cidr) as Block
  const end = last - RESERVED_AT_END
  return end - first - ((parseAddress(gatewayIp) ?? last) <= end ? 1 : 0)
}
