import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { insertFleet, type TestDatabase, type TestFleet, testDatabase } from '#testing'
import type { SessionState } from '../../contract/agent/messages.ts'
import { type TestClock, testClock } from '../testing/clock.ts'
import { whoHad } from './assignment.view.ts'
import { insertLogoffs } from './logoff.store.ts'
import { type TestHost, testHost } from './test-host.ts'

const NOTICE = { messageType: 1, title: 'a', message: 'b', transactionId: '' }

let database: TestDatabase
let clock: TestClock
let fleet: TestFleet
let host: TestHost
let other: TestHost
before(async () => {
  database = await testDatabase()
})
after(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  const { db } = database
  clock = testClock(new Date('2026-03-02T08:00:00Z'))
  fleet = await insertFleet(db, { servers: 2 })
  const [first = '', second = ''] = fleet.serverIds
  const place = { db, clock, subnetId: fleet.subnetId }
  host = await testHost({ ...place, serverId: first })
  other = await testHost({ ...place, serverId: second })
})

interface Row {
  readonly id: string
  readonly state: string
  readonly start_time: Date
  readonly end_time: Date | null
  readonly end_reason: string | null
  readonly virtual_ip: string | null
}

async function rows(serverId = host.serverId): Promise<readonly Row[]> {
  const found = await sql<Row>`
    SELECT id, state, start_time, end_time, end_reason, host(virtual_ip) AS virtual_ip FROM sessions.session
    WHERE server_id = ${serverId} ORDER BY start_time, host_session_id`.execute(database.db)
  return found.rows
}

async function intervals(serverId = host.serverId) {
  const found = await sql<{ address: string; held_from: Date; held_until: Date | null }>`
    SELECT host(address) AS address, held_from, held_until FROM sessions.assignment
    WHERE server_id = ${serverId} ORDER BY held_from, address`.execute(database.db)
  return found.rows
}

/** The address is another's now. */
async function give(address: string, { serverId }: TestHost): Promise<void> {
  await sql`
    UPDATE vpc.address SET owner_id = ${serverId}, claimed_at = ${clock.now()}::timestamptz
    WHERE subnet_id = ${fleet.subnetId} AND address = ${address}::inet`.execute(database.db)
}

const held = (address = '', at = clock.now()) => whoHad(database.db, fleet.subnetId, address, at)
const users = async (address: string | undefined, at?: Date) => (await held(address, at))?.user_name

