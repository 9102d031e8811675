import type { Db, ScalingPolicy } from '#db'
import { isForeignKeyViolation } from '#db'
import { AppError } from '#kernel'

/** Of several at once the last one stays. */
export async function saveScalingPolicy(db: Db, groupId: string, policy: ScalingPolicy, at: Date): Promise<void> {
  const text = JSON.stringify(policy)
  try {
    await db
      .insertInto('fleet.scaling_policy')
      .values({ server_group_id: groupId, policy: text, created_at: at, updated_at: at })
      .onConflict((conflict) => conflict.column('server_group_id').doUpdateSet({ policy: text, updated_at: at }))
      .execute()
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new AppError('fleet.server_group_not_found', { serverGroupId: groupId }, { cause: error })
  }
}

export async function requireScalingPolicy(db: Db, groupId: string): Promise<ScalingPolicy> {
  const query = db.selectFrom('fleet.scaling_policy').select('policy').where('server_group_id', '=', groupId)
  const row = await query.executeTakeFirst()
  if (row) return row.policy
  throw new AppError('fleet.scaling_policy_not_found', { serverGroupId: groupId })
}

export async function deleteScalingPolicy(db: Db, groupId: string): Promise<void> {
  const result = await db.deleteFrom('fleet.scaling_policy').where('server_group_id', '=', groupId).executeTakeFirst()
  if (result.numDeletedRows === 0n) throw new AppError('fleet.scaling_policy_not_found', { serverGroupId: groupId })
}
