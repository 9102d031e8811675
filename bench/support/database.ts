import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { databaseUrl, withClient } from '../../tools/postgres.ts'
import type { Run } from './seed.ts'

/** Statements on PostgreSQL while the control plane runs. */
export function onPostgres<T>(url: string, work: (run: Run) => Promise<T>): Promise<T> {
  return withClient(url, (client) => work((text, values) => client.query(text, [...values])))
}

/** Statements on the embedded database of a control plane that is not running: it has one user at a time. */
export async function onPglite<T>(data: string, work: (run: Run) => Promise<T>): Promise<T> {
  const pglite = await PGlite.create({ dataDir: join(data, 'database') })
  try {
    return await work((text, values) => pglite.query(text, [...values]))
  } finally {
    await pglite.close()
  }
}

/** A database of its own on a server; its URL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onPostgres(serverUrl, (run) => run(`CREATE DATABASE ${name}`, []))
  return databaseUrl(serverUrl, name)
}
