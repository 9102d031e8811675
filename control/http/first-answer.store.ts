import { sql } from 'kysely'
import type { Db } from '#db'

export interface Place {
  readonly projectId: string
  readonly caller: string
  readonly key: string
}

export interface Begun extends Place {
  readonly userId: string
  readonly fingerprint: string
  readonly now: Date
  readonly expiresAt: Date
}

/** How many live keys there may be. */
export interface MostKeys {
  readonly ofUser: number
  readonly ofProject: number
}

export interface Found {
  readonly fingerprint: string
  /** Null: without an answer yet, or for ever. */
  readonly status: number | null
  readonly body: string | null
  readonly begunAt: Date
}

/** The key is the caller's from here on, or it is somebody's already: the primary key decides between two at once. */
export async function beginAnswer(db: Db, begun: Begun, most: MostKeys): Promise<'begun' | keyof MostKeys | Found> {
  const { projectId, caller, userId, key, fingerprint, now, expiresAt } = begun
  const { rows } = await sql`
    INSERT INTO http.first_answer AS first (project_id, caller, user_id, key, request_sha256, begun_at, expires_at)
    SELECT ${projectId}, ${caller}, ${userId}, ${key}, ${fingerprint}, ${now}::timestamptz, ${expiresAt}::timestamptz
    WHERE (SELECT count(*) FROM http.first_answer
           WHERE project_id = ${projectId} AND user_id = ${userId} AND expires_at > ${now}::timestamptz)
          < ${most.ofUser}::int
      AND (SELECT count(*) FROM http.first_answer
           WHERE project_id = ${projectId} AND expires_at > ${now}::timestamptz) < ${most.ofProject}::int
    ON CONFLICT (project_id, caller, key) DO UPDATE
      SET request_sha256 = excluded.request_sha256, status = NULL, body = NULL, begun_at = excluded.begun_at,
          expires_at = excluded.expires_at
      WHERE first.expires_at <= ${now}::timestamptz
    RETURNING 1`.execute(db)
  if (rows.length > 0) return 'begun'
  const found = await db
    .selectFrom('http.first_answer')
    .select(['request_sha256 as fingerprint', 'status', 'body', 'begun_at as begunAt'])
    .where('project_id', '=', projectId)
    .where('caller', '=', caller)
    .where('key', '=', key)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  // gone between the two statements: given back after a refusal, so that there is room again
  return found ?? (await findFull(db, begun, most)) ?? beginAnswer(db, begun, most)
}

async function findFull(
  db: Db,
  { projectId, userId, now }: Begun,
  most: MostKeys,
): Promise<keyof MostKeys | undefined> {
  const { rows } = await sql<MostKeys>`
    SELECT count(*) FILTER (WHERE user_id = ${userId})::int AS "ofUser", count(*)::int AS "ofProject"
    FROM http.first_answer WHERE project_id = ${projectId} AND expires_at > ${now}::timestamptz`.execute(db)
  const { ofUser = 0, ofProject = 0 } = rows[0] ?? {}
  if (ofUser >= most.ofUser) return 'ofUser'
  return ofProject >= most.ofProject ? 'ofProject' : undefined
}

function at(db: Db, { projectId, caller, key }: Place) {
  return {
    update: db
      .updateTable('http.first_answer')
      .where('project_id', '=', projectId)
      .where('caller', '=', caller)
      .where('key', '=', key),
    remove: db
      .deleteFrom('http.first_answer')
      .where('project_id', '=', projectId)
      .where('caller', '=', caller)
      .where('key', '=', key),
  }
}

export async function keepAnswer(
  db: Db,
  place: Place,
  answer: { readonly status: number; readonly body: string | null },
): Promise<void> {
  await at(db, place).update.set(answer).execute()
}

export async function dropAnswer(db: Db, place: Place): Promise<void> {
  await at(db, place).remove.execute()
}

/** As many as a request can afford; rows that somebody else removes right now are left to them. */
export async function pruneSomeAnswers(db: Db, now: Date, most = 100): Promise<number> {
  const result = await sql`
    DELETE FROM http.first_answer WHERE (project_id, caller, key) IN (
      SELECT project_id, caller, key FROM http.first_answer WHERE expires_at <= ${now}::timestamptz
      LIMIT ${most}::int FOR UPDATE SKIP LOCKED)`.execute(db)
  return Number(result.numAffectedRows ?? 0n)
}

/** All that have expired, in steps: where nobody writes any more, no request takes them away. */
export async function pruneAnswers(db: Db, now: Date, most = 1_000): Promise<number> {
  let pruned = 0
  for (let step = most; step === most; pruned += step) step = await pruneSomeAnswers(db, now, most)
  return pruned
}
