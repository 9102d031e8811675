import type { Principal } from '#http'
import { AppError } from '#kernel'

/** Whether a user is the caller; an assumed agency is no user, whatever its id. */
export function isSelf(principal: Principal, userId: string): boolean {
  return principal.kind === 'user' && principal.userId === userId
}

/** Whether the caller may do without a permission what users may do to themselves; narrowed credentials may not. */
export function isFreeToSelf(principal: Principal, userId: string): boolean {
  return isSelf(principal, userId) && principal.sessionPolicy === null
}

/** A permanent key of one's own would outlive the temporary key or the session that it was made with. */
export function refuseLasting(principal: Principal, userId: string): void {
  const isLasting = principal.credential !== 'temporary_key' && principal.sessionPolicy === null
  if (isSelf(principal, userId) && !isLasting) throw new AppError('iam.scope_forbidden')
}

/** For what a user may do to itself alone. Says the same of other users, unknown ones and those of other accounts. */
export function requireSelf(principal: Principal, userId: string): void {
  if (!isFreeToSelf(principal, userId)) throw new AppError('iam.scope_forbidden')
}

/** Requests may name the account they are about: it must be the caller's, and an empty name means that one. */
export function requireOwnDomain(principal: Principal, domainId: string | undefined): void {
  if (domainId === undefined || domainId === '' || domainId === principal.domainId) return
  throw new AppError('iam.not_found', { target: 'domain', id: domainId })
}
