import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'

/** Consecutive failures that lock, and for how long (IAM reference, section 2.1, Limits). */
export const FAILURES_TO_LOCK = 5
export const LOCK_SECONDS = 300

/** Some 40 MB if all of them try as many keys as they can; an address that is forgotten begins anew. */
const MAX_SOURCES = 10_000
/** Keys of one address that are told apart; the others are counted together. */
const MAX_KEYS_PER_SOURCE = 32

/** Who tries: from where, and with which key. Null stands for all keys that do not exist. */
export interface Attempt {
  readonly sourceAddress: string
  readonly accessKey: string | null
}

interface Count {
  failures: number
  /** When the failures no longer count, or the lock ends. */
  endsAt: number
}

interface Source {
  readonly keys: Map<string, Count>
  /** Keys beyond those that are told apart. */
  readonly furtherKeys: Count
  readonly unknownKeys: Count
}

export interface LockoutLimits {
  readonly maxSources: number
  readonly maxKeysPerSource: number
}

/**
 * Counts failures of a key at an address, in memory of a fixed size:
 *
 *     free ── 1 to 4 failures ── 5th ──> locked for 300 s ──> free
 *      ^              │
 *      └── a success, or 300 s without a failure
 *
 * The pair is what is locked: a stranger who fails elsewhere does not lock out the owner of the key. An address fills
 * its own place only, so pushing one address out takes failures from ten thousand others, each of which could
 * have been the guess that it makes room for.
 */
export interface Lockout {
  /** Until when the pair is refused, right signature or not; undefined when it may try. Refusals prolong nothing. */
  findLock(attempt: Attempt, now: Date): Date | undefined
  recordFailure(attempt: Attempt, now: Date): void
  /** A success with one key says nothing about the others: only its own count ends. */
  recordSuccess(attempt: Attempt): void
}

const LIMITS: LockoutLimits = { maxSources: MAX_SOURCES, maxKeysPerSource: MAX_KEYS_PER_SOURCE }

export function createLockout({ maxSources, maxKeysPerSource }: LockoutLimits = LIMITS): Lockout {
  const sources = new LRUCache<string, Source>({ max: maxSources })

  const requireSource = (name: string): Source => {
    const known = sources.get(name)
    if (known) return known
    const source: Source = { keys: new Map(), furtherKeys: newCount(), unknownKeys: newCount() }
    sources.set(name, source)
    return source
  }

  return {
    findLock: ({ sourceAddress, accessKey }, now) => {
      // looking is no sign of life: only failures keep an address from being forgotten
      const source = sources.peek(sourceOf(sourceAddress))
      if (!source) return undefined
      const { failures, endsAt } = countOf(source, accessKey, maxKeysPerSource)
      return failures >= FAILURES_TO_LOCK && endsAt > now.getTime() ? new Date(endsAt) : undefined
    },
    recordFailure: ({ sourceAddress, accessKey }, now) => {
      const source = requireSource(sourceOf(sourceAddress))
      if (accessKey !== null) makePlace(source.keys, accessKey, maxKeysPerSource, now.getTime())
      addFailure(countOf(source, accessKey, maxKeysPerSource), now.getTime())
    },
    recordSuccess: ({ sourceAddress, accessKey }) => {
      if (accessKey !== null) sources.peek(sourceOf(sourceAddress))?.keys.delete(accessKey)
    },
  }
}

function newCount(): Count {
  return { failures: 0, endsAt: 0 }
}

/** Where a failure counts, and so which lock concerns a key. */
function countOf({ keys, furtherKeys, unknownKeys }: Source, accessKey: string | null, limit: number): Count {
  if (accessKey === null) return unknownKeys
  return keys.get(accessKey) ?? (keys.size < limit ? newCount() : furtherKeys)
}

/** A count that has ended gives way; one that has not does not, or a key would be unlocked by trying others. */
function makePlace(keys: Map<string, Count>, accessKey: string, limit: number, now: number): void {
  if (keys.has(accessKey)) return
  if (keys.size >= limit) {
    for (const [key, { endsAt }] of keys) if (endsAt <= now) keys.delete(key)
  }
  if (keys.size < limit) keys.set(accessKey, newCount())
}

function addFailure(count: Count, now: number): void {
  const isLocked = count.failures >= FAILURES_TO_LOCK && count.endsAt > now
  // of requests that were judged side by side, the later ones prolong nothing
  if (isLocked) return
  count.failures = count.endsAt > now ? count.failures + 1 : 1
  count.endsAt = now + LOCK_SECONDS * 1000
}

/** Whoever has one IPv6 address has 2^64 of them: they are one source. An IPv4 address is one, mapped or not. */
export function sourceOf(address: string): string {
  const bare = address.split('%', 1)[0] ?? ''
  if (!ipaddr.isValid(bare)) return address.slice(0, 64)
  const parsed = ipaddr.process(bare)
  if (parsed instanceof ipaddr.IPv6) return parsed.parts.slice(0, 4).join(':')
  return parsed.toString()
}
