import type { Db, Trx } from '#db'
import type { PolicyVersion } from './policy.store.ts'

function selectVersions(db: Db, policyId: string) {
  return db
    .selectFrom('iam.policy_version')
    .select(['policy_id as policyId', 'version', 'document', 'is_default as isDefault', 'created_at as createdAt'])
    .where('policy_id', '=', policyId)
}

/** The newest first. */
export async function listVersions(db: Db, policyId: string): Promise<readonly PolicyVersion[]> {
  return selectVersions(db, policyId).orderBy('version', 'desc').execute()
}

export async function findVersion(db: Db, policyId: string, version: number): Promise<PolicyVersion | undefined> {
  return selectVersions(db, policyId).where('version', '=', version).executeTakeFirst()
}

/**
 * The number of the next version, and how many there are. Whoever has it is alone with the policy until the end of the
 * transaction. Undefined when the account has no such policy.
 */
export async function nextVersion(
  trx: Trx,
  own: { readonly domainId: string; readonly policyId: string },
): Promise<{ readonly version: number; readonly count: number } | undefined> {
  const policy = await trx
    .updateTable('iam.policy')
    .set(({ eb }) => ({ last_version: eb('last_version', '+', 1) }))
    .where('id', '=', own.policyId)
    .where('domain_id', '=', own.domainId)
    .returning('last_version')
    .executeTakeFirst()
  if (!policy) return undefined
  const { count } = await trx
    .selectFrom('iam.policy_version')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('policy_id', '=', own.policyId)
    .executeTakeFirstOrThrow()
  return { version: policy.last_version, count: Number(count) }
}

/** Holds the policy until the end of the transaction; false when the account has none. */
export async function lockPolicy(
  trx: Trx,
  own: { readonly domainId: string; readonly policyId: string },
): Promise<boolean> {
  const locked = await trx
    .selectFrom('iam.policy')
    .select('id')
    .where('id', '=', own.policyId)
    .where('domain_id', '=', own.domainId)
    .forUpdate()
    .executeTakeFirst()
  return locked !== undefined
}

/** Only one version is the default: the index refuses a second, so the old one steps down first. */
export async function updateDefaultVersion(trx: Trx, policyId: string, version: number, at: Date): Promise<void> {
  const ofPolicy = trx.updateTable('iam.policy_version').where('policy_id', '=', policyId)
  await ofPolicy.set({ is_default: false }).where('is_default', '=', true).execute()
  await ofPolicy.set({ is_default: true }).where('version', '=', version).execute()
  await trx.updateTable('iam.policy').set({ updated_at: at }).where('id', '=', policyId).execute()
}

/** False when it is the default one or is not there. */
export async function deleteVersion(trx: Trx, policyId: string, version: number): Promise<boolean> {
  const result = await trx
    .deleteFrom('iam.policy_version')
    .where('policy_id', '=', policyId)
    .where('version', '=', version)
    .where('is_default', '=', false)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
