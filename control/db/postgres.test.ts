import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { sql } from 'kysely'
import { onPostgres, silentLog } from '#testing'
import { startForwarder } from '../../e2e/support/forwarder.ts'
import { freePort, withClient } from '../../tools/postgres.ts'
import { isDatabaseUnavailable } from './failure.ts'
import { openPostgres } from './postgres.ts'

const url = process.env.BERTH_TEST_DATABASE_URL

/** Ends a connection as a restarting server does, and waits until it is gone. */
async function terminate(pid: number): Promise<void> {
  await withClient(url ?? '', (client) => client.query('SELECT pg_terminate_backend($1, 10000)', [pid]))
}

onPostgres('a connection lost between two statements of a transaction fails that transaction alone', async () => {
  const { db, close } = openPostgres(url ?? '', silentLog)
  try {
    const lost = db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx)
      await terminate(rows[0]?.pid ?? 0)
      await sql`SELECT 1`.execute(trx)
    })
    await assert.rejects(lost, isDatabaseUnavailable)
    assert.deepEqual((await sql`SELECT 1 AS one`.execute(db)).rows, [{ one: 1 }])
  } finally {
    await close()
  }
})

/** Short, so that the tests are. */
const PATIENCE = { connectMs: 300, statementMs: 400, answerMs: 600, aliveMs: 200 }

/** The server behind a network that can fall silent. */
async function frozenSite() {
  await using stack = new AsyncDisposableStack()
  const { hostname, port } = new URL(url ?? '')
  const stage = { defer: (clearAway: () => unknown) => stack.defer(async () => void (await clearAway())) }
  const at = { host: '127.0.0.1', port: await freePort() }
  const network = await startForwarder(stage, at, [{ host: hostname, port: Number(port || 5432) }])
  const through = new URL(url ?? '')
  through.host = `${at.host}:${at.port}`
  const database = openPostgres(through.href, silentLog, PATIENCE)
  const moved = stack.move()
  return { network, database, [Symbol.asyncDispose]: () => moved.disposeAsync() }
}

onPostgres(
  'a database that does not answer fails whoever asks in time, inside a transaction and out of it',
  async () => {
    await using site = await frozenSite()
    const { db } = site.database
    await sql`SELECT 1`.execute(db)
    const inside = db.transaction().execute(async (trx) => {
      await sql`SELECT 1`.execute(trx)
      site.network.freeze()
      await sql`SELECT 2`.execute(trx)
    })
    await assert.rejects(inside, isDatabaseUnavailable)
    const many = Array.from({ length: 30 }, () => sql`SELECT 1`.execute(db))
    for (const one of await Promise.allSettled(many)) {
      assert.ok(one.status === 'rejected' && isDatabaseUnavailable(one.reason), JSON.stringify(one))
    }
    site.network.thaw()
    assert.deepEqual((await sql`SELECT 1 AS one`.execute(db)).rows, [{ one: 1 }])
    await site.database.close()
  },
)

onPostgres(
  'a statement that takes too long is the database being unavailable, and leaves nothing running',
  async () => {
    const database = openPostgres(url ?? '', silentLog, PATIENCE)
    try {
      await assert.rejects(sql`SELECT pg_sleep(60)`.execute(database.db), (error) => {
        assert.match(String(error), /statement timeout/)
        return isDatabaseUnavailable(error)
      })
    } finally {
      await database.close()
    }
  },
)

onPostgres(
  'a subscription whose connection fell silent listens again, and says that something may be missed',
  async () => {
    await using site = await frozenSite()
    const payloads: string[] = []
    const arrivals = new EventEmitter()
    const subscription = await site.database.listen('berth_frozen', (payload) => {
      payloads.push(payload)
      arrivals.emit('payload')
    })
    assert.deepEqual(payloads, [''])
    const again = once(arrivals, 'payload')
    site.network.freeze()
    site.network.thaw()
    await again
    assert.deepEqual(payloads, ['', ''])
    const next = once(arrivals, 'payload')
    await sql`SELECT pg_notify('berth_frozen', 'news')`.execute(site.database.db)
    await next
    assert.deepEqual(payloads, ['', '', 'news'])
    await subscription.close()
    await site.database.close()
  },
)

onPostgres('a subscription that cannot begin is not tried again by itself', async () => {
  const nowhere = new URL(url ?? '')
  nowhere.port = String(await freePort())
  const database = openPostgres(nowhere.href, silentLog, PATIENCE)
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  await assert.rejects(
    database.listen('berth_nowhere', () => {}),
    isDatabaseUnavailable,
  )
  assert.equal(timers(), before)
  await database.close()
})
