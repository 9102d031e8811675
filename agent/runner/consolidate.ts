/**
 * Wraps work that reads the whole current state: never two at once, and callers who arrive while one runs share the
 * next one. Each caller's promise is that of a run that began after the call.
 */
export function consolidate(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  const begin = (): Promise<void> => {
    const current = run().finally(() => {
      if (running === current) running = undefined
    })
    running = current
    return current
  }
  return () => {
    // Between the end of one run and the beginning of the next there is a moment in which none runs.
    if (next !== undefined) return next
    if (running === undefined) return begin()
    next = running
      .catch(() => {})
      .then(() => {
        next = undefined
        return begin()
      })
    return next
  }
}
