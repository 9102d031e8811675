/**
 * The canonical request (IAM reference, section 2.1): six parts joined by newlines, the same for every algorithm. Works
 * on the request as it was on the wire, so that a verifier never has to guess what a framework made of it. All text is
 * bytes, one character each, as Node hands out targets and headers.
 */
export interface CanonicalParts {
  readonly method: string
  /** Path and query exactly as on the request line. */
  readonly requestTarget: string
  /** Names and values alternating, as received. */
  readonly rawHeaders: readonly string[]
  /** Lower case, in the order the signer listed them. */
  readonly signedHeaders: readonly string[]
  /** Hex hash of the body, or the value of the header that stands in for it. */
  readonly payloadHash: string
}

export function canonicalRequest(parts: CanonicalParts): string {
  const { path, query } = splitTarget(parts.requestTarget)
  return [
    parts.method.toUpperCase(),
    canonicalPath(path),
    canonicalQuery(query),
    canonicalHeaders(parts.rawHeaders, parts.signedHeaders),
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n')
}

function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Most segments: nothing in them is escaped or has to be. */
const PLAIN = /^[A-Za-z0-9\-_.~]*$/

/** Each segment decoded once and encoded again; always ends with a slash. No segment is resolved or removed. */
function canonicalPath(path: string): string {
  const encoded = path
    .split('/')
    .map((segment) => (PLAIN.test(segment) ? segment : encode(decode(segment))))
    .join('/')
  return encoded.endsWith('/') ? encoded : `${encoded}/`
}

/** Sorted by decoded key, then value; a key without `=` has an empty value; `+` is a plus. */
function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((piece) => piece !== '')
    .map(pairOf)
    .sort((a, b) => Buffer.compare(a.key, b.key) || Buffer.compare(a.value, b.value))
    .map(({ key, value }) => `${encode(key)}=${encode(value)}`)
    .join('&')
}

function pairOf(piece: string): { key: Buffer; value: Buffer } {
  const equals = piece.indexOf('=')
  if (equals < 0) return { key: decode(piece), value: Buffer.alloc(0) }
  return { key: decode(piece.slice(0, equals)), value: decode(piece.slice(equals + 1)) }
}

function canonicalHeaders(rawHeaders: readonly string[], signedHeaders: readonly string[]): string {
  return signedHeaders
    .flatMap((name) =>
      headerValues(rawHeaders, name)
        .sort()
        .map((value) => `${name}:${value}\n`),
    )
    .join('')
}

/** Values of a header, trimmed of blanks at both ends; names compare without case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(trimBlanks(rawHeaders[index + 1] ?? ''))
  }
  return values
}

/** Blanks and tabs only: the bytes of other scripts include some that look like blanks to `trim`. */
function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text, from)) from++
  while (to > from && isBlank(text, to - 1)) to--
  return text.slice(from, to)
}

function isBlank(text: string, index: number): boolean {
  return text[index] === ' ' || text[index] === '\t'
}

/** What each byte becomes: itself when unreserved, otherwise `%XX` in upper case. */
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return /[A-Za-z0-9\-_.~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

function encode(bytes: Buffer): string {
  let encoded = ''
  for (const byte of bytes) encoded += ENCODED[byte]
  return encoded
}

const ESCAPE = /%([0-9A-Fa-f]{2})/g

/** The bytes that a percent-encoded piece stands for. */
function decode(text: string): Buffer {
  const bytes = text.replaceAll(ESCAPE, (_escape, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(bytes, 'latin1')
}

/** False when a `%` begins no escape: such a target would have the canonical form of another one. */
export function isWellEncoded(target: string): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(target)
}
