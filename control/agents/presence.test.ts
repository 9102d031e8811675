import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '#db'
import { noteLinked, updatePower } from '#fleet'
import { insertFleet, recordingLog, silentLog, testDatabase } from '#testing'
import { disownAgent } from './agent.store.ts'
import { recordHeard, type Wanted } from './presence.store.ts'
import { BEAT_MS, type Heard, Presence, startPulse } from './presence.ts'
import { TestClock } from './test-peer.ts'

const SILENCE = 90
const BEAT = BEAT_MS / 1000
/** When the last sign of life was noted, it may have been the last but for twenty seconds. */
const NOTED = 20

/** A connection as presence sees it. */
class HeardLink implements Heard {
  isHeard = true
  isCutOff = false
  readonly caughtUp: number[] = []

  takeHeard(): boolean {
    return this.isHeard
  }

  catchUp({ generation }: Wanted): void {
    this.caughtUp.push(generation)
  }

  cutOff(): void {
    this.isCutOff = true
  }
}

/** One replica and the servers of a database: the first has a link, the others have none. */
async function openPresence(servers = 2) {
  await using stack = new AsyncDisposableStack()
  const { db } = stack.use(await testDatabase())
  const { serverIds } = await insertFleet(db, { servers })
  const clock = new TestClock()
  const log = recordingLog()
  const link = new HeardLink()
  const links = new Map([[serverIds[0] ?? '', link]])
  await db.updateTable('agents.agent').set({ seen_at: clock.now(), public_key: 'of a test' }).execute()
  const open = () => new Presence({ db, clock, log, silenceSeconds: SILENCE, links })
  const presence = open()
  const pass = async (seconds: number, who = presence) => {
    for (let passed = 0; passed < seconds; passed += BEAT) {
      clock.advance(BEAT)
      await who.beat()
    }
  }
  const moved = stack.move()
  return { db, serverIds, clock, log, link, presence, open, pass, [Symbol.asyncDispose]: () => moved.disposeAsync() }
}

async function statuses(db: Db, serverIds: readonly string[]): Promise<readonly string[]> {
  const rows = await db.selectFrom('fleet.server').select(['id', 'status', 'vm_status']).execute()
  return serverIds.map((id) => {
    const row = rows.find((each) => each.id === id)
    return `${row?.status} ${row?.vm_status}`
  })
}

