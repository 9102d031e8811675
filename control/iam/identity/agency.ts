import { secondsAfter } from '#kernel'

const DAY_SECONDS = 86_400

/** When an agency may not be assumed any more; null for one that is for ever. */
export function agencyExpiresAt({ duration, created_at }: { readonly duration: string; readonly created_at: Date }) {
  if (duration === 'FOREVER') return null
  const days = duration === 'ONEDAY' ? 1 : Number(duration)
  return secondsAfter(created_at, days * DAY_SECONDS)
}
