import type { Sealer } from '../keys/seal.ts'

/** What a token says; sealed, so that nobody outside can read or change it. */
export interface TokenClaims {
  readonly userId: string
  /** Null for a token of the whole account. */
  readonly projectId: string | null
  readonly issuedAt: Date
  readonly expiresAt: Date
}

export const TOKEN_SECONDS = 24 * 3600
const CONTEXT = 'iam.token'
const MAX_LENGTH = 1024

export function sealToken(sealer: Sealer, { userId, projectId, issuedAt, expiresAt }: TokenClaims): string {
  return sealer.seal(JSON.stringify([userId, projectId, issuedAt.getTime(), expiresAt.getTime()]), CONTEXT)
}

/** Undefined for anything that is not a token of ours; whether it has expired is the caller's question. */
export function openToken(sealer: Sealer, text: string): TokenClaims | undefined {
  if (text.length > MAX_LENGTH) return undefined
  try {
    const [userId, projectId, issuedAt, expiresAt] = JSON.parse(sealer.open(text, CONTEXT))
    return { userId, projectId, issuedAt: new Date(issuedAt), expiresAt: new Date(expiresAt) }
  } catch {
    return undefined
  }
}

/** UTC with six fractional digits, as IAM prints instants. */
export function renderTokenTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z')
}
