import { findEntry, type Question } from './context.ts'
import { appendLiteral, appendPattern, type Pattern } from './glob.ts'

/** Text of the policy, text that stands for itself (`${*}`), or a variable. */
type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | null }

/** Text with variables. Never empty of pieces, except for the empty text. */
export type Template = readonly Piece[]

/** `${key}`, `${key, 'default'}`, `${*}`: IAM reference, section 3.5. Null when the text is malformed. */
export function parseTemplate(text: string): Template | null {
  const pieces: Piece[] = []
  let at = 0
  for (;;) {
    const start = text.indexOf('${', at)
    if (start === -1) break
    if (start > at) pieces.push({ kind: 'text', text: text.slice(at, start) })
    const end = endOfVariable(text, start + 2)
    const piece = end === -1 ? null : variableOf(text.slice(start + 2, end))
    if (piece === null) return null
    pieces.push(piece)
    at = end + 1
  }
  if (at < text.length) pieces.push({ kind: 'text', text: text.slice(at) })
  return pieces
}

/** Of text in which nothing is a variable. */
export function plainTemplate(text: string): Template {
  return text === '' ? [] : [{ kind: 'text', text }]
}

/** Where the closing brace is; one between quotes does not close. */
function endOfVariable(text: string, from: number): number {
  let quoted = false
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "'") quoted = !quoted
    else if (text[at] === '}' && !quoted) return at
  }
  return -1
}

function variableOf(inner: string): Piece | null {
  if (inner === '*' || inner === '?' || inner === '$') return { kind: 'literal', text: inner }
  const comma = inner.indexOf(',')
  const key = (comma === -1 ? inner : inner.slice(0, comma)).trim().toLowerCase()
  if (key === '' || /['{}$\s]/.test(key)) return null
  if (comma === -1) return { kind: 'variable', key, fallback: null }
  const fallback = unquoted(inner.slice(comma + 1).trim())
  return fallback === null ? null : { kind: 'variable', key, fallback }
}

/** `'it''s'` is it's; null without quotes around it or with a lone one inside. */
function unquoted(text: string): string | null {
  if (text.length < 2 || !text.startsWith("'") || !text.endsWith("'")) return null
  const inner = text.slice(1, -1)
  return inner.replaceAll("''", '').includes("'") ? null : inner.replaceAll("''", "'")
}

export function hasVariable(template: Template): boolean {
  return template.some(({ kind }) => kind === 'variable')
}

/** The text with its variables put in; null when one has no single value and no default. */
export function expandText(template: Template, question: Question | null): string | null {
  let text = ''
  for (const piece of template) {
    const part = piece.kind === 'variable' ? variableText(piece.key, piece.fallback, question) : piece.text
    if (part === null) return null
    text += part
  }
  return text
}

/** The same as a pattern: wildcards of the policy are wildcards, those out of a variable are text. */
export function expandPattern(template: Template, question: Question | null): Pattern | null {
  const pattern: number[] = []
  for (const piece of template) {
    const part = piece.kind === 'variable' ? variableText(piece.key, piece.fallback, question) : piece.text
    if (part === null) return null
    if (piece.kind === 'text') appendPattern(pattern, part)
    else appendLiteral(pattern, part)
  }
  return pattern
}

function variableText(key: string, fallback: string | null, question: Question | null): string | null {
  const entry = question === null ? undefined : findEntry(question, key)
  // a value that is too long is as good as none: whoever sends it could have left it out
  if (entry === undefined || entry.texts.length === 0 || entry.isTooLong) return fallback
  return entry.isList ? null : (entry.texts[0] ?? null)
}
