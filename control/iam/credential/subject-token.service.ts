import type { Check, Principal } from '#http'
import { AppError, secondsAfter } from '#kernel'
import { findProject } from '../identity/identity.store.ts'
import { isSameOrigin } from './origin.ts'
import type { ProvenToken, TokenProver } from './prove-token.ts'
import { deleteExpiredRevocations, insertRevokedToken } from './revoked-token.store.ts'
import { findOrigin } from './subject.ts'
import { placeOf, type TokenDeps } from './token.service.ts'
import { TOKEN_SECONDS, tokenIdOf } from './token.ts'
import { renderToken, type TokenBody } from './token-body.ts'

/** A caller and the token that it asks about (IAM reference, section 1.2). */
export interface SubjectRequest {
  readonly principal: Principal
  readonly subjectToken: string
  readonly authorize: (checks: readonly Check[]) => Promise<void>
}

export async function validateToken(
  deps: TokenDeps,
  prove: TokenProver,
  request: SubjectRequest,
  withCatalog: boolean,
): Promise<TokenBody> {
  const { claims, subject } = await requireToken(prove, request, 'iam:tokens:validateToken')
  const { projectId } = claims
  const project = projectId === null ? null : await findProject(deps.db, { id: projectId })
  if (project === undefined) throw unknown()
  return renderToken(claims, subject, project, withCatalog ? placeOf(deps) : null)
}

/**
 * Ends a token, and with it the tokens and temporary keys that were made from it. The row is kept as long as the last of
 * these could live: every one was made before now.
 */
export async function revokeToken(deps: TokenDeps, prove: TokenProver, request: SubjectRequest): Promise<void> {
  const { claims } = await requireToken(prove, request, 'iam:tokens:revokeToken')
  const now = deps.clock.now()
  await deleteExpiredRevocations(deps.db, now)
  await insertRevokedToken(deps.db, tokenIdOf(claims) ?? '', secondsAfter(now, TOKEN_SECONDS))
}

function unknown(): AppError {
  return new AppError('iam.subject_token_unknown')
}

/** One answer for what is no token, is none any more, or is of another account. */
async function requireToken(prove: TokenProver, request: SubjectRequest, action: string): Promise<ProvenToken> {
  const { principal, subjectToken, authorize } = request
  const found = await prove(subjectToken).catch((error: unknown) => {
    throw error instanceof AppError ? unknown() : error
  })
  if (isOwn(principal, found)) return found
  if (found.principal.domainId !== principal.domainId) throw unknown()
  const { kind, userName: id } = found.principal
  const type = kind === 'agency' ? 'agency' : 'user'
  await authorize([{ action, projectId: null, resource: { type, id, tags: [], enterpriseProjectId: null } }])
  return found
}

/** Of the caller itself, or of an agency that it has assumed; what a session policy narrows has to be allowed to ask. */
function isOwn(principal: Principal, { claims }: ProvenToken): boolean {
  const own = findOrigin(principal)
  if (own === null || principal.sessionPolicy !== null) return false
  return isSameOrigin(own, claims) || (own.assumed === null && own.userId === claims.userId)
}
