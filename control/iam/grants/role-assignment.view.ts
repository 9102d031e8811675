import { sql } from 'kysely'
import type { Db } from '#db'
import type { NumberedPage } from './policy.view.ts'
import type { SubjectKind } from './subject.view.ts'

export interface RoleAssignment {
  readonly roleId: string
  readonly userId: string | null
  readonly groupId: string | null
  readonly agencyId: string | null
  readonly scope: 'global' | 'project' | 'all' | 'enterprise_project'
  readonly projectId: string | null
  readonly enterpriseProjectId: string | null
}

export interface AssignmentFilter {
  readonly roleId?: string | undefined
  /** Of one kind, or one of them. */
  readonly subject?: { readonly kind: SubjectKind; readonly id?: string | undefined } | undefined
  /** With a user: what its groups have counts as well. */
  readonly includeGroups: boolean
  readonly scopes?: readonly RoleAssignment['scope'][] | undefined
  readonly projectId?: string | undefined
  readonly enterpriseProjectId?: string | undefined
}

export interface RoleAssignments {
  readonly assignments: readonly RoleAssignment[]
  readonly total: number
}

/** Grants of an account in the order of their ids. */
export async function listRoleAssignments(
  db: Db,
  domainId: string,
  filter: AssignmentFilter,
  { page, perPage }: NumberedPage,
): Promise<RoleAssignments> {
  const all = db
    .selectFrom('iam.grant as g')
    .where('g.domain_id', '=', domainId)
    .where(isOfSubject(filter))
    .$if(filter.roleId !== undefined, (query) => query.where('g.policy_id', '=', filter.roleId as string))
    .$if(filter.scopes !== undefined, (query) => query.where('g.scope', 'in', filter.scopes as 'all'[]))
    .$if(filter.projectId !== undefined, (query) => query.where('g.project_id', '=', filter.projectId as string))
    .$if(filter.enterpriseProjectId !== undefined, (query) =>
      query.where('g.enterprise_project_id', '=', filter.enterpriseProjectId as string),
    )
  const [{ total }, assignments] = await Promise.all([
    all.select(({ fn }) => fn.countAll<string>().as('total')).executeTakeFirstOrThrow(),
    all
      .select(['g.policy_id as roleId', 'g.user_id as userId', 'g.group_id as groupId', 'g.agency_id as agencyId'])
      .select(['g.scope', 'g.project_id as projectId', 'g.enterprise_project_id as enterpriseProjectId'])
      .orderBy('g.id')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute(),
  ])
  return { assignments, total: Number(total) }
}

function isOfSubject({ subject, includeGroups }: AssignmentFilter) {
  if (subject === undefined) return sql<boolean>`true`
  const { kind, id } = subject
  const column = sql.ref(`g.${kind}_id`)
  const own = id === undefined ? sql<boolean>`${column} IS NOT NULL` : sql<boolean>`${column} = ${id}`
  if (kind !== 'user' || !includeGroups) return own
  const member = id === undefined ? sql`true` : sql`m.user_id = ${id}`
  return sql<boolean>`(${own} OR EXISTS (
    SELECT 1 FROM iam.group_member AS m WHERE m.group_id = g.group_id AND ${member}))`
}
