import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '#db'
import { AppError } from '#kernel'
import { testDatabase } from '#testing'
import { assertDeclared } from '../testing/api.ts'
import { type DryRun, dryRun, readOnly } from './dry-run.service.ts'
import { TsviHarness } from './harness.ts'
import {
  assertNothingStarted,
  assertRefused,
  assertStarted,
  goodBody,
  openPlace,
  type Place,
  REFUSALS,
  send,
} from './test-requests.ts'

function foresee(harness: TsviHarness, enable = true): Promise<DryRun> {
  const { projectId, serverIds } = harness.fleet
  const items = serverIds.map((id) => ({ id, enable }))
  return dryRun(harness.deps, { projectId, items, authorize: async () => {} })
}

/** Every row of every table of ours and of the queue, as one text for each table. */
async function everything(db: Db): Promise<Readonly<Record<string, unknown>>> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' ORDER BY 1`.execute(db)
  const found: Record<string, unknown> = {}
  for (const { name } of tables) {
    const { rows } =
      await sql`SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS m FROM ${sql.raw(name)} AS t`.execute(
        db,
      )
    found[name] = rows
  }
  return found
}

/** Addresses a server got beside those it had, and whether its update rebooted it. */
async function acted(harness: TsviHarness, index: number, before: number) {
  const { owned } = await harness.account(index)
  const { serverId } = harness.host(index)
  const { rows } = await sql<{ boot_id: string | null; generation: number | null }>`
    SELECT boot_id, generation FROM tsvi.update WHERE server_id = ${serverId} ORDER BY id DESC LIMIT 1`.execute(
    harness.deps.db,
  )
  const [update] = rows
  return { grown: owned.length - before, reboots: update?.boot_id != null, changes: update?.generation != null }
}

async function assertAgrees(harness: TsviHarness, enable = true): Promise<DryRun> {
  const before = await Promise.all(harness.hosts.map((_, index) => harness.account(index)))
  const plan = await foresee(harness, enable)
  await harness.run(enable)
  assert.deepEqual(
    await harness.states(),
    harness.hosts.map(() => 'done'),
  )
  for (const [index, server] of plan.servers.entries()) {
    const { changes, reboots, addresses_needed, addresses_leaving } = server
    const had = before[index]?.owned.length ?? 0
    assert.equal(server.addresses_owned, had)
    assert.deepEqual(await acted(harness, index, had), {
      changes,
      reboots,
      grown: addresses_needed - addresses_leaving,
    })
  }
  return plan
}

const setGroup = (harness: TsviHarness, members: { max_session?: number; enable?: boolean }) =>
  sql`UPDATE fleet.server_group SET
    route_policy = CASE WHEN ${members.max_session ?? 0}::int = 0 THEN route_policy
                        ELSE jsonb_build_object('max_session', ${members.max_session ?? 0}::int) END,
    ip_virtual_enable = coalesce(${members.enable ?? null}::boolean, ip_virtual_enable)`.execute(harness.deps.db)

