/** Lets through a few at a time; resolves when it is one's turn, with what to call when one is done. */
export type Turnstile = () => Promise<() => void>

/** Thrown to those who come when too many are waiting already. */
export class Crowded extends Error {}

export function createTurnstile(most: number, mostWaiting: number): Turnstile {
  const waiting: (() => void)[] = []
  let inside = 0

  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else inside -= 1
  }

  return async () => {
    if (inside < most) inside += 1
    else if (waiting.length >= mostWaiting) throw new Crowded(`${mostWaiting} are waiting`)
    // whoever leaves hands the place over: nobody can slip in between
    else await new Promise<void>((done) => void waiting.push(done))
    let isInside = true
    return () => {
      if (isInside) leave()
      isInside = false
    }
  }
}
