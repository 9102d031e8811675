import type { Selectable } from 'kysely'
import type { Db, GrantTable } from '#db'
import { selectPolicies } from './policy.store.ts'
import { newId, type Policy } from './policy.ts'
import { holderOf, type SubjectKind } from './subject.view.ts'

/** Where a role counts: IAM reference, section 3.7. */
export type GrantPlace =
  | { readonly scope: 'global' | 'all' }
  | { readonly scope: 'project'; readonly projectId: string }
  | { readonly scope: 'enterprise_project'; readonly enterpriseProjectId: string }

export interface Grantee {
  readonly kind: SubjectKind
  readonly subjectId: string
  readonly place: GrantPlace
}

function rowOf({ kind, subjectId, place }: Grantee) {
  return {
    user_id: kind === 'user' ? subjectId : null,
    group_id: kind === 'group' ? subjectId : null,
    agency_id: kind === 'agency' ? subjectId : null,
    scope: place.scope,
    project_id: place.scope === 'project' ? place.projectId : null,
    enterprise_project_id: place.scope === 'enterprise_project' ? place.enterpriseProjectId : null,
  }
}

/** A grant that is there already stays as it is. Throws the database's foreign key violation when a side is gone. */
export async function insertGrant(
  db: Db,
  grantee: Grantee,
  { domainId, roleId }: { readonly domainId: string; readonly roleId: string },
  at: Date,
): Promise<void> {
  await db
    .insertInto('iam.grant')
    .values({ id: newId(), domain_id: domainId, policy_id: roleId, created_at: at, ...rowOf(grantee) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** False when there was nothing to take away. */
export async function deleteGrant(db: Db, grantee: Grantee, roleId: string): Promise<boolean> {
  const row = rowOf(grantee)
  const { kind, subjectId } = grantee
  const result = await db
    .deleteFrom('iam.grant')
    .where('policy_id', '=', roleId)
    .where(`${kind}_id`, '=', subjectId)
    .where('scope', '=', row.scope)
    .where('project_id', 'is not distinct from', row.project_id)
    .where('enterprise_project_id', 'is not distinct from', row.enterprise_project_id)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}

/** The roles that somebody has in one place, by display name; one only with an id. */
export async function listGrantedRoles(db: Db, grantee: Grantee, roleId?: string): Promise<readonly Policy[]> {
  const row = rowOf(grantee)
  const { kind, subjectId } = grantee
  return selectPolicies(db)
    .innerJoin('iam.grant as g', 'g.policy_id', 'p.id')
    .where(`g.${kind}_id`, '=', subjectId)
    .where('g.scope', '=', row.scope)
    .where('g.project_id', 'is not distinct from', row.project_id)
    .where('g.enterprise_project_id', 'is not distinct from', row.enterprise_project_id)
    .$if(roleId !== undefined, (query) => query.where('p.id', '=', roleId as string))
    .orderBy('p.display_name')
    .orderBy('p.id')
    .execute()
}

export interface HeldRole extends Grantee {
  readonly roleId: string
}

/** Everything that is granted in an account, of every role, to everybody, everywhere. */
export async function listHeldRoles(db: Db, domainId: string): Promise<readonly HeldRole[]> {
  const rows = await db
    .selectFrom('iam.grant')
    .select(['policy_id', 'user_id', 'group_id', 'agency_id', 'scope', 'project_id', 'enterprise_project_id'])
    .where('domain_id', '=', domainId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ roleId: row.policy_id, ...holderOf(row), place: placeOf(row) }))
}

type Scoped = Pick<Selectable<GrantTable>, 'scope' | 'project_id' | 'enterprise_project_id'>

function placeOf({ scope, project_id, enterprise_project_id }: Scoped): GrantPlace {
  if (scope === 'project') return { scope, projectId: project_id ?? '' }
  if (scope === 'enterprise_project') return { scope, enterpriseProjectId: enterprise_project_id ?? '' }
  return { scope }
}
