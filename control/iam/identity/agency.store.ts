import type { Insertable, Selectable, Updateable } from 'kysely'
import { type AgencyTable, type Db, isForeignKeyViolation, isUniqueViolation } from '#db'
import { AppError } from '#kernel'

export type AgencyRow = Selectable<AgencyTable>

/** Two agencies of one name cannot be in an account: the constraint refuses the second. */
export async function insertAgency(db: Db, row: Insertable<AgencyTable>): Promise<void> {
  try {
    await db.insertInto('iam.agency').values(row).execute()
  } catch (error) {
    throw refused(error, row)
  }
}

/** False when the agency is gone meanwhile. */
export async function updateAgency(
  db: Db,
  domainId: string,
  id: string,
  changes: Updateable<AgencyTable>,
): Promise<boolean> {
  const update = db.updateTable('iam.agency').set(changes).where('id', '=', id).where('domain_id', '=', domainId)
  try {
    return (await update.executeTakeFirst()).numUpdatedRows === 1n
  } catch (error) {
    throw refused(error, changes)
  }
}

/** Grants, attachments and temporary keys go with it. */
export async function deleteAgency(db: Db, domainId: string, id: string): Promise<boolean> {
  const query = db.deleteFrom('iam.agency').where('id', '=', id).where('domain_id', '=', domainId)
  return (await query.executeTakeFirst()).numDeletedRows === 1n
}

export async function findDomainId(db: Db, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('iam.domain').select('id').where('name', '=', name).executeTakeFirst()
  return row?.id
}

function refused(error: unknown, { name, trust_domain_id }: Updateable<AgencyTable>): unknown {
  if (isUniqueViolation(error, 'agency_name')) {
    return new AppError('iam.conflict', { detail: `another agency of the account is called ${name}` }, { cause: error })
  }
  if (!isForeignKeyViolation(error)) return error
  return new AppError('iam.not_found', { target: 'trusted domain', id: trust_domain_id }, { cause: error })
}
