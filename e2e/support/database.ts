import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Database, type Db, openDatabase } from '#db'
import { silentLog } from '#testing'
import { databaseUrl, withClient } from '../../tools/postgres.ts'
import type { Stage } from './stage.ts'

/** Where a story's control plane keeps its rows. */
export interface StoryDatabase {
  readonly environment: Readonly<Record<string, string>>
  /** For looking; with PGlite only while no control plane runs. */
  open(): Promise<Database>
}

/** PGlite in the story's folder, or with `BERTH_TEST_DATABASE_URL` a database of its own on that server. */
export async function storyDatabase(stage: Stage): Promise<StoryDatabase> {
  const server = process.env.BERTH_TEST_DATABASE_URL
  if (server !== undefined) return databaseOn(server, stage)
  const dataDir = join(stage.folder, 'database')
  return { environment: {}, open: async () => openDatabase({ kind: 'pglite', dataDir }, silentLog) }
}

/** Looks at the tables between two control planes: PGlite has one user at a time. */
export async function look<T>(site: { readonly database: StoryDatabase }, play: (db: Db) => Promise<T>): Promise<T> {
  const database = await site.database.open()
  try {
    return await play(database.db)
  } finally {
    await database.close()
  }
}

/** A new database on a PostgreSQL server, dropped at the end of the story. */
export async function databaseOn(server: string, stage: Stage): Promise<StoryDatabase> {
  const name = `berth_e2e_${randomBytes(6).toString('hex')}`
  await withClient(server, (client) => client.query(`CREATE DATABASE ${name}`))
  stage.defer(() => withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`)))
  const url = databaseUrl(server, name)
  return {
    environment: { DATABASE_URL: url },
    open: async () => openDatabase({ kind: 'postgres', url }, silentLog),
  }
}
