import type { Db } from '#db'

/** Throws the database's unique violation when id or name is taken. */
export async function insertDomain(db: Db, { id, name }: { readonly id: string; readonly name: string }, at: Date) {
  await db.insertInto('iam.domain').values({ id, name, created_at: at }).execute()
}
