import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { type Db, migrate } from '#db'
import { insertFleet, onPostgres, type TestFleet, testDatabase, untilBlocked } from '#testing'
import { deleteServerGroup } from './server-group.store.ts'
import { pickServers, type ServerFilter } from './server-pick.view.ts'

const NONE: ServerFilter = {
  ...{ serverGroupId: '', serverName: '', machineName: '', ipAddr: '', serverId: '', maintainStatus: '' },
  ...{ scalingAutoCreate: '', offset: 0, limit: 100 },
}

/** Counts by the tally and by counting, for the project, the group and both states; they must be the same. */
async function assertExact(db: Db, { projectId, groupId }: TestFleet): Promise<number> {
  for (const serverGroupId of ['', groupId]) {
    for (const maintainStatus of ['', 'true', 'false']) {
      const { count } = await pickServers(db, projectId, { ...NONE, serverGroupId, maintainStatus })
      const { rows } = await sql<{ n: number }>`
        SELECT count(*)::int AS n FROM fleet.server WHERE project_id = ${projectId}
          AND ${maintainStatus}::text IN ('', maintain_status::text)`.execute(db)
      assert.equal(count, rows[0]?.n, `${serverGroupId} ${maintainStatus}`)
    }
  }
  return (await pickServers(db, projectId, NONE)).count
}

async function tallyRows(db: Db): Promise<number> {
  return (await db.selectFrom('fleet.server_tally').select('delta').execute()).length
}

const setMaintained = (db: Db, ids: readonly string[], to: boolean) =>
  sql`UPDATE fleet.server SET maintain_status = ${to} WHERE id = ANY(${ids}::text[])`.execute(db)

async function remove(db: Db, ids: readonly string[]): Promise<void> {
  await sql`DELETE FROM agents.agent WHERE server_id = ANY(${ids}::text[])`.execute(db)
  await sql`DELETE FROM fleet.server WHERE id = ANY(${ids}::text[])`.execute(db)
}

describe('the count of servers', () => {
  it('is exact after servers come, go and change, in one statement and in many', async () => {
    await using database = await testDatabase()
    const { db } = database
    const fleet = await insertFleet(db, { servers: 60 })
    assert.equal(await assertExact(db, fleet), 60)
    await setMaintained(db, fleet.serverIds.slice(0, 20), true)
    await assertExact(db, fleet)
    await remove(db, fleet.serverIds.slice(10, 30))
    assert.equal(await assertExact(db, fleet), 40)
    for (const id of fleet.serverIds.slice(30)) await remove(db, [id])
    assert.equal(await assertExact(db, fleet), 10)
  })

  it('is exact after what was rolled back, and after an update that changes nothing', async () => {
    await using database = await testDatabase()
    const { db } = database
    const fleet = await insertFleet(db, { servers: 3 })
    const back = new Error('back')
    const trying = db.transaction().execute(async (trx) => {
      await setMaintained(trx, fleet.serverIds, true)
      throw back
    })
    await assert.rejects(trying, back)
    const before = await tallyRows(db)
    await setMaintained(db, fleet.serverIds, false)
    await sql`UPDATE fleet.server SET task_status = 'rebooting'`.execute(db)
    assert.equal(await tallyRows(db), before)
    assert.equal(await assertExact(db, fleet), 3)
  })

  it('is exact when many change at once, and its rows stay few', async () => {
    await using database = await testDatabase()
    const { db } = database
    const fleet = await insertFleet(db, { servers: 40 })
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(fleet.serverIds.map((id, index) => setMaintained(db, [id], (index + round) % 2 === 0)))
    }
    await assertExact(db, fleet)
    assert.ok((await tallyRows(db)) <= 3 * 16, String(await tallyRows(db)))
  })
})

