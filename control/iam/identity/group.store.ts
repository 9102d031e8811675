import type { Insertable, Selectable, Updateable } from 'kysely'
import { type Db, type GroupTable, isUniqueViolation } from '#db'
import { AppError } from '#kernel'
import type { MarkerPage } from './page.ts'

export type GroupRow = Selectable<GroupTable>

/** Two groups of one name cannot be in an account: the constraint refuses the second. */
export async function insertGroup(db: Db, row: Insertable<GroupTable>): Promise<GroupRow> {
  try {
    return await db.insertInto('iam.group').values(row).returningAll().executeTakeFirstOrThrow()
  } catch (error) {
    throw nameTaken(error, row.name)
  }
}

/** Says the same of an unknown group and one of another account. */
export async function requireGroup(db: Db, domainId: string, id: string): Promise<GroupRow> {
  const query = db.selectFrom('iam.group').selectAll().where('id', '=', id).where('domain_id', '=', domainId)
  const group = await query.executeTakeFirst()
  if (!group) throw groupNotFound(id)
  return group
}

export function groupNotFound(id: string): AppError {
  return new AppError('iam.not_found', { target: 'group', id })
}

export interface GroupFilter {
  readonly name?: string | undefined
  readonly userId?: string | undefined
  readonly page?: MarkerPage
}

/** By id; of a page one row more than it holds. */
export async function listGroups(db: Db, domainId: string, { name, userId, page }: GroupFilter): Promise<GroupRow[]> {
  let query = db.selectFrom('iam.group').selectAll().where('domain_id', '=', domainId).orderBy('id')
  if (name !== undefined) query = query.where('name', '=', name)
  if (userId !== undefined) {
    query = query.where('id', 'in', (of) =>
      of.selectFrom('iam.group_member').select('group_id').where('user_id', '=', userId),
    )
  }
  if (page?.after !== undefined) query = query.where('id', '>', page.after)
  if (page !== undefined) query = query.limit(page.limit + 1)
  return query.execute()
}

/** Undefined when the group is gone meanwhile. */
export async function updateGroup(
  db: Db,
  domainId: string,
  id: string,
  changes: Updateable<GroupTable>,
): Promise<GroupRow | undefined> {
  const update = db.updateTable('iam.group').set(changes).where('id', '=', id).where('domain_id', '=', domainId)
  try {
    return await update.returningAll().executeTakeFirst()
  } catch (error) {
    throw nameTaken(error, changes.name)
  }
}

/** Memberships, grants and attachments go with it. */
export async function deleteGroup(db: Db, domainId: string, id: string): Promise<boolean> {
  const query = db.deleteFrom('iam.group').where('id', '=', id).where('domain_id', '=', domainId)
  return (await query.executeTakeFirst()).numDeletedRows === 1n
}

function nameTaken(error: unknown, name: unknown): unknown {
  if (!isUniqueViolation(error, 'group_name')) return error
  return new AppError('iam.conflict', { detail: `another group of the account is called ${name}` }, { cause: error })
}
