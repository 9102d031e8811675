import assert from 'node:assert/strict'
import type { Db } from '#db'
import { insertFleet, onPostgres, testDatabase, untilBlocked } from '#testing'
import { testClock } from '../testing/clock.ts'
import { requestLogoff } from './logoff.service.ts'
import { insertLogoffs } from './logoff.store.ts'
import { endOtherSessions } from './session.store.ts'
import { testHost } from './test-host.ts'

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

async function pending(db: Db): Promise<number> {
  return (await db.selectFrom('sessions.logoff').selectAll().where('done_at', 'is', null).execute()).length
}

onPostgres('an order that comes while the sessions end is none', async () => {
  await using place = await openPlace()
  const { db, clock, host, projectId, sessionIds } = place
  let ordered: Promise<void> | undefined
  await db.transaction().execute(async (trx) => {
    await endOtherSessions(trx, host, [], clock.now())
    ordered = requestLogoff({ db, clock }, { projectId, sessionIds, delaySeconds: 0, ...NOTICE })
    await untilBlocked(db)
  })
  await ordered
  assert.equal(await pending(db), 0)
})

onPostgres('sessions that end while they are ordered to take the order with them', async () => {
  await using place = await openPlace()
  const { db, clock, host, sessionIds } = place
  let reported: Promise<void> | undefined
  await db.transaction().execute(async (trx) => {
    await insertLogoffs(trx, sessionIds, NOTICE, clock.now(), clock.now())
    reported = host.report([])
    await untilBlocked(db)
  })
  await reported
  assert.equal(await pending(db), 0)
})