describe('the rows that the count is of', () => {
  it('go with their group', async () => {
    await using database = await testDatabase()
    const { db } = database
    const { groupId, serverIds } = await insertFleet(db, { servers: 3 })
    const other = await insertFleet(db, { servers: 2, cidr: '10.2.0.0/24' })
    await remove(db, serverIds)
    assert.ok((await tallyRows(db)) > 1)
    await deleteServerGroup(db, groupId)
    assert.equal(await tallyRows(db), 1)
    assert.equal(await assertExact(db, other), 2)
  })

  it('that come to nothing are none', async () => {
    await using database = await testDatabase()
    const { db } = database
    const { projectId, groupId, serverIds } = await insertFleet(db, { servers: 3 })
    await remove(db, serverIds)
    await sql`SELECT fleet.add_up_servers(${projectId}, ${groupId}, false)`.execute(db)
    assert.equal(await tallyRows(db), 0)
  })

  /** As it was before the migration that fills them. */
  const UNDO = `
    DROP TABLE fleet.server_tally;
    DROP FUNCTION fleet.tally_inserted, fleet.tally_deleted, fleet.tally_moved, fleet.tally_forgotten, fleet.pieces CASCADE;
    DROP FUNCTION fleet.tally_servers, fleet.add_up_servers;
    DROP INDEX fleet.server_maintained, fleet.server_group_maintained;
    DELETE FROM public.berth_migration WHERE name = '0012-server-lists.sql'`

  onPostgres('count what was being removed when the migration began', async () => {
    await using database = await testDatabase()
    const { db } = database
    const fleet = await insertFleet(db, { servers: 3 })
    await database.exec(UNDO)
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const removing = db.transaction().execute(async (trx) => {
      await remove(trx, fleet.serverIds.slice(0, 1))
      begun.resolve()
      await end.promise
    })
    await begun.promise
    const migrating = migrate(database)
    await untilBlocked(db)
    end.resolve()
    await removing
    assert.deepEqual(await migrating, ['0012-server-lists.sql'])
    assert.equal(await assertExact(db, fleet), 2)
  })
})

it('a page of servers is cut from an index of its place, in its order', async () => {
  await using database = await testDatabase()
  const { projectId, groupId } = await insertFleet(database.db, { servers: 200 })
  await sql`ANALYZE fleet.server`.execute(database.db)
  const project = { project_id: projectId }
  const group = { server_group_id: groupId }
  const maintained = { maintain_status: true }
  for (const place of [project, { ...project, ...maintained }, group, { ...group, ...maintained }]) {
    const plan = await database.db.transaction().execute(async (trx) => {
      // a table this small would be read as a whole
      for (const way of ['seqscan', 'sort', 'bitmapscan'])
        await sql`SET LOCAL ${sql.raw(`enable_${way}`)} = off`.execute(trx)
      const tests = Object.entries(place).map(([column, value]) => sql`${sql.ref(column)} = ${sql.lit(value)}`)
      const { rows } = await sql<{ 'QUERY PLAN': string }>`
        EXPLAIN SELECT id FROM fleet.server WHERE ${sql.join(tests, sql` AND `)}
        ORDER BY created_at DESC, id LIMIT 100`.execute(trx)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
    assert.doesNotMatch(plan, /Sort|Filter/)
    for (const column of Object.keys(place)) assert.match(plan, new RegExp(`Index Cond: .*${column}`))
  }
})

describe('pieces', () => {
  const pieces = async (db: Db, text: string) =>
    (await sql<{ pieces: string[] }>`SELECT fleet.pieces(${text}) AS pieces`.execute(db)).rows[0]?.pieces

  it('are all that a text is made of, each once; a short text has none', async () => {
    await using database = await testDatabase()
    assert.deepEqual(await pieces(database.db, 'ababa'), ['aba', 'bab'])
    assert.deepEqual(await pieces(database.db, 'ab'), [])
    assert.deepEqual(await pieces(database.db, ''), [])
    assert.deepEqual(await pieces(database.db, '😀b😀'), ['😀b😀'])
  })

  for (const part of ['A', 'PS', 'PS-', 'APS-1', '%', '_', '-1', 'S-12', '\\', '😀'] as const) {
    it(`find what has '${part}' in it, as looking at every name does`, async () => {
      await using database = await testDatabase()
      const { db } = database
      const { projectId, serverIds } = await insertFleet(db, { servers: 15 })
      await sql`UPDATE fleet.server SET name = 'odd %_\\ 😀' WHERE id = ${serverIds[0]}`.execute(db)
      const { rows } = await sql<{ id: string }>`
        SELECT id FROM fleet.server WHERE project_id = ${projectId} AND strpos(name, ${part}) > 0
        ORDER BY created_at DESC, id`.execute(db)
      const ids = rows.map(({ id }) => id)
      assert.deepEqual(await pickServers(db, projectId, { ...NONE, serverName: part }), { count: ids.length, ids })
    })
  }
})
