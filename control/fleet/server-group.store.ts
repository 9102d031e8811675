import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { type Db, isForeignKeyViolation, isUniqueViolation, type ServerGroupTable, type Tag, type Trx } from '#db'
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
    throw nameTaken(error, row.name)
  }
}

function nameTaken(error: unknown, name: string | undefined): unknown {
  if (!isUniqueViolation(error, 'server_group_name')) return error
  return new AppError('fleet.server_group_name_taken', { name }, { cause: error })
}

export async function findServerGroup(db: Db, projectId: string, id: string): Promise<ServerGroupRow | undefined> {
  return db
    .selectFrom('fleet.server_group')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
}

export async function requireServerGroup(db: Db, projectId: string, id: string): Promise<ServerGroupRow> {
  const group = await findServerGroup(db, projectId, id)
  if (group) return group
  throw new AppError('fleet.server_group_not_found', { serverGroupId: id })
}

/** The groups of these ids that are the project's. */
export async function listServerGroupsOf(
  db: Db,
  projectId: string,
  ids: readonly string[],
): Promise<readonly ServerGroupRow[]> {
  const query = db.selectFrom('fleet.server_group').selectAll().where('project_id', '=', projectId)
  return query.where('id', 'in', [...ids]).execute()
}

/** The group, and nobody changes it until the transaction ends. */
export async function holdServerGroup(trx: Trx, projectId: string, id: string): Promise<ServerGroupRow | undefined> {
  return trx
    .selectFrom('fleet.server_group')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .forShare()
    .executeTakeFirst()
}

/** Primaries before their standby groups: whoever locks several locks them so, and two never wait for each other. */
const LOCK_ORDER = sql`primary_server_group_id IS NOT NULL, id`

/**
 * The group with its primary and its standby groups, until the transaction ends for nobody else to change. The primary is
 * locked by a statement of its own: whoever makes a standby group holds it, and what they made is there for the next one.
 */
export async function lockFamily(trx: Trx, projectId: string, id: string): Promise<readonly ServerGroupRow[]> {
  await sql`
    SELECT FROM fleet.server_group
    WHERE project_id = ${projectId}
      AND id = (SELECT coalesce(own.primary_server_group_id, own.id) FROM fleet.server_group AS own WHERE own.id = ${id})
    FOR NO KEY UPDATE`.execute(trx)
  const { rows } = await sql<ServerGroupRow>`
    SELECT * FROM fleet.server_group AS g
    WHERE g.project_id = ${projectId}
      AND (g.id = ${id} OR g.primary_server_group_id = ${id}
           OR g.id = (SELECT own.primary_server_group_id FROM fleet.server_group AS own
                      WHERE own.id = ${id} AND own.project_id = ${projectId}))
    ORDER BY ${LOCK_ORDER}
    FOR NO KEY UPDATE`.execute(trx)
  return rows
}

/** The groups of these ids that are the project's, in one order, for nobody else to change until the transaction ends. */
export async function lockServerGroups(
  trx: Trx,
  projectId: string,
  ids: readonly string[],
): Promise<readonly ServerGroupRow[]> {
  return trx
    .selectFrom('fleet.server_group')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', 'in', [...ids])
    .orderBy(LOCK_ORDER)
    .forNoKeyUpdate()
    .execute()
}

export async function updateServerGroup(db: Db, id: string, set: Updateable<ServerGroupTable>): Promise<void> {
  try {
    await db.updateTable('fleet.server_group').set(set).where('id', '=', id).execute()
  } catch (error) {
    throw nameTaken(error, set.name)
  }
}

/** All standby groups of a primary. */
export async function updateStandbys(db: Db, primaryId: string, set: Updateable<ServerGroupTable>): Promise<void> {
  await db.updateTable('fleet.server_group').set(set).where('primary_server_group_id', '=', primaryId).execute()
}

export function updateTags(db: Db, id: string, tags: readonly Tag[], at: Date): Promise<void> {
  return updateServerGroup(db, id, { tags: JSON.stringify(tags), updated_at: at })
}

/** False when there is none. Servers, and standby groups, that are made meanwhile wait for the end of the transaction. */
export async function lockToDelete(trx: Trx, projectId: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('fleet.server_group')
    .select('id')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

export interface Holders {
  readonly servers: number
  readonly standbys: number
}

/** What keeps a group from being deleted. */
export async function countHolders(db: Db, id: string): Promise<Holders> {
  const { rows } = await sql<Holders>`
    SELECT (SELECT count(*)::int FROM fleet.server WHERE server_group_id = ${id}) AS servers,
           (SELECT count(*)::int FROM fleet.server_group WHERE primary_server_group_id = ${id}) AS standbys`.execute(db)
  return rows[0] ?? { servers: 0, standbys: 0 }
}

export async function deleteServerGroup(db: Db, id: string): Promise<void> {
  await db.deleteFrom('fleet.server_group').where('id', '=', id).execute()
}

export async function countServerGroups(db: Db, projectId: string): Promise<number> {
  const query = db.selectFrom('fleet.server_group').select(({ fn }) => fn.countAll().as('count'))
  return Number((await query.where('project_id', '=', projectId).executeTakeFirstOrThrow()).count)
}

export async function isNameTaken(db: Db, projectId: string, name: string): Promise<boolean> {
  const query = db.selectFrom('fleet.server_group').select('id').where('project_id', '=', projectId)
  return (await query.where('name', '=', name).executeTakeFirst()) !== undefined
}
