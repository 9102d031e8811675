import type { Db } from '#db'
import type { Clock } from '#kernel'
import { SYSTEM_POLICIES } from '../policy/index.ts'
import { upsertSystemPolicy } from './policy.store.ts'

/**
 * The roles and policies that come with this version (IAM reference, section 3.8): made at the first start, brought in
 * line at the later ones, by any number of replicas at once. Those of older versions stay, as they may be granted.
 */
export async function ensureSystemPolicies(db: Db, clock: Clock): Promise<void> {
  const createdAt = clock.now()
  await db.transaction().execute(async (trx) => {
    // always in the same order, so that two replicas wait for each other instead of both
    for (const { id, kind, name, displayName, type, catalog, description, document } of SYSTEM_POLICIES) {
      const policy = { id, model: kind, name, displayName, type, catalog, description, createdAt } as const
      const rest = { domainId: null, path: '', descriptionCn: '', document: JSON.stringify(document) }
      await upsertSystemPolicy(trx, { ...policy, ...rest })
    }
  })
}
