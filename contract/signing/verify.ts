import { timingSafeEqual } from 'node:crypto'
import type { Authorization } from './authorization.ts'
import { headerValues, isWellEncoded } from './canonical-request.ts'
import { dayOf, parseSdkDate, renderSdkDate } from './sdk-date.ts'
import { type Computed, computeSignature } from './signature.ts'
import { hashHex, type Scope, VARIANTS } from './variants.ts'

export interface Received {
  readonly method: string
  readonly requestTarget: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** What a derived key may be good for here: both lists are asked, a name that is missing is refused. */
export interface AcceptedScopes {
  readonly regions: readonly string[]
  readonly services: readonly string[]
}

/** Until somebody says what is served here, no derived key is good for anything. */
const NO_SCOPES: AcceptedScopes = { regions: [], services: [] }

/** The window either way, in seconds. */
export const CLOCK_WINDOW_SECONDS = 900

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'malformed'; readonly detail: string }
  | { readonly ok: false; readonly reason: 'expired'; readonly signedAt: string; readonly serverTime: string }
  | { readonly ok: false; readonly reason: 'mismatch'; readonly canonicalRequest: string }

function malformed(detail: string): Verdict {
  return { ok: false, reason: 'malformed', detail }
}

/** Checks date and window: what can be refused before the key is known. */
export function checkDate(rawHeaders: readonly string[], now: Date): Verdict {
  const dates = headerValues(rawHeaders, 'x-sdk-date')
  const signedAt = dates[0] ?? ''
  const at = dates.length === 1 ? parseSdkDate(signedAt) : undefined
  if (!at) return malformed('X-Sdk-Date is missing or not of the form YYYYMMDDThhmmssZ')
  const seconds = Math.abs(now.getTime() - at.getTime()) / 1000
  if (seconds > CLOCK_WINDOW_SECONDS) {
    return { ok: false, reason: 'expired', signedAt, serverTime: renderSdkDate(now) }
  }
  return { ok: true }
}

/** Recomputes the signature over the request as received and compares in constant time. */
export function verifySignature(
  request: Received,
  authorization: Authorization,
  secretKey: string,
  accepted: AcceptedScopes = NO_SCOPES,
): Verdict {
  const computed = computeCandidates(request, authorization, secretKey, accepted)
  if (typeof computed === 'string') return malformed(computed)
  const sent = Buffer.from(authorization.signature, 'hex')
  if (computed.some(({ signature }) => timingSafeEqual(Buffer.from(signature, 'hex'), sent))) return { ok: true }
  const [{ canonicalRequest }] = computed
  return { ok: false, reason: 'mismatch', canonicalRequest: withoutSecrets(canonicalRequest) }
}

/**
 * What would be a right signature of this request, nearly always one; a sentence when there is none. The first is the one
 * to show.
 */
export function computeCandidates(
  request: Received,
  authorization: Authorization,
  secretKey: string,
  accepted: AcceptedScopes,
): readonly [Computed, ...Computed[]] | string {
  const { rawHeaders, requestTarget } = request
  const { signedHeaders, scope } = authorization
  const sdkDate = headerValues(rawHeaders, 'x-sdk-date')[0] ?? ''
  const missing = signedHeaders.find((name) => headerValues(rawHeaders, name).length === 0)
  if (missing !== undefined) return `the signed header ${missing} is not in the request`
  const refusal = scope === null ? undefined : scopeRefusal(scope, sdkDate, accepted)
  if (refusal !== undefined) return refusal
  if (!isWellEncoded(requestTarget)) return 'a % of path or query begins no escape of two hex digits'
  const hashes = payloadHashes(request, authorization)
  if (typeof hashes === 'string') return hashes
  const compute = (payloadHash: string) =>
    computeSignature({ ...authorization, sdkDate, parts: { ...request, signedHeaders, payloadHash } }, secretKey)
  const [first, ...others] = hashes
  return [compute(first), ...others.map(compute)]
}

function scopeRefusal({ day, region, service }: Scope, sdkDate: string, accepted: AcceptedScopes): string | undefined {
  if (day !== dayOf(sdkDate)) return `the day ${day} of its credential is not that of X-Sdk-Date`
  if (!accepted.regions.includes(region)) return `the region ${region} of its credential is not served here`
  if (!accepted.services.includes(service)) return `the service ${service} of its credential is not served here`
  return undefined
}

const JSON_TYPE = /^application\/(json|bson)\b/i
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/**
 * The body's own hash; a client's statement about it is believed only where it cannot differ from the body. For an empty
 * body the Python SDK signs the hash of nothing although it states that the body is not signed: both are right then, and
 * the second lets nobody add a body.
 */
function payloadHashes(
  { rawHeaders, body }: Received,
  { algorithm }: Authorization,
): readonly [string, ...string[]] | string {
  const { contentHeader, digest } = VARIANTS[algorithm]
  const [stated, ...others] = headerValues(rawHeaders, contentHeader)
  const actual = hashHex(digest, body)
  if (stated === undefined) return [actual]
  if (others.length > 0) return `${contentHeader} is there more than once`
  if (stated.toLowerCase() === actual) return [stated]
  if (stated !== UNSIGNED) return `${contentHeader} is not the hash of the body`
  const contentType = headerValues(rawHeaders, 'content-type')[0] ?? ''
  if (contentType === '' || JSON_TYPE.test(contentType)) return 'a JSON body cannot be left unsigned'
  return body.length === 0 ? [stated, actual] : [stated]
}

/** The form newer gateways answer with: newlines as `|`, no security token. */
function withoutSecrets(canonical: string): string {
  return renderReadable(canonical).replaceAll('\n', '|').slice(0, 4096)
}

const SECRET_HEADER = /(x-security-token|x-auth-token|x-subject-token)[ \t]*:[^\n]*/gi

/** A canonical request for people: bytes read as UTF-8, and no value of a header that is a secret. */
export function renderReadable(canonical: string): string {
  return Buffer.from(canonical, 'latin1').toString('utf8').replaceAll(SECRET_HEADER, '$1:***')
}
