/** How often the clock is not looked at in between. */
const A_TURN = 20

/** Microseconds that one run takes, over so many milliseconds of them. */
export async function microsecondsOf(run: () => unknown, milliseconds: number): Promise<number> {
  const startedAt = performance.now()
  let done = 0
  let elapsed = 0
  while (elapsed < milliseconds) {
    for (let at = 0; at < A_TURN; at += 1) {
      const result = run()
      // an answer that is there already is not awaited, so that nobody pays for another's promise
      if (result instanceof Promise) await result
    }
    done += A_TURN
    elapsed = performance.now() - startedAt
  }
  return (elapsed * 1_000) / done
}
