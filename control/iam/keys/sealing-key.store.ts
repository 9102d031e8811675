import { sql } from 'kysely'
import type { Db } from '#db'

export type Purpose = 'secrets' | 'tokens'

export interface SealingKey {
  readonly id: string
  readonly purpose: Purpose
  readonly keySealed: string
}

/** Oldest first: the last one of a purpose is the one that seals. */
export async function listSealingKeys(db: Db): Promise<readonly SealingKey[]> {
  const rows = await db.selectFrom('iam.sealing_key').selectAll().orderBy('created_at').orderBy('id').execute()
  return rows.map((row) => ({ id: row.id, purpose: row.purpose, keySealed: row.key_sealed }))
}

export async function insertSealingKey(db: Db, key: SealingKey, at: Date): Promise<void> {
  const { id, purpose, keySealed: key_sealed } = key
  await db.insertInto('iam.sealing_key').values({ id, purpose, key_sealed, created_at: at }).execute()
}

export async function updateSealingKey(db: Db, id: string, keySealed: string): Promise<void> {
  await db.updateTable('iam.sealing_key').set({ key_sealed: keySealed }).where('id', '=', id).execute()
}

/** Those who make or replace keys go one after the other. */
export async function lockSealingKeys(trx: Db): Promise<void> {
  await sql`LOCK TABLE iam.sealing_key IN EXCLUSIVE MODE`.execute(trx)
}
