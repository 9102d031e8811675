import { renderAuthorization } from './authorization.ts'
import { dayOf, renderSdkDate } from './sdk-date.ts'
import { computeSignature } from './signature.ts'
import { type Algorithm, hashHex, type Scope, VARIANTS } from './variants.ts'

/** Which algorithm, and for the derived one what the key is good for. */
export type Scheme =
  | { readonly algorithm: Exclude<Algorithm, 'V11-HMAC-SHA256'> }
  | { readonly algorithm: 'V11-HMAC-SHA256'; readonly region: string; readonly service: string }

export interface Unsigned {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | string
  readonly accessKey: string
  readonly secretKey: string
  readonly now: Date
  /** SDK-HMAC-SHA256 unless told. */
  readonly scheme?: Scheme
}

export interface SignedHeaders {
  readonly 'X-Sdk-Date': string
  readonly Authorization: string
}

/**
 * The two headers to add to a request. `host` is left out of the signature: a client library sets it later. A header that
 * states the hash of the body counts as the SDKs count it: its value is signed in place of the hash.
 */
export function signRequest(unsigned: Unsigned): SignedHeaders {
  const { method, url, headers, accessKey, secretKey, now, scheme = { algorithm: 'SDK-HMAC-SHA256' } } = unsigned
  const { algorithm } = scheme
  const { pathname, search } = new URL(url)
  const sdkDate = renderSdkDate(now)
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const signedHeaders = [...names, 'x-sdk-date'].sort()
  const credential = { algorithm, accessKey, scope: scopeOf(scheme, sdkDate) }
  const parts = {
    method,
    requestTarget: pathname + search,
    rawHeaders: [...Object.entries(headers).flat(), 'x-sdk-date', sdkDate],
    signedHeaders,
    payloadHash: payloadHashOf(unsigned, algorithm),
  }
  const { signature } = computeSignature({ ...credential, sdkDate, parts }, secretKey)
  return { 'X-Sdk-Date': sdkDate, Authorization: renderAuthorization({ ...credential, signedHeaders, signature }) }
}

function scopeOf(scheme: Scheme, sdkDate: string): Scope | null {
  if (!('region' in scheme)) return null
  return { day: dayOf(sdkDate), region: scheme.region, service: scheme.service }
}

function payloadHashOf({ headers, body }: Unsigned, algorithm: Algorithm): string {
  const { contentHeader, digest } = VARIANTS[algorithm]
  const stated = Object.entries(headers).find(([name]) => name.toLowerCase() === contentHeader)?.[1]
  return stated ?? hashHex(digest, Buffer.from(body))
}
