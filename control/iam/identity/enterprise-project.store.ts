import type { Insertable, Updateable } from 'kysely'
import { type Db, type EnterpriseProjectTable, isForeignKeyViolation, isUniqueViolation } from '#db'
import { AppError } from '#kernel'
import type { EnterpriseProject } from './enterprise-project.ts'

const COLUMNS = ['id', 'name', 'description', 'type', 'status', 'created_at', 'updated_at'] as const

/** Those with a row: all but the default one. */
export async function listEnterpriseProjectRows(db: Db, domainId: string): Promise<EnterpriseProject[]> {
  return db.selectFrom('iam.enterprise_project').select(COLUMNS).where('domain_id', '=', domainId).execute()
}

export async function findEnterpriseProjectRow(
  db: Db,
  domainId: string,
  id: string,
): Promise<EnterpriseProject | undefined> {
  const query = db.selectFrom('iam.enterprise_project').select(COLUMNS).where('id', '=', id)
  return query.where('domain_id', '=', domainId).executeTakeFirst()
}

export async function countEnterpriseProjectRows(db: Db, domainId: string): Promise<number> {
  const query = db.selectFrom('iam.enterprise_project').select(({ fn }) => fn.countAll().as('count'))
  return Number((await query.where('domain_id', '=', domainId).executeTakeFirstOrThrow()).count)
}

/** Others who count what the account has wait until the transaction ends. */
export async function lockDomain(db: Db, domainId: string): Promise<void> {
  await db.selectFrom('iam.domain').select('id').where('id', '=', domainId).forNoKeyUpdate().executeTakeFirstOrThrow()
}

export async function findDomainCreatedAt(db: Db, domainId: string): Promise<Date> {
  const query = db.selectFrom('iam.domain').select('created_at').where('id', '=', domainId)
  return (await query.executeTakeFirstOrThrow()).created_at
}

/** Two of one name cannot be in an account: the constraint refuses the second. */
export async function insertEnterpriseProject(
  db: Db,
  row: Insertable<EnterpriseProjectTable>,
): Promise<EnterpriseProject> {
  try {
    return await db.insertInto('iam.enterprise_project').values(row).returning(COLUMNS).executeTakeFirstOrThrow()
  } catch (error) {
    throw nameTaken(error, row.name)
  }
}

/** Undefined when there is none. */
export async function updateEnterpriseProject(
  db: Db,
  domainId: string,
  id: string,
  changes: Updateable<EnterpriseProjectTable>,
): Promise<EnterpriseProject | undefined> {
  const update = db.updateTable('iam.enterprise_project').set(changes).where('id', '=', id)
  try {
    return await update.where('domain_id', '=', domainId).returning(COLUMNS).executeTakeFirst()
  } catch (error) {
    throw nameTaken(error, changes.name)
  }
}

/** Refused by the database as long as something is in it or a grant is for it. False when there was none. */
export async function deleteEnterpriseProject(db: Db, domainId: string, id: string): Promise<boolean> {
  const query = db.deleteFrom('iam.enterprise_project').where('id', '=', id).where('domain_id', '=', domainId)
  try {
    return (await query.executeTakeFirst()).numDeletedRows === 1n
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    const detail = `enterprise project ${id} still has server groups, VPCs or grants`
    throw new AppError('iam.conflict', { detail }, { cause: error })
  }
}

/** Whether something new of a project may be put into an enterprise project: one of the same account, enabled. */
export async function isOpenEnterpriseProject(db: Db, projectId: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('iam.enterprise_project as e')
    .innerJoin('iam.project as p', 'p.domain_id', 'e.domain_id')
    .select('e.id')
    .where('e.id', '=', id)
    .where('e.status', '=', 1)
    .where('p.id', '=', projectId)
    .executeTakeFirst()
  return row !== undefined
}

function nameTaken(error: unknown, name: unknown): unknown {
  if (!isUniqueViolation(error, 'enterprise_project_name')) return error
  const detail = `another enterprise project of the account is called ${name}`
  return new AppError('iam.conflict', { detail }, { cause: error })
}
