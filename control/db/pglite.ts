import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import { fromPglite } from 'pg-boss'
import type { Database } from './database.ts'
import { PreparedPglite } from './prepared-pglite.ts'
import type { Tables } from './tables.ts'

/** `snapshot` is a dump of an already migrated data directory: tests start from it. */
export async function openPglite(dataDir: string | undefined, snapshot?: Blob): Promise<Database> {
  const lock = dataDir === undefined ? undefined : await lockDirectory(dataDir)
  const pglite = await PGlite.create({
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(snapshot === undefined ? {} : { loadDataDir: snapshot }),
  })
  const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite: new PreparedPglite(pglite) as never }) })
  return {
    kind: 'pglite',
    db,
    bossOptions: { db: fromPglite(pglite), backend: 'pglite' },
    exec: async (text) => void (await pglite.exec(text)),
    listen: async (channel, onPayload) => {
      const unlisten = await pglite.listen(channel, onPayload)
      onPayload('')
      return { close: async () => void (await unlisten()) }
    },
    dump: () => pglite.dumpDataDir('none'),
    close: async () => {
      await db.destroy()
      lock?.close()
    },
  }
}

/**
 * PGlite does not notice a second process on its directory, and two of them destroy it. A listening socket is the
 * lock: the kernel drops it with the process, however that dies.
 */
async function lockDirectory(dataDir: string): Promise<Server> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16)
  const path = join(tmpdir(), `berth-${name}.lock`)
  const first = await tryListen(path)
  if (first) return first
  if (await answers(path)) throw new Error(`the data directory ${dataDir} is in use by another control plane`)
  rmSync(path, { force: true })
  const second = await tryListen(path)
  if (!second) throw new Error(`the data directory ${dataDir} is in use by another control plane`)
  return second
}

function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(undefined) : fail(error),
    )
    server.listen(path, () => done(server.unref()))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
