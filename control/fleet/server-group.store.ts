import type { Insertable, Selectable } from 'kysely'
import { type Db, isForeignKeyViolation, isUniqueViolation, type ServerGroupTable } from '#db'
import { AppError } from '#kernel'

export type ServerGroupRow = Selectable<ServerGroupTable>

/** Two groups of one name cannot be: the constraint, not a look before, refuses the second. */
export async function insertServerGroup(db: Db, row: Insertable<ServerGroupTable>): Promise<void> {
  try {
    await db.insertInto('fleet.server_group').values(row).execute()
  } catch (error) {
    if (isForeignKeyViolation(error, 'server_group_enterprise_project')) {
      const { enterprise_project_id: enterpriseProjectId } = row
      throw new AppError('fleet.enterprise_project_not_found', { enterpriseProjectId }, { cause: error })
    }
    if (!isUniqueViolation(error, 'server_group_name')) throw error
    throw new AppError('fleet.server_group_name_taken', { name: row.name }, { cause: error })
  }
}

export async function findServerGroup(db: Db, projectId: string, id: string): Promise<ServerGroupRow | undefined> {
  return db
    .selectFrom('fleet.server_group')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
}
