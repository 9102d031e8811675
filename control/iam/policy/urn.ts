/** `service:region:account:type:path`; the path may have colons of its own. */
export interface Urn {
  readonly service: string
  readonly region: string
  readonly accountId: string
  readonly type: string
  readonly path: string
}

export function renderUrn({ service, region, accountId, type, path }: Urn): string {
  return `${service}:${region}:${accountId}:${type}:${path}`
}

export const SEGMENTS = 5

/** Five parts, split at the first four colons; null for text that has fewer. */
export function splitUrn(text: string): readonly string[] | null {
  const segments: string[] = []
  let from = 0
  while (segments.length < SEGMENTS - 1) {
    const colon = text.indexOf(':', from)
    if (colon === -1) return null
    segments.push(text.slice(from, colon))
    from = colon + 1
  }
  segments.push(text.slice(from))
  return segments
}

/** The same for a pattern: colons inside `${…}` do not split. Fewer than five parts when it is short. */
export function splitPattern(text: string): readonly string[] {
  const segments: string[] = []
  let from = 0
  let inVariable = false
  for (let at = 0; at < text.length && segments.length < SEGMENTS - 1; at += 1) {
    if (text.startsWith('${', at)) inVariable = true
    else if (text[at] === '}') inVariable = false
    else if (text[at] === ':' && !inVariable) {
      segments.push(text.slice(from, at))
      from = at + 1
    }
  }
  segments.push(text.slice(from))
  return segments
}
