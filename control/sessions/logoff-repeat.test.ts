import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { sql } from 'kysely'
import { LOGOFF_CHANNEL } from '#agents'
import { insertFleet, testDatabase } from '#testing'
import { testClock } from '../testing/clock.ts'
import { pendingLogoffs, requestLogoff, watchLogoffs } from './logoff.service.ts'
import { repeatLogoffs } from './logoff.store.ts'
import { endOtherSessions } from './session.store.ts'
import { testHost } from './test-host.ts'

async function openPlace() {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const { db } = database
  const clock = testClock(new Date('2026-03-02T08:00:00Z'))
  const { subnetId, serverIds, projectId } = await insertFleet(db, { servers: 1 })
  const host = await testHost({ db, clock, subnetId, serverId: serverIds[0] ?? '' })
  const words = new EventEmitter()
  const heard: string[] = []
  const subscription = await database.listen(LOGOFF_CHANNEL, (serverId) => {
    if (serverId === '') return
    heard.push(serverId)
    words.emit('word')
  })
  stack.defer(() => subscription.close())
  const order = (sessionIds: readonly string[], delaySeconds: number) => {
    const notice = { messageType: 1, title: 'a', message: 'b', transactionId: '' }
    return requestLogoff({ db, clock }, { projectId, sessionIds, delaySeconds, ...notice })
  }
  const open = stack.move()
  const untilHeard = async (count: number) => {
    while (heard.length < count) await once(words, 'word')
  }
  return { db, clock, host, heard, untilHeard, order, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

const TIMEOUT = { timeout: 30_000 }

test('an order is announced once for its server, and again while it is new or overdue', TIMEOUT, async () => {
  await using place = await openPlace()
  const { db, clock, host, order, untilHeard, heard } = place
  const sessions = [host.session(0), host.session(1)]
  await host.report(sessions)
  await order(sessions.map(host.idOf), 600)
  await untilHeard(1)
  const repeat = () => repeatLogoffs(db, new Date(clock.now().getTime() - 60_000), clock.now())
  clock.advance(30)
  await repeat()
  await untilHeard(2)
  clock.advance(100)
  await repeat()
  clock.advance(600)
  await repeat()
  await untilHeard(3)
  assert.deepEqual(heard, Array(3).fill(host.serverId))
  await host.report([])
  await repeat()
  await order(sessions.map(host.idOf), 0)
  assert.deepEqual(await pendingLogoffs(db, host.serverId, clock.now()), [])
  // a word that has to come shows that none came before it
  const next = host.session(2)
  await host.report([next])
  await order([host.idOf(next)], 0)
  await untilHeard(4)
  assert.equal(heard.length, 4)
})

test('an agent is told how many seconds are left, and is told nothing of what has ended', TIMEOUT, async () => {
  await using place = await openPlace()
  const { db, clock, host, order } = place
  const [a, b] = [host.session(0), host.session(1)]
  await host.report([a, b])
  await order([host.idOf(a), host.idOf(b)], 60)
  clock.advance(20)
  await host.report([b])
  const expected = { session_id: 's1', started_at: b.started_at, severity: 1, title: 'a', message: 'b' }
  assert.deepEqual(await pendingLogoffs(db, host.serverId, clock.now()), [{ ...expected, delay_seconds: 40 }])
  clock.advance(1000)
  assert.deepEqual(await pendingLogoffs(db, host.serverId, clock.now()), [{ ...expected, delay_seconds: 0 }])
  const row = await db
    .selectFrom('sessions.session')
    .select('end_reason')
    .where('id', '=', host.idOf(a))
    .executeTakeFirst()
  assert.equal(row?.end_reason, 'ended', 'it ended before its time was up')
})

test('a watch repeats by itself until it is closed', TIMEOUT, async () => {
  await using place = await openPlace()
  const { db, clock, host, order, untilHeard } = place
  const session = host.session(0)
  await host.report([session])
  await order([host.idOf(session)], 0)
  const watch = watchLogoffs({ db, clock, log: host.log }, 10)
  await untilHeard(3)
  await watch.close()
  assert.deepEqual(host.log.lines, [])
})

test('an order that comes while its session ends is none', TIMEOUT, async () => {
  await using place = await openPlace()
  const { db, clock, host, order } = place
  const session = host.session(0)
  await host.report([session])
  let ordered: Promise<void> | undefined
  await db.transaction().execute(async (trx) => {
    await endOtherSessions(trx, { serverId: host.serverId, bootId: host.bootId }, [], clock.now())
    ordered = order([host.idOf(session)], 0)
    // on a server of its own the order is under way now, and waits for this; in one process it comes after
    await sql`SELECT pg_sleep(0.2)`.execute(trx)
  })
  await ordered
  assert.deepEqual(await db.selectFrom('sessions.logoff').selectAll().execute(), [])
})

test('a server that is deleted leaves no order open', TIMEOUT, async () => {
  await using place = await openPlace()
  const { db, host, order } = place
  const session = host.session(0)
  await host.report([session])
  await order([host.idOf(session)], 600)
  await db.deleteFrom('agents.agent').where('server_id', '=', host.serverId).execute()
  await db.deleteFrom('fleet.server').where('id', '=', host.serverId).execute()
  const orders = await db.selectFrom('sessions.logoff').select('done_at').execute()
  assert.deepEqual([orders.length, orders[0]?.done_at === null], [1, false])
})
