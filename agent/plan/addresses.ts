/** An address that a session gave back. */
export type Release = { readonly address: string; readonly user_name: string; readonly released_at: string }

/**
 * Chooses the address of a new session: the one the user had last, when it is free, otherwise the one that rested
 * longest, so that whoever still remembers the former user has had the most time to forget. Never one in use.
 */
export function planAddress(
  block: readonly string[],
  inUse: ReadonlySet<string>,
  releases: readonly Release[],
  userName: string,
): string | undefined {
  const lastRelease = new Map(releases.map((release) => [release.address, release]))
  let best: { address: string; rank: string } | undefined
  for (const address of block) {
    if (inUse.has(address)) continue
    const rank = rankOf(lastRelease.get(address), userName)
    if (best === undefined || rank < best.rank) best = { address, rank }
  }
  return best?.address
}

/** Smaller is better. Own addresses first, the newest of them; then never used; then by age of the release. */
function rankOf(release: Release | undefined, userName: string): string {
  if (release === undefined) return '1'
  if (release.user_name === userName) return `0${invert(release.released_at)}`
  return `2${release.released_at}`
}

/** Turns the order of ISO instants round. */
function invert(instant: string): string {
  return instant.replace(/[0-9]/g, (digit) => String(9 - Number(digit)))
}
