import { readdirSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import type { Database, Db } from './database.ts'

const DIRECTORY = new URL('./migrations/', import.meta.url)

/** Any number, the same in every version: replicas that start together migrate one after the other. */
const LOCK = 7_263_501

interface Migration {
  readonly name: string
  readonly text: string
}

function readMigrations(): readonly Migration[] {
  const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => ({ name, text: readFileSync(new URL(name, DIRECTORY), 'utf8') }))
}

async function listApplied(db: Db): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM public.berth_migration`.execute(db)
  return new Set(rows.map((row) => row.name))
}

/**
 * Brings the schema to the newest migration; each file is one transaction. The transaction takes the lock first and
 * records the name first, so that a replica that lost the race fails on the primary key before it changes anything.
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  await database.exec(
    `BEGIN; SELECT pg_advisory_xact_lock(${LOCK});
     CREATE TABLE IF NOT EXISTS public.berth_migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
     COMMIT`,
  )
  const migrations = readMigrations()
  const before = await listApplied(database.db)
  refuseNewerSchema(before, migrations)
  const pending = migrations.filter((migration) => !before.has(migration.name))
  for (const migration of pending) await applyOne(database, migration)
  return pending.map((migration) => migration.name)
}

async function applyOne(database: Database, { name, text }: Migration): Promise<void> {
  try {
    await database.exec(
      `BEGIN; SELECT pg_advisory_xact_lock(${LOCK});
       INSERT INTO public.berth_migration (name) VALUES ('${name}');
       ${text}; COMMIT`,
    )
  } catch (error) {
    await database.exec('ROLLBACK').catch(() => {})
    if ((await listApplied(database.db)).has(name)) return
    throw new Error(`migration ${name} failed; the database is as before it`, { cause: error })
  }
}

function refuseNewerSchema(applied: ReadonlySet<string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map((migration) => migration.name))
  const unknown = [...applied].filter((name) => !known.has(name))
  if (unknown.length > 0) {
    throw new Error(`the database was migrated by a newer Berth (${unknown.join(', ')}); start that version`)
  }
}
