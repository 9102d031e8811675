import { sql } from 'kysely'
import type { Db, Trx } from '#db'
import type { Policy } from './policy.ts'

/** What a policy is made with; its first version is the default one. */
export type NewPolicy = Omit<Policy, 'version' | 'updatedAt'>

/** Throws the database's unique violation when the account has one of that name. */
export async function insertPolicy(trx: Trx, policy: NewPolicy): Promise<void> {
  await trx.insertInto('iam.policy').values(rowOf(policy)).execute()
  await insertVersion(trx, {
    policyId: policy.id,
    version: 1,
    document: policy.document,
    isDefault: true,
    createdAt: policy.createdAt,
  })
}

function rowOf(policy: NewPolicy) {
  const { id, model, name, type, catalog, path, description } = policy
  return {
    ...{ id, model, name, type, catalog, path, description },
    domain_id: policy.domainId,
    display_name: policy.displayName,
    description_cn: policy.descriptionCn,
    created_at: policy.createdAt,
    updated_at: policy.createdAt,
  }
}

/** Policies with the version in force, the rows that every reader of them starts from. */
export function selectPolicies(db: Db) {
  return db
    .selectFrom('iam.policy as p')
    .innerJoin('iam.policy_version as v', (join) =>
      join.onRef('v.policy_id', '=', 'p.id').on('v.is_default', '=', true),
    )
    .select(['p.id', 'p.domain_id as domainId', 'p.model', 'p.name', 'p.display_name as displayName', 'p.type'])
    .select(['p.catalog', 'p.path', 'p.description', 'p.description_cn as descriptionCn'])
    .select(['p.created_at as createdAt', 'p.updated_at as updatedAt', 'v.version', 'v.document'])
}

/** One of the account's own, or of the system. */
export async function findPolicy(db: Db, domainId: string, policyId: string): Promise<Policy | undefined> {
  return selectPolicies(db)
    .where('p.id', '=', policyId)
    .where(({ or, eb }) => or([eb('p.domain_id', '=', domainId), eb('p.domain_id', 'is', null)]))
    .executeTakeFirst()
}

/** All of either model that an account can give: its own, and those of the system. */
export async function listAvailablePolicies(db: Db, domainId: string): Promise<readonly Policy[]> {
  return selectPolicies(db)
    .where(({ or, eb }) => or([eb('p.domain_id', '=', domainId), eb('p.domain_id', 'is', null)]))
    .orderBy('p.id')
    .execute()
}

/** Throws the database's foreign key violation while somebody has it. False when there is none. */
export async function deletePolicy(db: Db, domainId: string, policyId: string): Promise<boolean> {
  const result = await db
    .deleteFrom('iam.policy')
    .where('id', '=', policyId)
    .where('domain_id', '=', domainId)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}

export type PolicyChange = Partial<Pick<Policy, 'displayName' | 'type' | 'description' | 'descriptionCn' | 'document'>>

/** Of roles and policies, which keep one version only. False when the account has no such policy. */
export async function updatePolicy(
  trx: Trx,
  own: { readonly domainId: string; readonly policyId: string },
  { displayName, type, description, descriptionCn, document }: PolicyChange,
  at: Date,
): Promise<boolean> {
  const result = await trx
    .updateTable('iam.policy')
    .set({ updated_at: at })
    .$if(displayName !== undefined, (query) => query.set({ display_name: displayName as string }))
    .$if(type !== undefined, (query) => query.set({ type: type as Policy['type'] }))
    .$if(description !== undefined, (query) => query.set({ description: description as string }))
    .$if(descriptionCn !== undefined, (query) => query.set({ description_cn: descriptionCn as string }))
    .where('id', '=', own.policyId)
    .where('domain_id', '=', own.domainId)
    .executeTakeFirst()
  if (result.numUpdatedRows !== 1n) return false
  if (document !== undefined) await updateDefaultDocument(trx, own.policyId, document)
  return true
}

export async function updateDefaultDocument(trx: Trx, policyId: string, document: string): Promise<void> {
  await trx
    .updateTable('iam.policy_version')
    .set({ document })
    .where('policy_id', '=', policyId)
    .where('is_default', '=', true)
    .where('document', '<>', document)
    .execute()
}

/** Makes a policy of the system, or brings it in line; one that is in line is not touched. */
export async function upsertSystemPolicy(trx: Trx, policy: NewPolicy): Promise<void> {
  const row = rowOf(policy)
  const { created_at: _, ...change } = row
  await trx
    .insertInto('iam.policy')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet(change)
        .where(
          sql<boolean>`(policy.model, policy.name, policy.display_name, policy.type, policy.catalog, policy.description)
          <> (excluded.model, excluded.name, excluded.display_name, excluded.type, excluded.catalog, excluded.description)`,
        ),
    )
    .execute()
  await trx
    .insertInto('iam.policy_version')
    .values({
      policy_id: policy.id,
      version: 1,
      document: policy.document,
      is_default: true,
      created_at: policy.createdAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await updateDefaultDocument(trx, policy.id, policy.document)
}

export interface PolicyVersion {
  readonly policyId: string
  readonly version: number
  readonly document: string
  readonly isDefault: boolean
  readonly createdAt: Date
}

export async function insertVersion(
  trx: Trx,
  { policyId, isDefault, createdAt, ...rest }: PolicyVersion,
): Promise<void> {
  await trx
    .insertInto('iam.policy_version')
    .values({ ...rest, policy_id: policyId, is_default: isDefault, created_at: createdAt })
    .execute()
}
