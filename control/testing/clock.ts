import type { Clock } from '#kernel'

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Sets it to an instant, or forward (backward) by seconds. */
  set(at: Date): void
  advance(seconds: number): void
}

export function testClock(start: Date): TestClock {
  let now = start
  return {
    now: () => now,
    set: (at) => {
      now = at
    },
    advance: (seconds) => {
      now = new Date(now.getTime() + seconds * 1000)
    },
  }
}
