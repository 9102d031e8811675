import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import { fromPglite } from 'pg-boss'
import type { Database } from './database.ts'
import { lockDirectory } from './pglite-lock.ts'
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
      // Kysely closes only what it has used
      if (!pglite.closed) await pglite.close()
      await lock?.release()
    },
  }
}
