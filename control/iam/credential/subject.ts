import type { Db } from '#db'
import type { Principal } from '#http'
import { AppError } from '#kernel'
import { findIdentity, type Identity } from '../identity/identity.store.ts'
import { agencyPrincipal, type Credential, userPrincipal } from '../principal.ts'
import type { Origin } from './origin.ts'
import { isAnyRevoked } from './revoked-token.store.ts'
import { type Agency, findAgency } from './subject.store.ts'

/** Whom a credential stands for: a user, or an agency that the user has assumed. */
export interface Subject {
  readonly user: Identity
  readonly agency: Agency | null
}

/** A principal with what further credentials of it are made from. */
export interface Proven extends Principal {
  readonly origin: Origin
  /** Nothing that is made from the credential lives longer; null for a permanent key. */
  readonly endsAt: Date | null
}

/**
 * Looks at everything that stops a credential early: user or account gone or disabled, password or keys changed, a token
 * behind it revoked, the agency gone, ended or trusting somebody else. All of it is read live; caches know of every change.
 */
export async function requireSubject(db: Db, origin: Origin, now: Date): Promise<Subject> {
  const user = await findIdentity(db, origin.userId)
  if (!user?.enabled) throw new AppError('iam.principal_gone')
  if (user.credentialsAt.getTime() !== origin.credentialsAt.getTime()) throw new AppError('iam.token_superseded')
  if (await isAnyRevoked(db, origin.tokenIds)) throw new AppError('iam.token_revoked')
  if (origin.assumed === null) return { user, agency: null }
  const agency = await findAgency(db, origin.assumed.agencyId)
  if (!agency || !isOpenTo(agency, user, now)) throw new AppError('iam.principal_gone')
  return { user, agency }
}

/** Whether users of that account may act for the agency at all, now. */
export function isOpenTo(agency: Agency, user: { readonly domainId: string }, now: Date): boolean {
  const { enabled, trustDomainId, endsAt } = agency
  return enabled && trustDomainId === user.domainId && (endsAt === null || endsAt > now)
}

export function provenOf(
  { user, agency }: Subject,
  origin: Origin,
  credential: Credential,
  endsAt: Date | null,
): Proven {
  const { assumed } = origin
  const principal =
    agency !== null && assumed !== null
      ? agencyPrincipal(agency, assumed.sessionName, credential)
      : userPrincipal(user, credential)
  return { ...principal, origin, endsAt }
}

/** Null for a principal of an identity service outside: nothing is made from its credentials here. */
export function findOrigin(principal: Principal): Origin | null {
  return findProven(principal)?.origin ?? null
}

export function findProven(principal: Principal): Proven | null {
  return 'origin' in principal ? (principal as Proven) : null
}

/** Who it is for policies and for itself: of a session of an agency, the agency and the name of the session. */
export function principalIdOf(principal: Principal): string {
  const assumed = findOrigin(principal)?.assumed
  return assumed ? `${principal.userId}:${assumed.sessionName}` : principal.userId
}

/** The earlier of two ends, of which there may be none. */
export function earlier(at: Date, other: Date | null): Date {
  return other !== null && other < at ? other : at
}
