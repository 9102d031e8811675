import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Database, migrate, openPglite, openPostgres } from '#db'
import { openQueue } from '#jobs'
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

/** Making a PostgreSQL takes a second, loading one a tenth: the migrated one is kept until a migration changes. */
async function snapshot(): Promise<Blob> {
  const path = join(tmpdir(), `berth-test-${fingerprint()}.tar`)
  try {
    return new Blob([readFileSync(path)])
  } catch {
    const fresh = await openPglite(undefined)
    await prepare(fresh)
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

/** Our schema and the job queue's. */
async function prepare(database: Database): Promise<void> {
  await migrate(database)
  const queue = await openQueue(database, [], silentLog)
  await queue.stop()
}

function fingerprint(): string {
  const directory = new URL('../db/migrations/', import.meta.url)
  const lock = readFileSync(new URL('../../package-lock.json', import.meta.url))
  const hash = createHash('sha256').update(lock)
  for (const name of readdirSync(directory).sort()) hash.update(name).update(readFileSync(new URL(name, directory)))
  return hash.digest('hex').slice(0, 16)
}

async function onServer(url: string): Promise<TestDatabase> {
  const name = `berth_test_${randomBytes(6).toString('hex')}`
  await administer(url, `CREATE DATABASE ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  const database = openPostgres(own.href, silentLog)
  await prepare(database)
  return {
    ...database,
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await administer(url, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
