import { renderAuthorization } from './authorization.ts'
import { canonicalRequest } from './canonical-request.ts'
import { renderSdkDate, sha256Hex, signatureOf, stringToSign } from './signature.ts'

export interface Unsigned {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly accessKey: string
  readonly secretKey: string
  readonly now: Date
}

export interface SignedHeaders {
  readonly 'X-Sdk-Date': string
  readonly Authorization: string
}

/** The two headers to add to a request. `host` is left out of the signature: a client library sets it later. */
export function signRequest({ method, url, headers, body, accessKey, secretKey, now }: Unsigned): SignedHeaders {
  const { pathname, search } = new URL(url)
  const sdkDate = renderSdkDate(now)
  const rawHeaders = [...Object.entries(headers).flat(), 'x-sdk-date', sdkDate]
  const signedHeaders = [...Object.keys(headers).map((name) => name.toLowerCase()), 'x-sdk-date'].sort()
  const canonical = canonicalRequest({
    method,
    requestTarget: pathname + search,
    rawHeaders,
    signedHeaders,
    payloadHash: sha256Hex(body),
  })
  const signature = signatureOf(secretKey, stringToSign(sdkDate, canonical))
  return { 'X-Sdk-Date': sdkDate, Authorization: renderAuthorization({ accessKey, signedHeaders, signature }) }
}
