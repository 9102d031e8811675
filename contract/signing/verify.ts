import { timingSafeEqual } from 'node:crypto'
import type { Authorization } from './authorization.ts'
import { canonicalRequest, headerValues } from './canonical-request.ts'
import { parseSdkDate, renderSdkDate, sha256Hex, signatureOf, stringToSign } from './signature.ts'

export interface Received {
  readonly method: string
  readonly requestTarget: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

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
export function verifySignature(request: Received, authorization: Authorization, secretKey: string): Verdict {
  const { rawHeaders } = request
  const missing = authorization.signedHeaders.find((name) => headerValues(rawHeaders, name).length === 0)
  if (missing !== undefined) return malformed(`the signed header ${missing} is not in the request`)
  const payloadHash = payloadHashOf(request)
  if (typeof payloadHash !== 'string') return payloadHash
  const { signedHeaders } = authorization
  const canonical = canonicalRequest({ ...request, signedHeaders, payloadHash })
  const sdkDate = headerValues(rawHeaders, 'x-sdk-date')[0] ?? ''
  const expected = Buffer.from(signatureOf(secretKey, stringToSign(sdkDate, canonical)), 'hex')
  if (timingSafeEqual(expected, Buffer.from(authorization.signature, 'hex'))) return { ok: true }
  return { ok: false, reason: 'mismatch', canonicalRequest: withoutSecrets(canonical) }
}

const JSON_TYPE = /^application\/(json|bson)\b/i

/** The body's own hash; a client's statement about it is believed only where it cannot differ from the body. */
function payloadHashOf({ rawHeaders, body }: Received): string | Verdict {
  const stated = headerValues(rawHeaders, 'x-sdk-content-sha256')[0]
  const actual = sha256Hex(body)
  if (stated === undefined || stated === actual) return actual
  if (stated !== 'UNSIGNED-PAYLOAD') return malformed('X-Sdk-Content-Sha256 is not the hash of the body')
  const contentType = headerValues(rawHeaders, 'content-type')[0] ?? ''
  if (contentType === '' || JSON_TYPE.test(contentType)) return malformed('a JSON body cannot be left unsigned')
  return stated
}

/** The form newer gateways answer with: newlines as `|`, no security token. */
function withoutSecrets(canonical: string): string {
  return canonical
    .replaceAll(/^(x-security-token|x-auth-token):.*$/gm, '$1:***')
    .replaceAll('\n', '|')
    .slice(0, 4096)
}
