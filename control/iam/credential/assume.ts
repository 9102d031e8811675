import type { Db } from '#db'
import type { Check, Principal, Resource } from '#http'
import type { Clock } from '#kernel'
import { AppError, secondsAfter } from '#kernel'
import { findIdentity } from '../identity/identity.store.ts'
import { iamResource } from '../identity/resource.ts'
import type { Origin } from './origin.ts'
import { type Agency, type AgencyReference, findAgencyBy } from './subject.store.ts'
import { earlier, findOrigin, isOpenTo, type Subject } from './subject.ts'
import { TOKEN_SECONDS } from './token.ts'

export interface AssumeDeps {
  readonly db: Db
  readonly clock: Clock
}

/** How callers name an agency: by name alone, or as URNs have it, with its path. */
export interface NamedAgency extends AgencyReference {
  /** Null where it is not said. */
  readonly path: string | null
}

export const STS_ACTION = 'sts:agencies:assume'

/** Who asks for which agency, and how the permission of it is asked for. */
export interface AssumeRequest {
  readonly principal: Principal | null
  readonly agency: NamedAgency
  /** Null: named after the user. */
  readonly sessionName: string | null
  readonly authorize: (checks: readonly Check[]) => Promise<void>
  readonly action: string
}

export interface AssumedSession {
  readonly subject: Subject & { readonly agency: Agency }
  readonly origin: Origin
  /** The longest session that the agency allows ends then, or the agency itself. */
  readonly endsAt: Date
}

/**
 * Lets a user act for an agency: the permission is asked for first, and one answer is given for an agency that
 * does not exist, has ended or trusts another account. Who acts for an agency already, or is known to an
 * identity service outside only, assumes none: there would be no user behind the session whose end would end it.
 */
export async function assumeAgency(deps: AssumeDeps, request: AssumeRequest): Promise<AssumedSession> {
  const { principal, agency: reference, action } = request
  if (principal === null) throw new AppError('iam.credentials_missing')
  const own = findOrigin(principal)
  if (own === null || own.assumed !== null) {
    throw new AppError('iam.not_allowed', { action, reason: 'Only a user may assume an agency.' })
  }
  const now = deps.clock.now()
  const found = await findAgencyBy(deps.db, reference)
  const user = await findIdentity(deps.db, own.userId)
  const isFound = found && (reference.path === null || reference.path === found.path)
  const agency = isFound && user && isOpenTo(found, user, now) ? found : undefined
  const resource = resourceOf(agency, reference)
  // a trust policy speaks of the newer action: the older one alone does not go around who may do that
  const actions = agency?.hasTrustPolicy ? [...new Set([action, STS_ACTION])] : [action]
  await request.authorize(actions.map((asked) => ({ action: asked, projectId: null, resource })))
  if (!user || !agency) {
    const reason = `There is no agency ${reference.name} there that trusts the account of the caller.`
    throw new AppError('iam.not_allowed', { action, reason })
  }
  const assumed = { agencyId: agency.agencyId, sessionName: request.sessionName ?? sessionNameOf(user.userName) }
  const endsAt = earlier(longestSession(agency, now), agency.endsAt)
  return { subject: { user, agency }, origin: { ...own, assumed }, endsAt }
}

/** Only the newer agencies have a longest session; a token for an older one lasts as long as any (section 1.1). */
function longestSession({ hasTrustPolicy, maxSessionSeconds }: Agency, now: Date): Date {
  return secondsAfter(now, hasTrustPolicy ? maxSessionSeconds : TOKEN_SECONDS)
}

/** What cannot be assumed is asked about, and every refusal speaks, in the words of the caller, who learns nothing by it. */
function resourceOf(agency: Agency | undefined, { name, path, domainId, domainName }: NamedAgency): Resource {
  const toldAs = { id: `${path ?? ''}${name}`, accountId: domainId ?? domainName ?? '' }
  if (!agency) return { ...iamResource('agency', toldAs.id), accountId: toldAs.accountId }
  const resource = iamResource('agency', `${agency.path}${agency.agencyName}`)
  return { ...resource, ownId: agency.agencyId, accountId: agency.domainId, toldAs }
}

/** Session names become part of URNs. */
function sessionNameOf(userName: string): string {
  return userName.replaceAll(/[^A-Za-z0-9_+=,.@-]/g, '_').slice(0, 64)
}
