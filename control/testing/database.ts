import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { type Database, migrate, openPglite, openPostgres } from '#db'
import { openQueue } from '#jobs'
import { databaseUrl, withClient } from '../../tools/postgres.ts'
import { silentLog } from './log.ts'

/** A database of its own, migrated, thrown away at the end of the test. */
export type TestDatabase = Database & AsyncDisposable

const URL_OF_SERVER = process.env.BERTH_TEST_DATABASE_URL

/** PGlite in memory, or with `BERTH_TEST_DATABASE_URL` a database of that PostgreSQL server: the same tests on both. */
export function testDatabase(): Promise<TestDatabase> {
  return URL_OF_SERVER === undefined ? embedded() : onServer(URL_OF_SERVER)
}

async function embedded(): Promise<TestDatabase> {
  const database = await openPglite(undefined, await snapshot())
  return { ...database, [Symbol.asyncDispose]: () => database.close() }
}

let knownSnapshot: Promise<Blob> | undefined

/** Making a PostgreSQL takes a second, loading one a quarter: the migrated one is kept until a migration changes. */
function snapshot(): Promise<Blob> {
  knownSnapshot ??= loadOrMake()
  return knownSnapshot
}

async function loadOrMake(): Promise<Blob> {
  const path = join(tmpdir(), `berth-test-${fingerprint()}.tar`)
  try {
    return new Blob([readFileSync(path)])
  } catch {
    const fresh = await openPglite(undefined)
    await prepare(fresh)
    await dropOthers(fresh)
    const dump = await (fresh.dump as () => Promise<Blob>)()
    await fresh.close()
    const bytes = Buffer.from(await dump.arrayBuffer())
    const temporary = `${path}.${randomBytes(6).toString('hex')}`
    mkdirSync(tmpdir(), { recursive: true })
    writeFileSync(temporary, bytes, { mode: 0o600 })
    renameSync(temporary, path)
    return new Blob([bytes])
  }
}

/** The databases nobody connects to are half of what is loaded. */
async function dropOthers({ exec }: Database): Promise<void> {
  await exec(`UPDATE pg_database SET datistemplate = false WHERE datname <> current_database()`)
  await exec('DROP DATABASE template0')
  await exec('DROP DATABASE template1')
}

/** Our schema and the job queue's. */
async function prepare(database: Database): Promise<void> {
  await migrate(database)
  const queue = await openQueue(database, [], silentLog)
  await queue.stop()
}

function fingerprint(): string {
  const directory = new URL('../db/migrations/', import.meta.url)
  const lock = readFileSync(new URL('../../package-lock.json', import.meta.url))
  const hash = createHash('sha256')
    .update(lock)
    .update(readFileSync(new URL(import.meta.url)))
  for (const name of readdirSync(directory).sort()) hash.update(name).update(readFileSync(new URL(name, directory)))
  return hash.digest('hex').slice(0, 16)
}

let knownTemplate: Promise<string> | undefined

async function onServer(url: string): Promise<TestDatabase> {
  const name = `berth_test_${randomBytes(6).toString('hex')}`
  knownTemplate ??= withClient(url, (client) => template(url, client))
  const from = await knownTemplate
  await withClient(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${from}`))
  const database = openPostgres(databaseUrl(url, name), silentLog)
  return {
    ...database,
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await withClient(url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
    },
  }
}

/**
 * The migrated database of that server, which is kept until a migration changes; of several who need it, one makes it. The lock
 * ends with the connection.
 */
async function template(url: string, client: pg.Client): Promise<string> {
  const name = `berth_template_${fingerprint()}`
  const isThere = async () => (await client.query('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount === 1
  if (await isThere()) return name
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [name])
  if (await isThere()) return name
  const unfinished = `${name}_unfinished`
  await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`)
  await client.query(`CREATE DATABASE ${unfinished}`)
  const database = openPostgres(databaseUrl(url, unfinished), silentLog)
  try {
    await prepare(database)
  } finally {
    await database.close()
  }
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`)
  return name
}
