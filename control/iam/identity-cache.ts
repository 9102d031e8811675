import { LRUCache } from 'lru-cache'
import type { Database, Subscription } from '#db'

/** How long a look-up may be believed when no change is announced: the bound where announcements fail silently. */
const CACHE_MS = 10_000
const CACHE_ENTRIES = 10_000

/** One kind of look-up: what was found is remembered until anything about identities changes anywhere. */
export type Remembered<V extends object> = (key: string, load: () => Promise<V | undefined>) => Promise<V | undefined>

/**
 * What requests need to know about identities, kept in memory. Every change in the database is announced to every
 * replica and clears all of it; while announcements cannot be heard nothing is kept.
 */
export class IdentityCache {
  #epoch = 0
  #isTrusted = true
  readonly #caches: LRUCache<string, object>[] = []
  readonly #loading = new Map<string, Promise<object | undefined>>()

  /** Another number after every change that was heard of. */
  get epoch(): number {
    return this.#epoch
  }

  /** A look-up under way serves everybody who asks the same meanwhile. Nothing found is not remembered. */
  remember<V extends object>(kind: string): Remembered<V> {
    const cache = new LRUCache<string, object>({ max: CACHE_ENTRIES, ttl: CACHE_MS })
    this.#caches.push(cache)
    return (key, load) => {
      const known = cache.get(key)
      if (known !== undefined) return Promise.resolve(known as V)
      const under = `${kind} ${key}`
      const pending = this.#loading.get(under) ?? this.#load(cache, key, under, load)
      return pending as Promise<V | undefined>
    }
  }

  /** Everything may have changed: what is being loaded right now is not kept either. */
  clear(): void {
    this.#epoch += 1
    this.#loading.clear()
    for (const cache of this.#caches) cache.clear()
  }

  /** Announcements are not heard: until `trust` every look-up goes to the database. */
  distrust(): void {
    this.#isTrusted = false
    this.clear()
  }

  trust(): void {
    this.#isTrusted = true
    this.clear()
  }

  async #load(
    cache: LRUCache<string, object>,
    key: string,
    under: string,
    load: () => Promise<object | undefined>,
  ): Promise<object | undefined> {
    const epoch = this.#epoch
    const loading = load()
    if (this.#isTrusted) this.#loading.set(under, loading)
    try {
      const found = await loading
      if (found !== undefined && this.#isTrusted && epoch === this.#epoch) cache.set(key, found)
      return found
    } finally {
      if (this.#loading.get(under) === loading) this.#loading.delete(under)
    }
  }
}

const CHANNEL = 'iam'

/**
 * Keeps a cache true to the database: the triggers of the tables announce every change (migration 0004-iam). `onKeys` is
 * called when there may be new sealing keys.
 */
export function watchIdentities(database: Database, cache: IdentityCache, onKeys: () => void): Promise<Subscription> {
  return database.listen(
    CHANNEL,
    (table) => {
      if (table === '') cache.trust()
      else cache.clear()
      if (table === '' || table === 'sealing_key') onKeys()
    },
    () => cache.distrust(),
  )
}