describe('a dry run', () => {
  for (const rebootPolicy of ['on_change', 'if_needed'] as const) {
    it(`says what the update then does: on, again, larger, smaller, off; ${rebootPolicy}`, async () => {
      await using harness = await TsviHarness.start({ rebootPolicy, maxSession: 3 })
      const first = await assertAgrees(harness)
      assert.deepEqual(
        first.subnets.map(({ addresses_needed, enough }) => [addresses_needed, enough]),
        [[6, true]],
      )
      const again = await assertAgrees(harness)
      assert.deepEqual(
        again.servers.map(({ changes, reboots }) => [changes, reboots]),
        [
          [false, false],
          [false, false],
        ],
      )
      await setGroup(harness, { max_session: 5 })
      assert.deepEqual(
        (await assertAgrees(harness)).servers.map((server) => server.addresses_needed),
        [2, 2],
      )
      await setGroup(harness, { max_session: 1 })
      assert.deepEqual(
        (await assertAgrees(harness)).servers.map((server) => server.addresses_leaving),
        [4, 4],
      )
      await setGroup(harness, { enable: false })
      const off = await assertAgrees(harness)
      assert.deepEqual(
        off.servers.map(({ enable, notice }) => [enable, notice !== '']),
        [
          [false, true],
          [false, true],
        ],
      )
    })
  }

  it('counts the sessions that a reboot ends', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await sql`UPDATE fleet.server SET session_count = 3`.execute(harness.deps.db)
    const [server] = (await foresee(harness)).servers
    assert.deepEqual([server?.reboots, server?.sessions_affected], [true, 3])
  })

  it('says when a subnet has too few addresses, and the update then fails', async () => {
    await using harness = await TsviHarness.start({ cidr: '10.1.0.0/28', maxSession: 6 })
    const { subnets } = await foresee(harness)
    assert.deepEqual(
      subnets.map(({ addresses_needed, addresses_free, enough }) => [addresses_needed, addresses_free, enough]),
      [[12, 9, false]],
    )
    await harness.run()
    assert.deepEqual([...(await harness.states())].sort(), ['done', 'failed'])
  })

  it('names the server whose task would refuse the call, and the call is refused for it', async () => {
    await using harness = await TsviHarness.start()
    const [busy = ''] = harness.fleet.serverIds
    await sql`UPDATE fleet.server SET task_status = 'rebooting', job_id = '7', job_type = 'REBOOT' WHERE id = ${busy}`.execute(
      harness.deps.db,
    )
    const { refused_by } = await foresee(harness)
    assert.deepEqual(
      refused_by.map(({ server_id, error_code }) => [server_id, error_code]),
      [[busy, 'WKS.00211103']],
    )
    await assert.rejects(
      harness.request(),
      (error) => error instanceof AppError && error.message === refused_by[0]?.error_msg,
    )
  })

  it('writes no row of any table', async () => {
    await using harness = await TsviHarness.start()
    await harness.run()
    await setGroup(harness, { max_session: 7 })
    const before = await everything(harness.deps.db)
    assert.ok(Object.keys(before).length > 30)
    await foresee(harness)
    assert.deepEqual(await everything(harness.deps.db), before)
  })
})

it('what it reads in cannot write', async () => {
  await using database = await testDatabase()
  const write = readOnly(database.db, (trx) => trx.deleteFrom('tsvi.update').execute())
  await assert.rejects(write, /read-only transaction/)
})

describe('a dry run over HTTP', () => {
  let place: Place
  before(async () => {
    place = await openPlace()
  })
  after(() => place.api[Symbol.asyncDispose]())
  const sent = () => ({ body: { ...goodBody(place), dry_run: true } })

  it('has no job, and starts nothing', async () => {
    const answer = await send(place, sent())
    assert.equal(answer.status, 200, answer.text)
    assertDeclared('BatchUpdateTsvi', answer)
    const { dry_run, ...rest } = answer.body as { dry_run: DryRun }
    assert.deepEqual(rest, {})
    assert.deepEqual(
      dry_run.servers.map(({ id }) => id),
      place.serverIds,
    )
    await assertNothingStarted(place)
  })

  it('is refused as the call itself is: unknown servers, foreign projects, what is no boolean', async () => {
    const unknown = { body: { items: [{ id: 'unknown', enable: true }], dry_run: true } }
    assertRefused(place, await send(place, unknown), REFUSALS.unknownServer)
    assertRefused(place, await send(place, { ...sent(), sign: place.stranger.access_key }), REFUSALS.forbidden)
    assertRefused(place, await send(place, { body: { ...goodBody(place), dry_run: 'yes' } }), REFUSALS.invalid)
    await assertNothingStarted(place)
  })

  it('that is false is the call itself', async () => {
    await assertStarted(place, await send(place, { body: { ...goodBody(place), dry_run: false } }))
  })
})
