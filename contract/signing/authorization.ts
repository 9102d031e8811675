export const ALGORITHM = 'SDK-HMAC-SHA256'

/** What an `Authorization` header of a signed request says. */
export interface Authorization {
  readonly accessKey: string
  readonly signedHeaders: readonly string[]
  /** 64 lower-case hex digits. */
  readonly signature: string
}

const GRAMMAR =
  /^SDK-HMAC-SHA256 Access=([A-Za-z0-9]{1,128}), ?SignedHeaders=([a-z0-9-]+(?:;[a-z0-9-]+)*), ?Signature=([0-9a-f]{64})$/
const MAX_LENGTH = 4096
const MAX_SIGNED_HEADERS = 64

/** Reads the header with an anchored grammar; a sentence says what is wrong with one that does not fit. */
export function parseAuthorization(header: string): Authorization | string {
  if (header.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`
  const algorithm = header.split(' ', 1)[0] ?? ''
  if (algorithm !== ALGORITHM) return `the algorithm is not ${ALGORITHM}`
  const [, accessKey, names, signature] = GRAMMAR.exec(header) ?? []
  if (accessKey === undefined || names === undefined || signature === undefined) {
    return 'it is not of the form Access=…, SignedHeaders=a;b, Signature=<64 hex digits>'
  }
  const signedHeaders = names.split(';')
  if (signedHeaders.length > MAX_SIGNED_HEADERS) return `it signs more than ${MAX_SIGNED_HEADERS} headers`
  if (!signedHeaders.includes('x-sdk-date')) return 'x-sdk-date is not among the signed headers'
  return { accessKey, signedHeaders, signature }
}

export function renderAuthorization({ accessKey, signedHeaders, signature }: Authorization): string {
  return `${ALGORITHM} Access=${accessKey}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
}