describe('a report of sessions', () => {
  it('begins what is new and ends what is missing, with the addresses', async () => {
    const [a, b] = [host.session(0, { client_ip: '192.0.2.7' }), host.session(1)]
    await host.report([a, b])
    const began = clock.now()
    clock.advance(60)
    await host.report([b])
    const ended = clock.now()
    const [first, second] = await rows()
    assert.deepEqual(first, {
      id: host.idOf(a),
      state: 'SignedOut',
      start_time: began,
      end_time: ended,
      end_reason: 'ended',
      virtual_ip: host.addresses[0],
    })
    assert.deepEqual([second?.state, second?.end_time], ['Active', null])
    assert.deepEqual(await intervals(), [
      { address: host.addresses[0], held_from: began, held_until: ended },
      { address: host.addresses[1], held_from: began, held_until: null },
    ])
  })

  it('that comes again, and again from two replicas at once, changes nothing', async () => {
    const sessions = [host.session(0), host.session(1), host.session(2)]
    await Promise.all([host.report(sessions), host.report(sessions), host.report(sessions)])
    const [once, held] = [await rows(), await intervals()]
    assert.deepEqual([once.length, held.length], [3, 3])
    clock.advance(3600)
    await host.report(sessions)
    assert.deepEqual([await rows(), await intervals()], [once, held])
  })

  it('that is late, by a connection that was replaced, changes nothing', async () => {
    const a = host.session(0)
    await host.report([a])
    const former = host.linkNumber
    await host.link()
    await host.report([a, host.session(1)])
    await host.report([], former)
    await host.report([host.session(2)], former)
    assert.deepEqual(
      (await rows()).map(({ state }) => state),
      ['Active', 'Active'],
    )
    assert.equal(host.log.lines.filter(({ message }) => message.includes('late')).length, 2)
  })

  it('of 1,024 sessions is recorded whole', async () => {
    const large = await insertFleet(database.db, { servers: 1, cidr: '10.64.0.0/20' })
    const place = { db: database.db, clock, subnetId: large.subnetId, serverId: large.serverIds[0] ?? '' }
    const big = await testHost(place, 1024)
    const sessions = Array.from({ length: 1024 }, (_, n) => big.session(n))
    await big.report(sessions)
    await big.report(sessions.slice(1))
    const live = (await rows(place.serverId)).filter(({ end_time }) => end_time === null)
    assert.deepEqual([live.length, (await intervals(place.serverId)).length], [1023, 1024])
  })

  it('of a host whose clock is ahead begins nothing after the report', async () => {
    const a = host.session(0, { started_at: '2099-01-01T00:00:00.000Z' })
    await host.report([a])
    assert.deepEqual(
      (await rows()).map(({ start_time }) => start_time),
      [clock.now()],
    )
    clock.advance(1)
    await host.report([a])
    assert.equal((await rows()).length, 1)
  })

  it('of a host whose clock is slow, or has never been set, begins nothing before its last whole list', async () => {
    await host.report([])
    clock.advance(7200)
    await host.report([])
    const listed = clock.now()
    clock.advance(30)
    await host.report([
      host.session(0, { started_at: '1970-01-01T00:00:10.000Z' }),
      host.session(1, { started_at: '2026-03-02T08:00:20.000Z' }),
    ])
    assert.deepEqual(
      (await rows()).map(({ start_time }) => start_time),
      [listed, listed],
    )
    for (const address of host.addresses.slice(0, 2)) {
      assert.equal(await users(address, new Date('2020-03-01T00:00:00Z')), undefined)
      assert.equal(await users(address, new Date('2026-03-02T09:00:00Z')), undefined)
      assert.notEqual(await users(address, listed), undefined)
    }
  })

  it('that is the first of its host begins nothing before its server was there', async () => {
    const created = new Date('2026-03-02T07:59:00Z')
    const { db } = database
    await db.updateTable('fleet.server').set({ created_at: created }).where('id', '=', host.serverId).execute()
    await host.report([host.session(0, { started_at: '1970-01-01T00:00:10.000Z' })])
    assert.deepEqual(
      (await rows()).map(({ start_time }) => start_time),
      [created],
    )
  })

  it('that was overtaken is no whole list: what is new then keeps its start', async () => {
    await host.report([])
    const former = host.linkNumber
    await host.link()
    const session = host.session(0)
    clock.advance(30)
    await host.report([], former)
    await host.report([session])
    assert.deepEqual(
      (await rows()).map(({ start_time }) => start_time.toISOString()),
      [session.started_at],
    )
  })

  it('gives the same id on the host to another session when it starts again', async () => {
    await host.report([host.session(0)])
    clock.advance(5)
    await host.report([host.session(0)])
    assert.deepEqual(
      (await rows()).map(({ state }) => state),
      ['SignedOut', 'Active'],
    )
    assert.equal((await intervals()).length, 2)
  })

  it('with an address that is not the server’s is a session without one, and a line in the log', async () => {
    await host.report([host.session(0, { virtual_ip: other.addresses[0] ?? '' })])
    assert.deepEqual(
      (await rows()).map(({ virtual_ip }) => virtual_ip),
      [null],
    )
    assert.deepEqual(await intervals(), [])
    assert.ok(host.log.lines.some(({ message }) => message.includes('not its own')))
  })

  it('with one address for two sessions gives it to one of them', async () => {
    const [a, b] = [host.session(0), host.session(1, { virtual_ip: host.addresses[0] ?? '' })]
    const c = host.session(2, { virtual_ip: host.addresses[0] ?? '' })
    await host.report([a, b])
    await host.report([a, b, c])
    assert.deepEqual(
      (await rows()).map(({ virtual_ip }) => virtual_ip).filter((address) => address !== null),
      [host.addresses[0]],
    )
    assert.equal((await intervals()).length, 1)
  })
})

describe('what ends without its host saying so', () => {
  it('a new boot ends all of the former, at once and whatever comes late', async () => {
    await host.report([host.session(0), host.session(1)])
    const former = { bootId: host.bootId, linkNumber: host.linkNumber }
    clock.advance(30)
    await host.link('boot-2')
    assert.deepEqual(
      (await rows()).map(({ end_reason }) => end_reason),
      ['reboot', 'reboot'],
    )
    await host.report([host.session(0)])
    const now = host.bootId
    host.bootId = former.bootId
    await host.report([host.session(3)], former.linkNumber)
    host.bootId = now
    const live = (await rows()).filter(({ end_time }) => end_time === null)
    assert.equal(live.length, 1)
  })

  it('a server that is deleted has no sessions any more, and keeps its history', async () => {
    await host.report([host.session(0)])
    const [during] = await rows()
    await sql`DELETE FROM agents.agent WHERE server_id = ${host.serverId}`.execute(database.db)
    await sql`DELETE FROM fleet.server WHERE id = ${host.serverId}`.execute(database.db)
    const [gone] = await rows()
    assert.deepEqual([gone?.id, gone?.end_reason], [during?.id, 'server_deleted'])
    assert.equal(await users(host.addresses[0], during?.start_time), 'user-0')
    assert.notEqual((await intervals())[0]?.held_until, null)
  })

  it('takes the orders to log off with it, of a former boot as of a deleted server', async () => {
    const { db } = database
    const order = (session: SessionState) =>
      db.transaction().execute((trx) => insertLogoffs(trx, [host.idOf(session)], NOTICE, clock.now(), clock.now()))
    const pending = async () =>
      (await db.selectFrom('sessions.logoff').selectAll().where('done_at', 'is', null).execute()).length
    const first = host.session(0)
    await host.report([first])
    await order(first)
    assert.equal(await pending(), 1)
    await host.link('boot-2')
    assert.equal(await pending(), 0)
    const second = host.session(1)
    await host.report([second])
    await order(second)
    await sql`DELETE FROM agents.agent WHERE server_id = ${host.serverId}`.execute(db)
    await sql`DELETE FROM fleet.server WHERE id = ${host.serverId}`.execute(db)
    assert.equal(await pending(), 0)
  })
})

