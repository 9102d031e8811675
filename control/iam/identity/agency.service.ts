import type { Updateable } from 'kysely'
import type { AgencyTable } from '#db'
import { AppError } from '#kernel'
import { deleteAgency, findDomainId, insertAgency, updateAgency } from './agency.store.ts'
import { type Agency, agencyNotFound, requireAgency } from './agency.view.ts'
import type { IdentityDeps } from './deps.ts'
import { newId } from './new-id.ts'
import { parseTrustPolicy } from './trust-policy.ts'

type AgencyDeps = Pick<IdentityDeps, 'db' | 'clock'>
type DbDeps = Pick<IdentityDeps, 'db'>

export interface AgencyFacts {
  readonly trust_domain_id?: string | undefined
  readonly trust_domain_name?: string | undefined
  readonly description?: string | undefined
  readonly duration?: string | undefined
}

/** An agency of the older generation: it names the account that may assume it. */
export async function createAgency(
  { db, clock }: AgencyDeps,
  domainId: string,
  name: string,
  facts: AgencyFacts,
): Promise<Agency> {
  const trust_domain_id = await findTrusted(db, facts)
  if (trust_domain_id === undefined) {
    throw new AppError('iam.request_invalid', { detail: 'body agency lacks trust_domain_name or trust_domain_id' })
  }
  const { description = '', duration = 'FOREVER' } = facts
  const id = newId()
  const row = { id, domain_id: domainId, name, description, duration, trust_domain_id, created_at: clock.now() }
  await insertAgency(db, row)
  return requireAgency(db, domainId, id)
}

export interface TrustAgency {
  readonly agency_name: string
  readonly trust_policy: string
  readonly path?: string
  readonly max_session_duration?: number
  readonly description?: string
}

/** A trust agency of the newer generation: a policy says which account may assume it. */
export async function createTrustAgency(
  { db, clock }: AgencyDeps,
  domainId: string,
  facts: TrustAgency,
): Promise<Agency> {
  const { agency_name: name, trust_policy, path = '', max_session_duration = 3600, description = '' } = facts
  const id = newId()
  await insertAgency(db, {
    id,
    domain_id: domainId,
    name,
    description,
    path,
    trust_policy,
    trust_domain_id: parseTrustPolicy(trust_policy),
    max_session_seconds: max_session_duration,
    created_at: clock.now(),
  })
  return requireAgency(db, domainId, id)
}

/** Whom a trust agency trusts is said by its policy alone: the older generation does not change it. */
export async function changeAgency({ db }: DbDeps, agency: Agency, facts: AgencyFacts): Promise<Agency> {
  const trusted = await findTrusted(db, facts)
  if (trusted !== undefined && trusted !== agency.trust_domain_id && agency.trust_policy !== null) {
    throw new AppError('iam.conflict', { detail: `the trust policy of ${agency.name} says whom it trusts` })
  }
  const { description = agency.description, duration = agency.duration } = facts
  return change(db, agency, { description, duration, trust_domain_id: trusted ?? agency.trust_domain_id })
}

export async function changeTrustAgency(
  { db }: DbDeps,
  agency: Agency,
  seconds: number | undefined,
  description: string | undefined,
): Promise<Agency> {
  const max_session_seconds = seconds ?? agency.max_session_seconds
  return change(db, agency, { max_session_seconds, description: description ?? agency.description })
}

export async function removeAgency({ db }: DbDeps, agency: Agency): Promise<void> {
  if (!(await deleteAgency(db, agency.domain_id, agency.id))) throw agencyNotFound(agency.id)
}

async function change(db: IdentityDeps['db'], agency: Agency, changes: Updateable<AgencyTable>): Promise<Agency> {
  if (!(await updateAgency(db, agency.domain_id, agency.id, changes))) throw agencyNotFound(agency.id)
  return requireAgency(db, agency.domain_id, agency.id)
}

/** Undefined when nobody is named; an unknown id is refused by the database, an unknown name here, in the same words. */
async function findTrusted(db: IdentityDeps['db'], facts: AgencyFacts): Promise<string | undefined> {
  const { trust_domain_name: name, trust_domain_id: id } = facts
  if (name === undefined) return id
  const found = await findDomainId(db, name)
  if (found === undefined) throw new AppError('iam.not_found', { target: 'trusted domain', id: name })
  return found
}
