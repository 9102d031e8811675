import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '#db'
import { insertFleet, testDatabase } from '#testing'
import { until } from '../../e2e/support/wait.ts'
import { testClock } from '../testing/clock.ts'
import { requestLogoff } from './logoff.service.ts'
import { insertLogoffs } from './logoff.store.ts'
import { endOtherSessions } from './session.store.ts'
import { testHost } from './test-host.ts'

/** PGlite has one connection: nothing there happens while a transaction is open. */
const options = {
  skip: process.env.BERTH_TEST_DATABASE_URL === undefined && 'needs BERTH_TEST_DATABASE_URL: two connections',
  timeout: 30_000,
}

const NOTICE = { messageType: 1, title: 'a', message: 'b', transactionId: '' }

async function openPlace() {
  await using stack = new AsyncDisposableStack()
  const { db } = stack.use(await testDatabase())
  const clock = testClock(new Date('2026-03-02T08:00:00Z'))
  const { subnetId, serverIds, projectId } = await insertFleet(db, { servers: 1 })
  const host = await testHost({ db, clock, subnetId, serverId: serverIds[0] ?? '' })
  const sessions = [host.session(0), host.session(1)]
  await host.report(sessions)
  const open = stack.move()
  const place = { db, clock, host, projectId, sessionIds: sessions.map(host.idOf) }
  return { ...place, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

const untilOneWaits = (db: Db) =>
  until('somebody to wait for the sessions', async () => {
    const { rows } = await sql`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db)
    return rows.length > 0
  })

async function pending(db: Db): Promise<number> {
  return (await db.selectFrom('sessions.logoff').selectAll().where('done_at', 'is', null).execute()).length
}

it('an order that comes while the sessions end is none', options, async () => {
  await using place = await openPlace()
  const { db, clock, host, projectId, sessionIds } = place
  let ordered: Promise<void> | undefined
  await db.transaction().execute(async (trx) => {
    await endOtherSessions(trx, host, [], clock.now())
    ordered = requestLogoff({ db, clock }, { projectId, sessionIds, delaySeconds: 0, ...NOTICE })
    await untilOneWaits(db)
  })
  await ordered
  assert.equal(await pending(db), 0)
})

it('sessions that end while they are ordered to take the order with them', options, async () => {
  await using place = await openPlace()
  const { db, clock, host, sessionIds } = place
  let reported: Promise<void> | undefined
  await db.transaction().execute(async (trx) => {
    await insertLogoffs(trx, sessionIds, NOTICE, clock.now(), clock.now())
    reported = host.report([])
    await untilOneWaits(db)
  })
  await reported
  assert.equal(await pending(db), 0)
})
