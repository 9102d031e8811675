import type { Db } from '#db'
import type { AgencyIdentity } from '../principal.ts'

/** An agency as far as it decides whether somebody may act for it. */
export interface Agency extends AgencyIdentity {
  readonly path: string
  /** The account whose users may assume it. */
  readonly trustDomainId: string
  readonly maxSessionSeconds: number
  /** Its trust is said by a policy, in the words of the security token service. */
  readonly hasTrustPolicy: boolean
  /** Its account is enabled. */
  readonly enabled: boolean
  /** When it ends by itself; null for never. */
  readonly endsAt: Date | null
}

function selectAgencies(db: Db) {
  return db
    .selectFrom('iam.agency as a')
    .innerJoin('iam.domain as d', 'd.id', 'a.domain_id')
    .select(['a.id as agencyId', 'a.name as agencyName', 'a.path', 'a.trust_domain_id as trustDomainId'])
    .select(['a.max_session_seconds as maxSessionSeconds', 'a.duration', 'a.created_at as createdAt'])
    .select((eb) => eb('a.trust_policy', 'is not', null).$castTo<boolean>().as('hasTrustPolicy'))
    .select(['d.id as domainId', 'd.name as domainName', 'd.enabled'])
}

type AgencyRow = Omit<Agency, 'endsAt'> & { readonly duration: string; readonly createdAt: Date }

function agencyOf({ duration, createdAt, ...agency }: AgencyRow): Agency {
  return { ...agency, endsAt: endOf(duration, createdAt) }
}

const DAY_MS = 24 * 3600 * 1000

/** `FOREVER`, `ONEDAY` or a number of days; anything else has ended. */
function endOf(duration: string, createdAt: Date): Date | null {
  if (duration === 'FOREVER') return null
  const days = duration === 'ONEDAY' ? 1 : Number(duration)
  return new Date(Number.isInteger(days) ? createdAt.getTime() + days * DAY_MS : 0)
}

export async function findAgency(db: Db, agencyId: string): Promise<Agency | undefined> {
  const row = await selectAgencies(db).where('a.id', '=', agencyId).executeTakeFirst()
  return row && agencyOf(row)
}

/** An agency as callers name it: in an account that is numbered or named. */
export interface AgencyReference {
  readonly name: string
  readonly domainId: string | undefined
  readonly domainName: string | undefined
}

export async function findAgencyBy(db: Db, by: AgencyReference): Promise<Agency | undefined> {
  if (by.domainId === undefined && by.domainName === undefined) return undefined
  let query = selectAgencies(db).where('a.name', '=', by.name)
  if (by.domainId !== undefined) query = query.where('d.id', '=', by.domainId)
  if (by.domainName !== undefined) query = query.where('d.name', '=', by.domainName)
  const row = await query.executeTakeFirst()
  return row && agencyOf(row)
}
