import ipaddr from 'ipaddr.js'

/** An address as unsigned 32-bit words: one for IPv4, four for IPv6. */
export type Address = readonly number[]

/** A range of addresses: its masked first address, and the mask of each word. */
export interface Range {
  readonly base: Address
  readonly mask: Address
}

/** Null for text that is no address. IPv4 in IPv6 (`::ffff:a.b.c.d`) is IPv4. */
export function parseAddress(text: string): Address | null {
  // only four decimal parts: 010.1.1.1, 0x7f.1 and 127.1 mean different hosts to different readers
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return wordsOf(ipaddr.IPv4.parse(text).toByteArray())
  if (text.includes('%') || !text.includes(':') || !ipaddr.IPv6.isValid(text)) return null
  const address = ipaddr.IPv6.parse(text)
  return wordsOf(address.isIPv4MappedAddress() ? address.toIPv4Address().toByteArray() : address.toByteArray())
}

/** `10.0.0.0/8`, or one address alone. Host bits are masked away. Null for anything else. */
export function parseRange(text: string): Range | null {
  const slash = text.indexOf('/')
  const start = slash === -1 ? text : text.slice(0, slash)
  const address = parseAddress(start)
  if (address === null) return null
  const bits = address.length * 32
  const written = slash === -1 ? bits : prefixOf(text.slice(slash + 1), start.includes(':') ? 128 : 32)
  if (written === null) return null
  if (slash === -1 || start.includes(':') === bits > 32) return rangeOf(address, written)
  // IPv4 in IPv6 counts its prefix from the first of 128 bits; a shorter one reaches beyond all IPv4
  if (written >= 96) return rangeOf(address, written - 96)
  return rangeOf(wordsOf(ipaddr.IPv6.parse(start).toByteArray()), written)
}

function prefixOf(text: string, most: number): number | null {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= most ? Number(text) : null
}

function rangeOf(address: Address, prefix: number): Range {
  const mask = address.map((_, word) => {
    const bits = Math.max(0, Math.min(32, prefix - word * 32))
    return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0
  })
  return { base: address.map((word, at) => (word & (mask[at] ?? 0)) >>> 0), mask }
}

function wordsOf(bytes: readonly number[]): Address {
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(at, at + 4)
    words.push(((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
  }
  return words
}

/** An IPv4 address is in no IPv6 range, nor the other way round. */
export function isWithin(address: Address, { base, mask }: Range): boolean {
  if (address.length !== base.length) return false
  for (let word = 0; word < address.length; word += 1) {
    if (((address[word] ?? 0) & (mask[word] ?? 0)) >>> 0 !== base[word]) return false
  }
  return true
}
