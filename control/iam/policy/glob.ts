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

/** What stands between two `*`: fixed texts with one `?` between each and the next, so at least one text. */
type Part = readonly string[]

export type TextTest = (text: string) => boolean

/**
 * Each part is searched from where the one before it ended, and the first place where it fits is the right one: so the
 * text is gone through once, by the search of the platform for parts without `?`.
 */
export function patternTest(pattern: Pattern): TextTest {
  const parts = splitAtStars(pattern)
  const [first = [''], ...others] = parts
  const last = others.pop()
  if (last === undefined) return (text) => endOfPart(first, text, 0) === text.length
  return (text) => {
    let at = endOfPart(first, text, 0)
    for (const part of others) {
      if (at === -1) return false
      at = searchPart(part, text, at)
    }
    return at !== -1 && endsWithPart(last, text, at)
  }
}

function splitAtStars(pattern: Pattern): readonly Part[] {
  const parts: string[][] = [['']]
  for (const token of pattern) {
    const part = parts.at(-1) as string[]
    if (token === ANY_RUN) parts.push([''])
    else if (token === ANY_ONE) part.push('')
    else part[part.length - 1] += String.fromCharCode(token)
  }
  return parts
}

/** Where the part ends that begins at this place; -1 when it does not fit. */
function endOfPart(part: Part, text: string, from: number): number {
  let at = from
  for (let index = 0; index < part.length; index += 1) {
    if (index > 0) {
      if (at >= text.length) return -1
      at += characterLength(text, at)
    }
    const fixed = part[index] ?? ''
    if (!text.startsWith(fixed, at)) return -1
    at += fixed.length
  }
  return at
}

/** Where the first fitting place ends; -1 without one. */
function searchPart(part: Part, text: string, from: number): number {
  const [fixed = ''] = part
  for (let at = text.indexOf(fixed, from); at !== -1; at = text.indexOf(fixed, at + 1)) {
    const end = isInsideCharacter(text, at, from) ? -1 : endOfPart(part, text, at)
    if (end !== -1) return end
    // the empty text is found at the end again and again
    if (at >= text.length) return -1
  }
  return -1
}

/** Each `?` takes one unit or two, so there are few places where the part may begin. */
function endsWithPart(part: Part, text: string, from: number): boolean {
  const fixed = part.reduce((sum, each) => sum + each.length, 0)
  const latest = text.length - fixed - (part.length - 1)
  const earliest = Math.max(from, latest - (part.length - 1))
  for (let at = latest; at >= earliest; at -= 1) {
    if (!isInsideCharacter(text, at, from) && endOfPart(part, text, at) === text.length) return true
  }
  return false
}

/** A `*` takes whole characters. */
function isInsideCharacter(text: string, at: number, from: number): boolean {
  return at > from && characterLength(text, at - 1) === 2
}

/** A character outside the basic plane is two units. */
function characterLength(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit < 0xd800 || unit > 0xdbff || at + 1 >= text.length) return 1
  const after = text.charCodeAt(at + 1)
  return after >= 0xdc00 && after <= 0xdfff ? 2 : 1
}

/** Most patterns of policies need no pattern matching at all. */
export function textTest(text: string): TextTest {
  if (text === '*') return () => true
  if (!hasWildcard(text)) return (value) => value === text
  const inner = text.slice(0, -1)
  if (text.endsWith('*') && !hasWildcard(inner)) return (value) => value.startsWith(inner)
  return patternTest(patternOf(text))
}