describe('who had an address', () => {
  it('has one answer or none: from the start, to before the end', async () => {
    const [address] = host.addresses
    const began = clock.now()
    await host.report([host.session(0)])
    clock.advance(100)
    await host.report([])
    const ended = clock.now()
    const before = (at: Date) => new Date(at.getTime() - 1)
    assert.equal(await users(address, before(began)), undefined)
    assert.equal(await users(address, began), 'user-0')
    assert.equal(await users(address, before(ended)), 'user-0')
    assert.equal(await users(address, ended), undefined)
    assert.equal(await whoHad(database.db, 'another subnet', address ?? '', began), undefined)
  })

  it('is the server’s that has the address now, though the former has not said that it gave it up', async () => {
    const address = host.addresses[0] ?? ''
    await host.report([host.session(0)])
    clock.advance(10)
    await give(address, other)
    await other.report([
      other.session(1, { user_name: 'bert', virtual_ip: address, started_at: '2026-03-02T07:00:00Z' }),
    ])
    assert.equal(await users(address), 'bert')
    assert.equal(await users(address, new Date('2026-03-02T08:00:09Z')), 'user-0')
    await host.report([])
    assert.equal(await users(address), 'bert')
  })

  it('is not taken back by a server that claimed it twice and no longer owns it', async () => {
    const address = host.addresses[0] ?? ''
    const twice = [host.session(0), host.session(1, { virtual_ip: address })]
    await host.report(twice)
    clock.advance(10)
    await give(address, other)
    await other.report([other.session(1, { user_name: 'bert', virtual_ip: address })])
    clock.advance(10)
    for (const left of [twice.slice(1), twice.slice(0, 1), []]) {
      await host.report(left)
      assert.equal(await users(address), 'bert')
    }
  })

  it('has none from before the server got it', async () => {
    const address = host.addresses[0] ?? ''
    await host.report([])
    await give(address, other)
    clock.advance(20)
    const got = clock.now()
    await give(address, host)
    clock.advance(10)
    await host.report([host.session(0, { started_at: '2026-03-02T08:00:00Z' })])
    assert.deepEqual(
      (await intervals()).map(({ held_from }) => held_from),
      [got],
    )
  })

  it('cannot be two: the database refuses the second interval that overlaps', async () => {
    const [a, b] = [host.session(0), host.session(1, { virtual_ip: host.addresses[0] ?? '' })]
    await host.report([a, b])
    const insert = (from: string, until: string | null) =>
      sql`
      INSERT INTO sessions.assignment (session_id, project_id, server_id, subnet_id, address, held_from, held_until)
      SELECT id, project_id, server_id, ${fleet.subnetId}, ${host.addresses[0]}::inet, ${from}::timestamptz, ${until}::timestamptz
      FROM sessions.session WHERE id IN (${host.idOf(a)}, ${host.idOf(b)})
        AND id NOT IN (SELECT session_id FROM sessions.assignment)`.execute(database.db)
    await assert.rejects(insert('2026-03-02T09:00:00Z', null), /assignment_one_holder/)
    await assert.rejects(insert('2026-03-02T07:00:00Z', '2026-03-02T08:00:01Z'), /assignment_one_holder/)
    await insert('2026-03-02T07:00:00Z', '2026-03-02T08:00:00Z')
    assert.equal((await intervals()).length, 2)
  })

  it('is never changed afterwards', async () => {
    await host.report([host.session(0)])
    clock.advance(10)
    await host.report([])
    const change = sql`UPDATE sessions.assignment SET held_until = NULL WHERE server_id = ${host.serverId}`
    const erase = sql`DELETE FROM sessions.assignment WHERE server_id = ${host.serverId}`
    await assert.rejects(change.execute(database.db), /append-only/)
    await assert.rejects(erase.execute(database.db), /append-only/)
  })
})
