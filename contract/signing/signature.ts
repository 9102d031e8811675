import { createHmac, hash } from 'node:crypto'
import { type CanonicalParts, canonicalRequest } from './canonical-request.ts'
import { type Algorithm, type Credential, hashHex, renderScope, VARIANTS } from './variants.ts'

/** Everything a signature is made of, for comparing and for showing. */
export interface Computed {
  /** Byte string: one character per byte, as `canonicalRequest` makes it. */
  readonly canonicalRequest: string
  readonly stringToSign: string
  /** 64 lower-case hex digits. */
  readonly signature: string
}

export interface Signing extends Credential {
  readonly algorithm: Algorithm
  readonly sdkDate: string
  readonly parts: CanonicalParts
}

/** What a signer that knows the secret key signs for this request. */
export function computeSignature(signing: Signing, secretKey: string): Computed {
  const { digest, keying } = VARIANTS[signing.algorithm]
  const canonical = canonicalRequest(signing.parts)
  const text = stringToSign(signing, canonical)
  const key = keying.signingKey(signing, secretKey)
  const signature = createHmac(digest, key).update(text).digest('hex')
  return { canonicalRequest: canonical, stringToSign: text, signature }
}

/** Algorithm, date, scope if there is one, and hash of the canonical request: what the HMAC is made over. */
export function stringToSign({ algorithm, sdkDate, scope }: Omit<Signing, 'parts'>, canonical: string): string {
  const scopeLine = scope === null ? [] : [renderScope(scope)]
  return [algorithm, sdkDate, ...scopeLine, hashHex(VARIANTS[algorithm].digest, canonical)].join('\n')
}

export function sha256Hex(bytes: Buffer | string): string {
  return hash('sha256', bytes, 'hex')
}
