import type { Clock } from './clock.ts'

/** For tests only: time that passes when it is told to. */
export interface TestClock extends Clock {
  advance(ms: number): void
  /** How many callbacks are waiting. */
  waiting(): number
}

export function testClock(): TestClock {
  let now = Date.UTC(2026, 0, 1)
  let timers: { at: number; callback: () => void }[] = []
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((each) => each !== timer)
      }
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const due = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers = timers.filter((timer) => timer !== due)
        now = due.at
        due.callback()
      }
      now = end
    },
    waiting: () => timers.length,
  }
}
