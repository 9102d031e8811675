import type { Log } from '#kernel'
import type { Database } from './database.ts'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'

export type DatabaseConfig =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'pglite'; readonly dataDir: string }

export function openDatabase(config: DatabaseConfig, log: Log): Promise<Database> | Database {
  return config.kind === 'postgres' ? openPostgres(config.url, log) : openPglite(config.dataDir)
}
