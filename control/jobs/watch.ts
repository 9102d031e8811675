import type { Log } from '#kernel'

export interface Watch {
  close(): Promise<void>
}

const EVERY_MS = 1_000

/**
 * Looks again and again, each time some time after the last look has ended. For deadlines that are a column: nothing is
 * queued for them, and a look each second misses none. A failure of `what` is said once until a look succeeds again.
 */
export function startWatch(what: string, look: () => Promise<void>, log: Log, everyMs = EVERY_MS): Watch {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let isFailing = false
  const lookOnce = async () => {
    try {
      await look()
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn({ error: String(error) }, `${what} cannot be checked; trying again`)
      isFailing = true
    }
    if (!closed) timer = setTimeout(start, everyMs)
  }
  let looking = Promise.resolve()
  const start = () => {
    looking = lookOnce()
  }
  start()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** Does the work of each, whatever becomes of the others. Throws in the end, naming those that failed. */
export async function eachAlone<T extends { readonly id: string }>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const failures: string[] = []
  for (const item of items) {
    try {
      await work(item)
    } catch (error) {
      failures.push(`${item.id}: ${error}`)
    }
  }
  const [first] = failures
  if (first !== undefined) throw new Error(`${failures.length} of ${items.length} failed, first ${first}`)
}
