/** Does the work of several callers at once; answers in their order. */
export type GroupWork<T, R> = (items: readonly T[]) => Promise<readonly R[]>

interface Waiting<T, R> {
  readonly item: T
  readonly resolve: (result: R | PromiseLike<R>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: calls that arrive while a group is under way wait for it and go together as the next one, so that what
 * a round trip and a commit cost is shared. A call on its own does not wait. When a group of several fails, each of
 * its calls is tried alone: nobody fails for another's sake.
 */
export function inGroups<T, R>(most: number, work: GroupWork<T, R>): (item: T) => Promise<R> {
  const waiting: Waiting<T, R>[] = []
  let isRunning = false

  const run = async (): Promise<void> => {
    while (waiting.length > 0) await settle(waiting.splice(0, most), work)
    isRunning = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (isRunning) return
      isRunning = true
      // after the callers that are served in the same turn of the event loop
      setImmediate(run)
    })
}

async function settle<T, R>(group: readonly Waiting<T, R>[], work: GroupWork<T, R>): Promise<void> {
  try {
    const results = await work(group.map(({ item }) => item))
    if (results.length !== group.length) throw new Error(`${group.length} calls had ${results.length} answers`)
    for (const [index, { resolve }] of group.entries()) resolve(results[index] as R)
  } catch (error) {
    if (group.length === 1) group[0]?.reject(error)
    else await Promise.all(group.map((one) => settle([one], work)))
  }
}
