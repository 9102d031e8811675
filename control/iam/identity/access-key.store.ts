import type { Insertable, Selectable } from 'kysely'
import type { AccessKeyTable, Db } from '#db'
import type { MarkerPage } from './page.ts'

/** A key as others may see it: the secret stays in the database. */
export type AccessKeyRow = Omit<Selectable<AccessKeyTable>, 'secret_sealed'>

const COLUMNS = ['access_key', 'user_id', 'description', 'enabled', 'created_at'] as const

/** Others who make, change or delete keys of the user wait until the transaction ends. False when the user is gone. */
export async function lockUser(db: Db, id: string): Promise<boolean> {
  const query = db.selectFrom('iam.user').select('id').where('id', '=', id)
  return (await query.forNoKeyUpdate().executeTakeFirst()) !== undefined
}

export async function countAccessKeys(db: Db, userId: string): Promise<number> {
  const query = db.selectFrom('iam.access_key').select(({ fn }) => fn.countAll().as('count'))
  return Number((await query.where('user_id', '=', userId).executeTakeFirstOrThrow()).count)
}

export async function insertAccessKey(db: Db, row: Insertable<AccessKeyTable>): Promise<AccessKeyRow> {
  return db.insertInto('iam.access_key').values(row).returning(COLUMNS).executeTakeFirstOrThrow()
}

/** By key; of a page one row more than it holds. */
export async function listAccessKeys(db: Db, userId: string, page?: MarkerPage): Promise<AccessKeyRow[]> {
  let query = db.selectFrom('iam.access_key').select(COLUMNS).where('user_id', '=', userId).orderBy('access_key')
  if (page?.after !== undefined) query = query.where('access_key', '>', page.after)
  if (page !== undefined) query = query.limit(page.limit + 1)
  return query.execute()
}

/** Of whichever user of the account. */
export async function findAccessKeyOf(db: Db, domainId: string, access: string): Promise<AccessKeyRow | undefined> {
  return db
    .selectFrom('iam.access_key')
    .select(COLUMNS)
    .where('access_key', '=', access)
    .where('user_id', 'in', (of) => of.selectFrom('iam.user').select('id').where('domain_id', '=', domainId))
    .executeTakeFirst()
}

export interface AccessKeyChanges {
  readonly enabled?: boolean
  readonly description?: string
}

/** Whether the key is switched on; locked until the transaction ends. Undefined when it is gone meanwhile. */
export async function lockAccessKey(db: Db, access: string): Promise<{ readonly enabled: boolean } | undefined> {
  const query = db.selectFrom('iam.access_key').select('enabled').where('access_key', '=', access)
  return query.forNoKeyUpdate().executeTakeFirst()
}

/** Undefined when the key is gone meanwhile. */
export async function updateAccessKey(
  db: Db,
  access: string,
  changes: AccessKeyChanges,
): Promise<AccessKeyRow | undefined> {
  const update = db.updateTable('iam.access_key').set(changes).where('access_key', '=', access)
  return update.returning(COLUMNS).executeTakeFirst()
}

/** False when the key is gone meanwhile. */
export async function replaceSecret(db: Db, access: string, secret_sealed: string): Promise<boolean> {
  const update = db.updateTable('iam.access_key').set({ secret_sealed }).where('access_key', '=', access)
  return (await update.executeTakeFirst()).numUpdatedRows === 1n
}

export async function deleteAccessKey(db: Db, access: string): Promise<boolean> {
  const query = db.deleteFrom('iam.access_key').where('access_key', '=', access)
  return (await query.executeTakeFirst()).numDeletedRows === 1n
}
