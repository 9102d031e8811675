import { sql } from 'kysely'
import type { Db, Trx } from '#db'
import type { ExportKind } from '../../contract/operations/sessions/export.ts'
import type { SessionFilter } from './filter.ts'

export interface NewExport {
  readonly id: string
  readonly projectId: string
  readonly kind: ExportKind
  readonly filter: SessionFilter
}

export async function insertExport(trx: Trx, { id, projectId, kind, filter }: NewExport, at: Date): Promise<void> {
  await sql`
    INSERT INTO sessions.export (id, project_id, kind, filter, status, created_at)
    VALUES (${id}, ${projectId}, ${kind}, ${JSON.stringify(filter)}::jsonb, 'RUNNING', ${at}::timestamptz)`.execute(trx)
}

/** An export that waits to be written; its filter as JSON left it, with texts for instants. */
export interface PendingExport {
  readonly project_id: string
  readonly kind: ExportKind
  readonly filter: unknown
}

export async function findPendingExport(db: Db, id: string): Promise<PendingExport | undefined> {
  const { rows } = await sql<PendingExport>`
    SELECT project_id, kind, filter FROM sessions.export WHERE id = ${id} AND status = 'RUNNING'`.execute(db)
  return rows[0]
}

/** Text of the file, or why there is none. Only the first of two that write the same one does. */
export async function finishExport(
  db: Db,
  id: string,
  result: { readonly content: string } | { readonly failure: string },
  at: Date,
): Promise<void> {
  const [content, failure] = 'content' in result ? [result.content, null] : [null, result.failure]
  await sql`
    UPDATE sessions.export
    SET status = ${failure === null ? 'SUCCESS' : 'FAILED'}, content = ${content}, failure = ${failure},
        finished_at = ${at}::timestamptz
    WHERE id = ${id} AND status = 'RUNNING'`.execute(db)
}

/** One step; rows that another replica deletes are passed over. A file may be large: few at a time. */
export async function deleteExportsBefore(db: Db, before: Date, most: number): Promise<number> {
  const result = await sql`
    DELETE FROM sessions.export WHERE id IN (
      SELECT id FROM sessions.export WHERE created_at < ${before}::timestamptz
      LIMIT ${most}::int FOR UPDATE SKIP LOCKED)`.execute(db)
  return Number(result.numAffectedRows ?? 0n)
}

export interface Export {
  readonly status: string
  readonly content: string | null
  readonly failure: string | null
}

/** Of this project and kind, and not older than `since`. */
export async function findExport(
  db: Db,
  { id, projectId, kind }: Omit<NewExport, 'filter'>,
  since: Date,
): Promise<Export | undefined> {
  return db
    .selectFrom('sessions.export')
    .select(['status', 'content', 'failure'])
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('kind', '=', kind)
    .where('created_at', '>=', since)
    .executeTakeFirst()
}
