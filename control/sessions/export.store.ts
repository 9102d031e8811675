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

/**
 * How many a project has of after `since.kept`, and unfinished ones of after `since.running`. Until the transaction ends
 * nobody else counts them.
 */
export async function countExports(
  trx: Trx,
  projectId: string,
  since: { readonly kept: Date; readonly running: Date },
): Promise<{ readonly kept: number; readonly running: number }> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`sessions.export ${projectId}`}, 0))`.execute(trx)
  const { rows } = await sql<{ kept: number; running: number }>`
    SELECT count(*)::int AS kept,
           count(*) FILTER (WHERE status = 'RUNNING' AND created_at > ${since.running}::timestamptz)::int AS running
    FROM sessions.export WHERE project_id = ${projectId} AND created_at >= ${since.kept}::timestamptz`.execute(trx)
  return rows[0] ?? { kept: 0, running: 0 }
}

/** An export that is being written; its filter as JSON left it, with texts for instants. */
export interface BegunExport {
  readonly id: string
  readonly project_id: string
  readonly kind: ExportKind
  readonly filter: unknown
  /** Which try, from 1. */
  readonly attempt: number
}

/** Begins to write a file, anew: what an earlier try left goes, and that try writes no more. Undefined: it is finished. */
export async function beginExport(db: Db, id: string): Promise<BegunExport | undefined> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<BegunExport>`
      UPDATE sessions.export SET attempt = attempt + 1 WHERE id = ${id} AND status = 'RUNNING'
      RETURNING id, project_id, kind, filter, attempt`.execute(trx)
    const [begun] = rows
    if (begun) await trx.deleteFrom('sessions.export_part').where('export_id', '=', id).execute()
    return begun
  })
}

/** False when another try has begun. */
export async function appendPart(
  db: Db,
  { id, attempt }: Pick<BegunExport, 'id' | 'attempt'>,
  number: number,
  content: string,
): Promise<boolean> {
  const result = await sql`
    INSERT INTO sessions.export_part (export_id, number, content)
    SELECT id, ${number}::integer, ${content} FROM sessions.export
    WHERE id = ${id} AND attempt = ${attempt} AND status = 'RUNNING' FOR SHARE`.execute(db)
  return result.numAffectedRows === 1n
}

/** Done, or why there is no file. Only the newest try says so. */
export async function finishExport(
  db: Db,
  { id, attempt }: Pick<BegunExport, 'id' | 'attempt'>,
  failure: string | null,
  at: Date,
): Promise<void> {
  await sql`
    WITH finished AS (
      UPDATE sessions.export
      SET status = ${failure === null ? 'SUCCESS' : 'FAILED'}, failure = ${failure}, finished_at = ${at}::timestamptz
      WHERE id = ${id} AND attempt = ${attempt} AND status = 'RUNNING'
      RETURNING id, status
    )
    DELETE FROM sessions.export_part
    WHERE export_id IN (SELECT id FROM finished WHERE status = 'FAILED')`.execute(db)
}

export async function readParts(db: Db, id: string): Promise<string> {
  const rows = await db
    .selectFrom('sessions.export_part')
    .select('content')
    .where('export_id', '=', id)
    .orderBy('number')
    .execute()
  return rows.map(({ content }) => content).join('')
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
  readonly created_at: Date
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
    .select(['status', 'created_at', 'failure'])
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('kind', '=', kind)
    .where('created_at', '>=', since)
    .executeTakeFirst()
}
