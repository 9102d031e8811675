/** UTC with six fractional digits, as the older generation prints instants: `2026-05-21T08:00:00.701000Z`. */
export function renderMicros(at: Date): string {
  return at.toISOString().replace('Z', '000Z')
}

/** The same without the letter at the end, where the older generation leaves it away. */
export function renderBareMicros(at: Date): string {
  return at.toISOString().replace('Z', '000')
}

/** UTC in whole seconds, as enterprise projects print instants: `2026-05-21T08:00:00Z`. */
export function renderSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
