/**
 * The canonical request of SDK-HMAC-SHA256 (reference: IAM, section 2.1): six parts joined by newlines. Works on the
 * request as it was on the wire, so that a verifier never has to guess what a framework made of it.
 */
export interface CanonicalParts {
  readonly method: string
  /** Path and query exactly as on the request line. */
  readonly requestTarget: string
  /** Names and values alternating, as received. */
  readonly rawHeaders: readonly string[]
  /** Lower case, in the order the signer listed them. */
  readonly signedHeaders: readonly string[]
  /** Hex SHA-256 of the body, or the value of X-Sdk-Content-Sha256. */
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

/** Each segment decoded once and encoded again; always ends with a slash. No segment is resolved or removed. */
function canonicalPath(path: string): string {
  const encoded = path
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/')
  return encoded.endsWith('/') ? encoded : `${encoded}/`
}

/** Sorted by decoded key, then value; a key without `=` has an empty value; `+` is a plus. */
function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const equals = piece.indexOf('=')
      return equals < 0 ? [decode(piece), ''] : [decode(piece.slice(0, equals)), decode(piece.slice(equals + 1))]
    })
    .sort(([keyA = '', valueA = ''], [keyB = '', valueB = '']) => compare(keyA, keyB) || compare(valueA, valueB))
    .map(([key = '', value = '']) => `${encode(key)}=${encode(value)}`)
    .join('&')
}

/** By bytes of UTF-8, which is not the order of JavaScript's UTF-16 beyond the basic plane. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function canonicalHeaders(rawHeaders: readonly string[], signedHeaders: readonly string[]): string {
  return signedHeaders
    .flatMap((name) =>
      headerValues(rawHeaders, name)
        .sort(compare)
        .map((value) => `${name}:${value}\n`),
    )
    .join('')
}

/** Values of a header, trimmed of blanks at both ends; names compare without case. */
export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push((rawHeaders[index + 1] ?? '').trim())
  }
  return values
}

const UNRESERVED = /[A-Za-z0-9\-_.~]/

/** Every byte outside the unreserved set as `%XX`, upper case. */
function encode(text: string): string {
  let encoded = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte)
    encoded += UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

/** Percent-decoding that leaves text alone which is not validly encoded: then the signature will not fit. */
function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
