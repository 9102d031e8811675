/** What stands for one character, tried in this order. */
const CHARACTERS = ['a', '1', ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)), '桌']

interface Reader {
  readonly pattern: string
  at: number
}

/** A short text for a regular expression as contracts have them; what looks ahead or behind is left to the check after it. */
export function textForPattern(pattern: string): string {
  return alternatives({ pattern, at: 0 })
}

/** The first of them, up to the end of the group; the others are read and dropped. */
function alternatives(reader: Reader): string {
  const found = [sequence(reader)]
  while (reader.pattern[reader.at] === '|') {
    reader.at += 1
    found.push(sequence(reader))
  }
  return found.find((text) => text !== '') ?? ''
}

function sequence(reader: Reader): string {
  let text = ''
  while (reader.at < reader.pattern.length && !'|)'.includes(reader.pattern[reader.at] ?? '')) {
    const one = atom(reader)
    text += one.repeat(times(reader))
  }
  return text
}

function atom(reader: Reader): string {
  const { pattern, at } = reader
  const first = pattern[at]
  if (first === '^' || first === '$') return take(reader, 1, '')
  if (first === '(') return group(reader)
  const [character = ''] =
    /^(\[\^?\]?(\\.|[^\]\\])*\]|\\[pP]\{\w+\}|\\u[\da-fA-F]{4}|\\.|.)/u.exec(pattern.slice(at)) ?? []
  return take(reader, character.length, characterFor(character))
}

function take(reader: Reader, length: number, text: string): string {
  reader.at += length
  return text
}

function group(reader: Reader): string {
  const [opening = '(', kind] = /^\((\?(?:<?[=!]|:))?/.exec(reader.pattern.slice(reader.at)) ?? []
  reader.at += opening.length
  const text = alternatives(reader)
  reader.at += 1
  return kind === undefined || kind === '?:' ? text : ''
}

function characterFor(source: string): string {
  const test = compiled(`^${source}$`)
  return CHARACTERS.find((character) => test.test(character)) ?? ''
}

/** Some patterns escape what the stricter mode does not let them. */
function compiled(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    return new RegExp(source)
  }
}

/** Once, unless more are asked for. */
function times(reader: Reader): number {
  const [quantifier, least = '1'] = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})/.exec(reader.pattern.slice(reader.at)) ?? []
  reader.at += quantifier?.length ?? 0
  return Math.max(Number(least), 1)
}
