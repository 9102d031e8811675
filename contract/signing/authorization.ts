import { type Algorithm, type Credential, isAlgorithm, VARIANTS } from './variants.ts'

/** What an `Authorization` header of a signed request says. */
export interface Authorization extends Credential {
  readonly algorithm: Algorithm
  readonly signedHeaders: readonly string[]
  /** 64 lower-case hex digits. */
  readonly signature: string
}

const GRAMMAR =
  /^[A-Z0-9-]+ ([A-Za-z0-9=/_-]+), ?SignedHeaders=([a-z0-9-]+(?:;[a-z0-9-]+)*), ?Signature=([0-9a-f]{64})$/
const MAX_LENGTH = 4096
const MAX_SIGNED_HEADERS = 64

/** Reads the header with an anchored grammar; a sentence says what is wrong with one that does not fit. */
export function parseAuthorization(header: string): Authorization | string {
  if (header.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`
  const algorithm = header.split(' ', 1)[0] ?? ''
  if (!isAlgorithm(algorithm)) return `the algorithm is not ${Object.keys(VARIANTS).join(' or ')}`
  const { keying, form } = VARIANTS[algorithm]
  const [, who = '', names, signature] = GRAMMAR.exec(header) ?? []
  const credential = keying.parse(who)
  if (credential === undefined || names === undefined || signature === undefined) return `it is not of the form ${form}`
  const signedHeaders = names.split(';')
  if (signedHeaders.length > MAX_SIGNED_HEADERS) return `it signs more than ${MAX_SIGNED_HEADERS} headers`
  if (!signedHeaders.includes('x-sdk-date')) return 'x-sdk-date is not among the signed headers'
  return { algorithm, ...credential, signedHeaders, signature }
}

export function renderAuthorization(authorization: Authorization): string {
  const { algorithm, signedHeaders, signature } = authorization
  const who = VARIANTS[algorithm].keying.render(authorization)
  return `${algorithm} ${who}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
}
