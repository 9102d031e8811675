import { LRUCache } from 'lru-cache'
import { type Clock, secondsAfter } from '#kernel'

/** What was found out about a token: what it stands for and how long, or undefined when it is refused. */
export type Verdict<V extends object> = { readonly value: V; readonly expiresAt: Date } | undefined

export interface Verdicts<V extends object> {
  /** One look-up serves everybody who asks the same meanwhile. A look-up that fails is not remembered. */
  find(digest: string, load: () => Promise<Verdict<V>>): Promise<V | undefined>
}

/** Guessing costs a question outside each, and a wrong token that is sent again and again costs none. */
const REFUSED_SECONDS = 5
/** Of either kind: a flood of wrong tokens drives no right one out. */
const ENTRIES = 10_000

interface Kept<T> {
  readonly value: T
  readonly from: Date
  readonly until: Date
}

export function createVerdicts<V extends object>(clock: Clock, seconds: number): Verdicts<V> {
  const accepted = new LRUCache<string, Kept<V>>({ max: ENTRIES })
  const refused = new LRUCache<string, Kept<true>>({ max: ENTRIES })
  const loading = new Map<string, Promise<V | undefined>>()

  const learn = async (digest: string, load: () => Promise<Verdict<V>>): Promise<V | undefined> => {
    // its life begins with the question: what happens outside while it is answered is not in the answer
    const from = clock.now()
    const verdict = await load()
    if (verdict === undefined) {
      refused.set(digest, { value: true, from, until: secondsAfter(from, REFUSED_SECONDS) })
      return undefined
    }
    const { value, expiresAt } = verdict
    const until = new Date(Math.min(secondsAfter(from, seconds).getTime(), expiresAt.getTime()))
    accepted.set(digest, { value, from, until })
    return value
  }

  return {
    find: (digest, load) => {
      const now = clock.now()
      const known = accepted.get(digest)
      if (isFresh(known, now)) return Promise.resolve(known.value)
      if (isFresh(refused.get(digest), now)) return Promise.resolve(undefined)
      const pending = loading.get(digest)
      if (pending) return pending
      const started = learn(digest, load).finally(() => loading.delete(digest))
      loading.set(digest, started)
      return started
    },
  }
}

/** A clock that was set back makes nothing younger. */
function isFresh<T>(kept: Kept<T> | undefined, now: Date): kept is Kept<T> {
  return kept !== undefined && kept.from <= now && now < kept.until
}