describe('presence', () => {
  it('gives up a server whose agent is silent for too long, and no other', async () => {
    await using site = await openPresence()
    await site.pass(SILENCE + NOTED)
    assert.deepEqual(await statuses(site.db, site.serverIds), ['REGISTERED ACTIVE', 'REGISTERED ACTIVE'])
    await site.pass(BEAT)
    assert.deepEqual(await statuses(site.db, site.serverIds), ['REGISTERED ACTIVE', 'NONE ACTIVE'])
    const said = site.log.lines.filter((line) => line.level === 'warn')
    assert.deepEqual(
      said.map((line) => line.fields),
      [{ serverId: site.serverIds[1], silenceSeconds: SILENCE }],
    )
    await site.pass(SILENCE)
    assert.equal(site.log.lines.filter((line) => line.level === 'warn').length, 1, 'it is said once')
  })

  it('notices that a link is open and nobody speaks', async () => {
    await using site = await openPresence(1)
    site.link.isHeard = false
    await site.pass(SILENCE + NOTED + BEAT)
    assert.deepEqual(await statuses(site.db, site.serverIds), ['NONE ACTIVE'])
  })

  it('leaves a server alone while a task is under way, and shows the reboot that never ended as an error', async () => {
    await using site = await openPresence()
    const [, silent = ''] = site.serverIds
    const rebooting = { task_status: 'updating_tsvi', vm_status: 'HARD_REBOOT' }
    await site.db.updateTable('fleet.server').set(rebooting).where('id', '=', silent).execute()
    await site.pass(10 * SILENCE)
    assert.equal((await statuses(site.db, [silent]))[0], 'REGISTERED HARD_REBOOT')
    const failed = { task_status: 'updating_tsvi_failed' }
    await site.db.updateTable('fleet.server').set(failed).where('id', '=', silent).execute()
    await site.pass(BEAT)
    assert.equal((await statuses(site.db, [silent]))[0], 'NONE ERROR')
  })

  it('takes a server back when its agent is heard, whoever gave it up', async () => {
    await using site = await openPresence(1)
    await site.db.updateTable('fleet.server').set({ status: 'NONE', vm_status: 'ERROR' }).execute()
    await site.pass(BEAT)
    assert.deepEqual(await statuses(site.db, site.serverIds), ['REGISTERED ACTIVE'])
  })

  for (const [vm_status, task_status] of [
    ['REBUILD_FAIL', 'rebuild_fail'],
    ['REBUILD_FAIL', 'updating_tsvi_failed'],
    ['BUILD_FAIL', 'null'],
    ['ERROR', 'delete_failed'],
  ] as const) {
    it(`does not take back a server that failed work left as ${vm_status}, ${task_status}`, async () => {
      await using site = await openPresence(1)
      const [id = ''] = site.serverIds
      await site.db.updateTable('fleet.server').set({ status: 'NONE', vm_status, task_status }).execute()
      await site.pass(BEAT)
      await noteLinked(site.db, id, site.clock.now())
      assert.deepEqual(await statuses(site.db, [id]), [`NONE ${vm_status}`])
    })
  }

  it('does not take a reboot of an update for the repair of a failed disk', async () => {
    await using site = await openPresence(1)
    const [id = ''] = site.serverIds
    const failed = { status: 'NONE', vm_status: 'REBUILD_FAIL', task_status: 'updating_tsvi' }
    await site.db.updateTable('fleet.server').set(failed).execute()
    await updatePower(site.db, id, { vmStatus: 'REBOOT' }, site.clock.now())
    await noteLinked(site.db, id, site.clock.now())
    assert.deepEqual(await statuses(site.db, [id]), ['NONE REBUILD_FAIL'])
  })

  it('leaves servers alone that no agent ever spoke for, and those that are not shown as ready', async () => {
    await using site = await openPresence(3)
    const [, never = '', stopped = ''] = site.serverIds
    await site.db.updateTable('agents.agent').set({ seen_at: null }).where('server_id', '=', never).execute()
    await site.db.updateTable('fleet.server').set({ status: 'STOPPED' }).where('id', '=', stopped).execute()
    await site.pass(2 * SILENCE)
    assert.deepEqual(await statuses(site.db, [never, stopped]), ['REGISTERED ACTIVE', 'STOPPED ACTIVE'])
  })

  it('gives nobody up before agents have had the time to come back, after a start', async () => {
    await using site = await openPresence(1)
    site.clock.advance(3600)
    site.link.isHeard = false
    const restarted = site.open()
    await site.pass(SILENCE - BEAT, restarted)
    assert.deepEqual(await statuses(site.db, site.serverIds), ['REGISTERED ACTIVE'])
    await site.pass(BEAT, restarted)
    assert.deepEqual(await statuses(site.db, site.serverIds), ['NONE ACTIVE'])
  })

  it('nor after the database or the process was away', async () => {
    await using site = await openPresence(1)
    await site.pass(SILENCE)
    site.link.isHeard = false
    site.clock.advance(3600)
    await site.pass(SILENCE)
    assert.deepEqual(await statuses(site.db, site.serverIds), ['REGISTERED ACTIVE'])
  })

  it('decides once when several replicas beat together, and hears for those whose link another one holds', async () => {
    await using site = await openPresence(40)
    const log = recordingLog()
    const others = Array.from(
      { length: 3 },
      () => new Presence({ db: site.db, clock: site.clock, log, silenceSeconds: SILENCE, links: new Map() }),
    )
    for (let passed = 0; passed <= SILENCE + NOTED; passed += BEAT) {
      site.clock.advance(BEAT)
      await Promise.all([site.presence, ...others].map((presence) => presence.beat()))
    }
    const [linked, ...silent] = await statuses(site.db, site.serverIds)
    assert.equal(linked, 'REGISTERED ACTIVE')
    assert.deepEqual(new Set(silent), new Set(['NONE ACTIVE']))
    const given = [...site.log.lines, ...log.lines].filter((line) => line.level === 'warn')
    assert.equal(given.length, silent.length, 'each was given up by one of them')
  })

  it('tells a link of the newest generation: the word of a change may have got lost', async () => {
    await using site = await openPresence(1)
    await site.db.updateTable('agents.agent').set({ generation: 6 }).execute()
    await site.pass(BEAT)
    assert.deepEqual(site.link.caughtUp, [6])
  })

  for (const [name, take] of [
    ['was deleted', (db: Db, id: string) => db.deleteFrom('fleet.server').where('id', '=', id).execute()],
    ['has no key any more', disownAgent],
  ] as const) {
    it(`ends the link of a server that ${name}, though nobody was told`, async () => {
      await using site = await openPresence(2)
      await site.pass(BEAT)
      assert.equal(site.link.isCutOff, false)
      await take(site.db, site.serverIds[0] ?? '')
      await site.pass(BEAT)
      assert.deepEqual([site.link.isCutOff, site.link.caughtUp.length], [true, 1])
    })
  }

  it('writes a row only when it would become stale', async () => {
    await using site = await openPresence(1)
    const [id = ''] = site.serverIds
    const seenAt = async () =>
      (await site.db.selectFrom('agents.agent').select('seen_at').executeTakeFirstOrThrow()).seen_at?.getTime()
    const first = await seenAt()
    site.clock.advance(19)
    await recordHeard(site.db, [id], site.clock.now())
    assert.equal(await seenAt(), first)
    site.clock.advance(1)
    await recordHeard(site.db, [id], site.clock.now())
    assert.equal(await seenAt(), site.clock.now().getTime())
  })

  it('says once that the database is away, and beats on', async () => {
    await using site = await openPresence(1)
    const beats = new EventEmitter()
    const said: string[] = []
    const log = { ...silentLog, warn: (_fields: object, message: string) => void said.push(message) }
    const presence = {
      beat: async () => {
        try {
          await site.presence.beat()
          beats.emit('good')
        } catch (error) {
          beats.emit('bad')
          throw error
        }
      },
    }
    await using stack = new AsyncDisposableStack()
    const pulse = startPulse(presence, log, 5)
    stack.defer(() => pulse.close())
    await once(beats, 'good')
    await sql`ALTER TABLE agents.agent RENAME TO away`.execute(site.db)
    await once(beats, 'bad')
    await once(beats, 'bad')
    await sql`ALTER TABLE agents.away RENAME TO agent`.execute(site.db)
    await once(beats, 'good')
    assert.deepEqual(said, ['it cannot be noted which agents are there; trying again'])
  })
})
