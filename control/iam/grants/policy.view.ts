import { type Expression, sql } from 'kysely'
import type { Db } from '#db'
import { selectPolicies } from './policy.store.ts'
import type { Policy } from './policy.ts'

/** An identity policy with how many of an account's users, groups and agencies have it. */
export type CountedPolicy = Policy & { readonly attachmentCount: number }

export interface IdentityPolicyFilter {
  readonly type: 'custom' | 'system' | undefined
  readonly pathPrefix: string
  readonly onlyAttached: boolean
}

export interface MarkerPage {
  readonly limit: number
  /** The last id of the page before. */
  readonly marker: string | undefined
}

/** Attachments of system policies by other accounts do not count: nobody learns of them. */
function attachmentCount(domainId: string, policyId: Expression<string>) {
  return sql<number>`(
    SELECT count(*)::integer FROM iam.attachment AS a
    LEFT JOIN iam.user AS u ON u.id = a.user_id
    LEFT JOIN iam.group AS g ON g.id = a.group_id
    LEFT JOIN iam.agency AS y ON y.id = a.agency_id
    WHERE a.policy_id = ${policyId} AND coalesce(u.domain_id, g.domain_id, y.domain_id) = ${domainId})`
}

function selectIdentityPolicies(db: Db, domainId: string) {
  return selectPolicies(db)
    .select(({ ref }) => attachmentCount(domainId, ref('p.id')).as('attachmentCount'))
    .where('p.model', '=', 'identity')
    .where(({ or, eb }) => or([eb('p.domain_id', '=', domainId), eb('p.domain_id', 'is', null)]))
}

export async function findIdentityPolicy(
  db: Db,
  domainId: string,
  policyId: string,
): Promise<CountedPolicy | undefined> {
  return selectIdentityPolicies(db, domainId).where('p.id', '=', policyId).executeTakeFirst()
}

/** In the order of their ids; one more than the page holds tells that there is a next one. */
export async function listIdentityPolicies(
  db: Db,
  domainId: string,
  { type, pathPrefix, onlyAttached }: IdentityPolicyFilter,
  { limit, marker }: MarkerPage,
): Promise<readonly CountedPolicy[]> {
  let query = selectIdentityPolicies(db, domainId)
  if (type === 'custom') query = query.where('p.domain_id', '=', domainId)
  if (type === 'system') query = query.where('p.domain_id', 'is', null)
  if (pathPrefix !== '') query = query.where(sql<boolean>`starts_with(p.path, ${pathPrefix})`)
  if (onlyAttached) query = query.where(({ ref }) => sql<boolean>`${attachmentCount(domainId, ref('p.id'))} > 0`)
  if (marker !== undefined) query = query.where('p.id', '>', marker)
  return query
    .orderBy('p.id')
    .limit(limit + 1)
    .execute()
}

export interface RoleFilter {
  /** Null for those of the system. */
  readonly domainId: string | null
  readonly name?: string | undefined
  readonly displayName?: string | undefined
  readonly catalog?: string | undefined
  readonly model?: 'role' | 'policy' | undefined
  readonly types?: readonly Policy['type'][] | undefined
}

export interface NumberedPage {
  readonly page: number
  readonly perPage: number
}

export interface Roles {
  readonly roles: readonly Policy[]
  readonly total: number
}

/** Roles and policies, by display name. */
export async function listRoles(db: Db, filter: RoleFilter, { page, perPage }: NumberedPage): Promise<Roles> {
  const all = selectPolicies(db)
    .where('p.model', '<>', 'identity')
    .where('p.domain_id', filter.domainId === null ? 'is' : '=', filter.domainId)
    .$if(filter.name !== undefined, (query) => query.where('p.name', '=', filter.name as string))
    .$if(filter.displayName !== undefined, (query) => query.where('p.display_name', '=', filter.displayName as string))
    .$if(filter.catalog !== undefined, (query) => query.where('p.catalog', '=', filter.catalog as string))
    .$if(filter.model !== undefined, (query) => query.where('p.model', '=', filter.model as 'role'))
    .$if(filter.types !== undefined, (query) => query.where('p.type', 'in', filter.types as Policy['type'][]))
  const offset = (page - 1) * perPage
  const [{ total }, roles] = await Promise.all([
    all
      .clearSelect()
      .select(({ fn }) => fn.countAll<string>().as('total'))
      .executeTakeFirstOrThrow(),
    all.orderBy('p.display_name').orderBy('p.id').limit(perPage).offset(offset).execute(),
  ])
  return { roles, total: Number(total) }
}

/** A role or policy of the account or the system. */
export async function findRole(db: Db, domainId: string, roleId: string): Promise<Policy | undefined> {
  return selectPolicies(db)
    .where('p.id', '=', roleId)
    .where('p.model', '<>', 'identity')
    .where(({ or, eb }) => or([eb('p.domain_id', '=', domainId), eb('p.domain_id', 'is', null)]))
    .executeTakeFirst()
}
