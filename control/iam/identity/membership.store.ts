import { type Db, isForeignKeyViolation } from '#db'

/** May be repeated. False when group or user is gone. */
export async function insertMember(db: Db, groupId: string, userId: string): Promise<boolean> {
  try {
    const member = { group_id: groupId, user_id: userId }
    await db
      .insertInto('iam.group_member')
      .values(member)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return true
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    return false
  }
}

export interface Membership {
  readonly groupId: string
  readonly userId: string
}

/** Of all groups of an account. */
export async function listMemberships(db: Db, domainId: string): Promise<Membership[]> {
  return db
    .selectFrom('iam.group_member')
    .select(['group_id as groupId', 'user_id as userId'])
    .where('group_id', 'in', (of) => of.selectFrom('iam.group').select('id').where('domain_id', '=', domainId))
    .execute()
}

export async function isMember(db: Db, groupId: string, userId: string): Promise<boolean> {
  const query = db.selectFrom('iam.group_member').select('user_id')
  return (await query.where('group_id', '=', groupId).where('user_id', '=', userId).executeTakeFirst()) !== undefined
}

/** False when there was no membership. */
export async function deleteMember(db: Db, groupId: string, userId: string): Promise<boolean> {
  const query = db.deleteFrom('iam.group_member').where('group_id', '=', groupId).where('user_id', '=', userId)
  return (await query.executeTakeFirst()).numDeletedRows === 1n
}
