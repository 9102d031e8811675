import { randomBytes } from 'node:crypto'
import type { Sealer } from '../keys/seal.ts'
import type { Origin } from './origin.ts'

/** What a token says; sealed, so that nobody outside can read or change it. */
export interface TokenClaims extends Origin {
  /** How it was proven who asks for it (IAM reference, section 1.1). */
  readonly methods: readonly string[]
  /** Null for a token of the whole account. */
  readonly projectId: string | null
  readonly issuedAt: Date
  readonly expiresAt: Date
}

export const TOKEN_SECONDS = 24 * 3600
const CONTEXT = 'iam.token'
const MAX_LENGTH = 2048
const ID_BYTES = 12

/** A new token's own id, by which it is revoked. */
export function newTokenId(): string {
  return randomBytes(ID_BYTES).toString('base64url')
}

export function tokenIdOf({ tokenIds }: Origin): string | null {
  return tokenIds.at(-1) ?? null
}

/** The texts of an array without names: a token travels in a header with every request. */
export function sealToken(sealer: Sealer, claims: TokenClaims): string {
  const { tokenIds, methods, userId, assumed, projectId } = claims
  const times = [claims.credentialsAt, claims.issuedAt, claims.expiresAt].map((at) => at.getTime())
  const session = assumed && [assumed.agencyId, assumed.sessionName]
  return sealer.seal(JSON.stringify([tokenIds, methods, userId, session, projectId, ...times]), CONTEXT)
}

/** Undefined for anything that is not a token of ours; whether it has expired is the caller's question. */
export function openToken(sealer: Sealer, text: string): TokenClaims | undefined {
  if (text.length > MAX_LENGTH) return undefined
  try {
    const [tokenIds, methods, userId, session, projectId, ...times] = JSON.parse(sealer.open(text, CONTEXT))
    const assumed = session && { agencyId: session[0], sessionName: session[1] }
    const [credentialsAt, issuedAt, expiresAt] = times.map((at: number) => new Date(at))
    return { tokenIds, methods, userId, assumed, projectId, credentialsAt, issuedAt, expiresAt }
  } catch {
    return undefined
  }
}

/** UTC with six fractional digits, as IAM prints instants. */
export function renderTokenTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z')
}
