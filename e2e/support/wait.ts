import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 25

/** Looks until there is something to see; past the deadline it says what was waited for, and the last failure to look. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    let failure: unknown
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      failure = error
    }
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain: ${what}`, { cause: failure })
    await delay(POLL_MS)
  }
}
