import type { Insertable, Updateable } from 'kysely'
import { type Db, isUniqueViolation, type ProjectTable } from '#db'
import { AppError } from '#kernel'
import { PROJECT_COLUMNS, type Project } from './identity.store.ts'

/** Two projects of one name cannot be in an account: the constraint refuses the second. */
export async function insertProject(db: Db, row: Insertable<ProjectTable>): Promise<Project> {
  try {
    return await db.insertInto('iam.project').values(row).returning(PROJECT_COLUMNS).executeTakeFirstOrThrow()
  } catch (error) {
    throw nameTaken(error, row.name)
  }
}

/** Undefined when there is none. */
export async function updateProject(
  db: Db,
  domainId: string,
  id: string,
  changes: Updateable<ProjectTable>,
): Promise<Project | undefined> {
  const update = db.updateTable('iam.project').set(changes).where('id', '=', id).where('domain_id', '=', domainId)
  try {
    return await update.returning(PROJECT_COLUMNS).executeTakeFirst()
  } catch (error) {
    throw nameTaken(error, changes.name)
  }
}

function nameTaken(error: unknown, name: unknown): unknown {
  if (!isUniqueViolation(error, 'project_domain_id_name_key')) return error
  return new AppError('iam.conflict', { detail: `another project of the account is called ${name}` }, { cause: error })
}
