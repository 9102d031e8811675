import type { Db } from '#db'
import { AppError } from '#kernel'
import type { AgencyRow } from './agency.store.ts'
import type { MarkerPage } from './page.ts'

/** An agency with the name of the account that may assume it. */
export interface Agency extends AgencyRow {
  readonly trust_domain_name: string
}

function selectAgencies(db: Db, domainId: string) {
  return db
    .selectFrom('iam.agency as a')
    .innerJoin('iam.domain as trusted', 'trusted.id', 'a.trust_domain_id')
    .selectAll('a')
    .select('trusted.name as trust_domain_name')
    .where('a.domain_id', '=', domainId)
}

/** Says the same of an unknown agency and one of another account. */
export async function requireAgency(db: Db, domainId: string, id: string): Promise<Agency> {
  const agency = await selectAgencies(db, domainId).where('a.id', '=', id).executeTakeFirst()
  if (!agency) throw agencyNotFound(id)
  return agency
}

export function agencyNotFound(id: string): AppError {
  return new AppError('iam.not_found', { target: 'agency', id })
}

export interface AgencyFilter {
  readonly name?: string | undefined
  readonly trustDomainId?: string | undefined
  readonly pathPrefix?: string | undefined
  readonly page?: MarkerPage
}

/** By id; of a page one row more than it holds. */
export async function listAgencies(db: Db, domainId: string, filter: AgencyFilter): Promise<Agency[]> {
  const { name, trustDomainId, pathPrefix, page } = filter
  let query = selectAgencies(db, domainId).orderBy('a.id')
  if (name !== undefined) query = query.where('a.name', '=', name)
  if (trustDomainId !== undefined) query = query.where('a.trust_domain_id', '=', trustDomainId)
  if (pathPrefix !== undefined)
    query = query.where(({ fn, ref, val }) => fn('starts_with', [ref('a.path'), val(pathPrefix)]))
  if (page?.after !== undefined) query = query.where('a.id', '>', page.after)
  if (page !== undefined) query = query.limit(page.limit + 1)
  return query.execute()
}
