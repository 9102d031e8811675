/** Time as the agent sees it; tests pass their own. */
export interface Clock {
  now(): number
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** Calls back every `ms` until cancelled. */
export function every(clock: Clock, ms: number, callback: () => void): () => void {
  const again = () => {
    cancel = clock.after(ms, again)
    callback()
  }
  let cancel = clock.after(ms, again)
  return () => cancel()
}

/** Waits, or returns early when the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal.addEventListener('abort', done)
  })
}
