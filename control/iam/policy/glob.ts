/** Any run of characters, also an empty one: `*`. */
const ANY_RUN = -1
/** One character: `?`. */
const ANY_ONE = -2

/** UTF-16 code units, and the two wildcards. Made by hand: policy text never becomes a regular expression. */
export type Pattern = readonly number[]

const STAR = '*'.charCodeAt(0)
const QUESTION = '?'.charCodeAt(0)

export function patternOf(text: string): Pattern {
  const pattern: number[] = []
  appendPattern(pattern, text)
  return pattern
}

/** Adds text in which `*` and `?` are wildcards. */
export function appendPattern(pattern: number[], text: string): void {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    pattern.push(unit === STAR ? ANY_RUN : unit === QUESTION ? ANY_ONE : unit)
  }
}

/** Adds text that stands for itself, whatever is in it. */
export function appendLiteral(pattern: number[], text: string): void {
  for (let at = 0; at < text.length; at += 1) pattern.push(text.charCodeAt(at))
}

/** Text without a wildcard may stand anywhere; with one, the pattern says itself where it stands. */
export function anywhere(pattern: Pattern): Pattern {
  return pattern.some((token) => token < 0) ? pattern : [ANY_RUN, ...pattern, ANY_RUN]
}

export function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?')
}

/**
 * Two pointers and one place to return to: the last `*` takes one character more whenever what follows it does not
 * fit. No text can make it slower than the product of both lengths.
 */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  let at = 0
  let next = 0
  let star = -1
  let taken = 0
  while (at < text.length) {
    const token = pattern[next]
    if (token === ANY_RUN) {
      star = next
      taken = at
      next += 1
    } else if (token === ANY_ONE || token === text.charCodeAt(at)) {
      at += token === ANY_ONE ? characterLength(text, at) : 1
      next += 1
    } else if (star !== -1) {
      taken += characterLength(text, taken)
      at = taken
      next = star + 1
    } else {
      return false
    }
  }
  while (pattern[next] === ANY_RUN) next += 1
  return next === pattern.length
}

/** A character outside the basic plane is two units. */
function characterLength(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit < 0xd800 || unit > 0xdbff || at + 1 >= text.length) return 1
  const after = text.charCodeAt(at + 1)
  return after >= 0xdc00 && after <= 0xdfff ? 2 : 1
}

export type TextTest = (text: string) => boolean

/** Most patterns of policies need no pattern matching at all. */
export function textTest(text: string): TextTest {
  if (text === '*') return () => true
  if (!hasWildcard(text)) return (value) => value === text
  const inner = text.slice(0, -1)
  if (text.endsWith('*') && !hasWildcard(inner)) return (value) => value.startsWith(inner)
  const pattern = patternOf(text)
  return (value) => matchesPattern(pattern, value)
}
