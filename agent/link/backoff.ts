const FIRST_MS = 200
const LONGEST_MS = 30_000

/** Exponential with full jitter: when a control plane restarts, its agents must not come back in one moment. */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 20))
}
