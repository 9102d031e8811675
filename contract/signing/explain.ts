import { type Authorization, parseAuthorization } from './authorization.ts'
import { headerValues } from './canonical-request.ts'
import type { Computed } from './signature.ts'
import {
  type AcceptedScopes,
  checkDate,
  computeCandidates,
  type Received,
  renderReadable,
  verifySignature,
} from './verify.ts'

/** A request, the key it should be signed with, and what the client says that it signed, as far as it says so. */
export interface Questionable {
  readonly request: Received
  readonly authorization: string
  readonly secretKey: string
  readonly at: Date
  /** Null: whatever the credential names is taken for served. */
  readonly accepted: AcceptedScopes | null
  /** Text of the client, in characters and not in bytes. */
  readonly claimed: { readonly canonicalRequest: string | null; readonly stringToSign: string | null }
}

/** The first place where the server and the client went apart. `expected` is the server's. */
export interface Difference {
  readonly where: 'canonical request' | 'string to sign' | 'signature'
  /** From 1; null for the signature. */
  readonly line: number | null
  /** What stands in this line. */
  readonly part: string
  readonly expected: string
  readonly found: string
}

/** Nothing in it is a secret: security tokens are hidden. */
export interface Explanation {
  readonly valid: boolean
  /** A sentence; empty when the signature is valid. */
  readonly reason: string
  readonly difference: Difference | null
  /** The server's, null when it did not come so far. */
  readonly canonicalRequest: string | null
  readonly stringToSign: string | null
}

/** Judges as the server does, and says where the judgement comes from. */
export function explainSignature(question: Questionable): Explanation {
  const explanation = judge(question)
  const hide = (text: string) => withoutKey(text, question.secretKey)
  const { difference, canonicalRequest } = explanation
  return {
    ...explanation,
    difference: difference && { ...difference, expected: hide(difference.expected), found: hide(difference.found) },
    canonicalRequest: canonicalRequest === null ? null : hide(canonicalRequest),
  }
}

/** A client that is wrong may have put its key anywhere, a header included. */
function withoutKey(text: string, secretKey: string): string {
  return secretKey === '' ? text : text.replaceAll(secretKey, '***')
}

function judge(question: Questionable): Explanation {
  const authorization = parseAuthorization(question.authorization)
  if (typeof authorization === 'string') return refused(`the Authorization header is refused: ${authorization}`)
  const { request, secretKey, at } = question
  const accepted = question.accepted ?? scopesOf(authorization)
  const dated = checkDate(request.rawHeaders, at)
  if (!dated.ok && dated.reason === 'malformed') return refused(dated.detail)
  const computed = computeCandidates(request, authorization, secretKey, accepted)
  if (typeof computed === 'string') return refused(computed)
  const shown = shownOf(computed[0])
  if (!dated.ok && dated.reason === 'expired') {
    const { signedAt, serverTime } = dated
    return { ...shown, ...refusal(`it was signed at ${signedAt}, more than 15 minutes from ${serverTime}`) }
  }
  if (verifySignature(request, authorization, secretKey, accepted).ok) {
    return { ...shown, valid: true, reason: '', difference: null }
  }
  return { ...shown, ...mismatch(question, authorization, computed[0]) }
}

function scopesOf({ scope }: Authorization): AcceptedScopes {
  return { regions: scope === null ? [] : [scope.region], services: scope === null ? [] : [scope.service] }
}

function refusal(reason: string): Pick<Explanation, 'valid' | 'reason' | 'difference'> {
  return { valid: false, reason, difference: null }
}

function refused(reason: string): Explanation {
  return { ...refusal(reason), canonicalRequest: null, stringToSign: null }
}

function shownOf({ canonicalRequest, stringToSign }: Computed): Pick<Explanation, 'canonicalRequest' | 'stringToSign'> {
  return { canonicalRequest: renderReadable(canonicalRequest), stringToSign }
}

function mismatch({ claimed }: Questionable, authorization: Authorization, computed: Computed) {
  const canonical = Buffer.from(computed.canonicalRequest, 'latin1').toString('utf8')
  const difference =
    firstDifference('canonical request', canonical, claimed.canonicalRequest, canonicalPart) ??
    firstDifference('string to sign', computed.stringToSign, claimed.stringToSign, stringPart)
  if (difference) {
    const { where, line, part } = difference
    return { valid: false, reason: `the ${where} differs in line ${line}, ${part}`, difference }
  }
  const { signature } = authorization
  return { valid: false, reason: reasonOf(claimed), difference: signatureDifference(computed.signature, signature) }
}

function reasonOf({ canonicalRequest, stringToSign }: Questionable['claimed']): string {
  if (stringToSign !== null) return 'the signature differs over the same string to sign: the secret key is another one'
  if (canonicalRequest !== null)
    return 'the signature differs over the same canonical request: the date, the scope or the secret key is another one'
  return 'the signature differs; compare the canonical request below with the one that the client signed'
}

function signatureDifference(expected: string, found: string): Difference {
  return { where: 'signature', line: null, part: 'signature', expected, found }
}

/** What the line of this number holds, where a text has so many. */
type PartOf = (line: number, lines: readonly string[]) => string

function firstDifference(
  where: Difference['where'],
  ours: string,
  theirs: string | null,
  partOf: PartOf,
): Difference | null {
  if (theirs === null || theirs === ours) return null
  const [expected, found] = [ours.split('\n'), theirs.split('\n')]
  const index = [...expected, ...found].findIndex((_, line) => expected[line] !== found[line])
  const part = partOf(index + 1, expected)
  return { where, line: index + 1, part, ...withoutSecret(expected[index], found[index]) }
}

const NO_LINE = '(no such line)'
const SECRET_DIFFERS = '(another value, not shown)'

function withoutSecret(expected = NO_LINE, found = NO_LINE): Pick<Difference, 'expected' | 'found'> {
  const shown = { expected: renderText(expected), found: renderText(found) }
  return shown.expected === shown.found ? { expected: shown.expected, found: SECRET_DIFFERS } : shown
}

function renderText(text: string): string {
  return renderReadable(Buffer.from(text, 'utf8').toString('latin1'))
}

const FIRST_PARTS = ['the method', 'the path', 'the query']
const LAST_PARTS = ['the hash of the body', 'the names of the signed headers', 'the empty line after the headers']

function canonicalPart(line: number, lines: readonly string[]): string {
  const name = /^([a-z0-9-]+):/.exec(lines[line - 1] ?? '')?.[1]
  return (
    FIRST_PARTS[line - 1] ?? LAST_PARTS[lines.length - line] ?? (name === undefined ? 'a header' : `the header ${name}`)
  )
}

function stringPart(line: number, lines: readonly string[]): string {
  if (line === lines.length) return 'the hash of the canonical request'
  return ['the algorithm', 'the date', 'the scope'][line - 1] ?? 'a line too many'
}

/** The signed date of a request, for a clock that asks nobody. */
export function signedDateOf({ rawHeaders }: Received): string | undefined {
  return headerValues(rawHeaders, 'x-sdk-date')[0]
}
