import { type RawBuilder, sql } from 'kysely'
import { parse } from 'secure-json-parse'
import type { Db, PolicyModel, Tag } from '#db'
import type { Principal } from '#http'
import { type Grant, readStoredDocument, type Scope } from '../policy/index.ts'

interface GrantRow {
  readonly id: string
  readonly name: string
  readonly model: PolicyModel
  readonly catalog: string
  readonly document: string
  /** Null for identity policies, which count wherever their document says. */
  readonly scope: 'global' | 'project' | 'all' | 'enterprise_project' | null
  readonly project_id: string | null
  readonly enterprise_project_id: string | null
}

type Holder = Pick<Principal, 'kind' | 'userId' | 'projectId' | 'outsideRoles'>

/**
 * Everything that is in force for somebody, in one query: what the groups of a user have, what it has itself, and what
 * it has in enterprise projects; what an agency has; or the system's roles that an identity service outside names.
 */
export async function listGrants(db: Db, principal: Holder): Promise<readonly Grant[]> {
  if (principal.kind === 'external') return grantsOf(await outsideRows(db, principal))
  return grantsOf(await ownRows(db, principal))
}

async function ownRows(db: Db, { kind, userId }: Holder): Promise<readonly GrantRow[]> {
  const { rows } = await sql<GrantRow>`
    WITH held AS (
      SELECT policy_id, scope, project_id, enterprise_project_id, created_at, id FROM iam.grant AS h
      WHERE ${isHeldBy(kind, userId)}
      UNION ALL
      SELECT policy_id, NULL, NULL, NULL, created_at, id FROM iam.attachment AS h WHERE ${isHeldBy(kind, userId)}
    )
    SELECT p.id, coalesce(nullif(p.display_name, ''), p.name) AS name, p.model, p.catalog, v.document,
           h.scope, h.project_id, h.enterprise_project_id
    FROM held AS h
    JOIN iam.policy AS p ON p.id = h.policy_id
    JOIN iam.policy_version AS v ON v.policy_id = p.id AND v.is_default
    ORDER BY h.created_at, h.id`.execute(db)
  return rows
}

function isHeldBy(kind: Principal['kind'], id: string): RawBuilder<boolean> {
  if (kind === 'agency') return sql`h.agency_id = ${id}`
  return sql`(h.user_id = ${id} OR h.group_id IN (SELECT m.group_id FROM iam.group_member AS m WHERE m.user_id = ${id}))`
}

/** Roles of the system by either name; they count in the project of the credential, or else for global services. */
async function outsideRows(db: Db, { projectId, outsideRoles }: Holder): Promise<readonly GrantRow[]> {
  if (outsideRoles.length === 0) return []
  const scope = projectId === null ? 'global' : 'project'
  const { rows } = await sql<GrantRow>`
    SELECT p.id, p.display_name AS name, p.model, p.catalog, v.document,
           ${scope}::text AS scope, ${projectId}::text AS project_id, NULL AS enterprise_project_id
    FROM iam.policy AS p
    JOIN iam.policy_version AS v ON v.policy_id = p.id AND v.is_default
    WHERE p.domain_id IS NULL AND (p.name = ANY (${outsideRoles}::text[]) OR p.display_name = ANY (${outsideRoles}::text[]))
    ORDER BY p.id`.execute(db)
  return rows
}

/** The same policy in the same place counts once, however many groups bring it. */
function grantsOf(rows: readonly GrantRow[]): readonly Grant[] {
  const byPlace = new Map<string, GrantRow>()
  for (const row of rows) {
    const key = JSON.stringify([row.id, row.scope, row.project_id, row.enterprise_project_id])
    if (!byPlace.has(key)) byPlace.set(key, row)
  }
  return [...byPlace.values()].map(grantOf)
}

function grantOf(row: GrantRow): Grant {
  const { id, name, model: kind, catalog } = row
  const document = readStoredDocument(kind, parse(row.document))
  const scope = scopeOf(row)
  return { id, name, kind, document, catalog, ...(scope === null ? {} : { scope }) }
}

function scopeOf({ scope, project_id, enterprise_project_id }: GrantRow): Scope | null {
  if (scope === 'project') return { project: project_id ?? '' }
  if (scope === 'enterprise_project') return { enterpriseProject: enterprise_project_id ?? '' }
  return scope
}

/** Tags of a user; agencies and identities from outside have none. */
export async function findPrincipalTags(db: Db, { kind, userId }: Holder): Promise<readonly Tag[]> {
  if (kind !== 'user') return []
  const row = await db.selectFrom('iam.user').select('tags').where('id', '=', userId).executeTakeFirst()
  return row?.tags ?? []
}
