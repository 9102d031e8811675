import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { AppError } from '#kernel'
import { embeddedPorts, type PortDriver, PortRefused } from '#vpc'
import { TsviHarness } from './harness.ts'
import { DEFAULT_TIMING } from './update.ts'

interface Ownership {
  readonly owner_id: string
  readonly count: number
}

/** Session addresses by owner, and pairs by port: what must never disagree. */
async function ownership(harness: TsviHarness): Promise<readonly Ownership[]> {
  const { rows } = await sql<Ownership>`
    SELECT owner_id, count(*)::int AS count FROM vpc.address WHERE kind = 'session' GROUP BY owner_id`.execute(
    harness.deps.db,
  )
  return rows
}

async function pairs(harness: TsviHarness, index = 0): Promise<readonly string[]> {
  const { allowed_address_pairs: found } = await harness.deps.db
    .selectFrom('vpc.port')
    .select('allowed_address_pairs')
    .where('device_id', '=', harness.host(index).serverId)
    .executeTakeFirstOrThrow()
  return found.map((pair) => pair.ip_address).sort()
}

function server(harness: TsviHarness, index = 0) {
  return harness.deps.db
    .selectFrom('fleet.server')
    .selectAll()
    .where('id', '=', harness.host(index).serverId)
    .executeTakeFirstOrThrow()
}

async function subJob(harness: TsviHarness, jobId: string, index = 0) {
  return harness.deps.db
    .selectFrom('jobs.sub_job')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('resource_id', '=', harness.host(index).serverId)
    .executeTakeFirstOrThrow()
}

function job(harness: TsviHarness, jobId: string) {
  return harness.deps.db.selectFrom('jobs.job').selectAll().where('id', '=', jobId).executeTakeFirstOrThrow()
}

async function switchGroup(harness: TsviHarness, enable: boolean): Promise<void> {
  await harness.deps.db
    .updateTable('fleet.server_group')
    .set({ ip_virtual_enable: enable })
    .where('id', '=', harness.fleet.groupId)
    .execute()
}

describe('an update that goes well', () => {
  it('leaves block, port, server and job in agreement', async () => {
    await using harness = await TsviHarness.start()
    const jobId = await harness.run()
    assert.deepEqual(await harness.states(), ['done', 'done'])
    const { status, end_time } = await job(harness, jobId)
    assert.equal(status, 'SUCCESS')
    assert.ok(end_time)
    for (const index of [0, 1]) {
      const desired = await harness.host(index).desired()
      assert.equal(desired?.virtual_ip.addresses.length, 4)
      assert.deepEqual(await pairs(harness, index), [...(desired?.virtual_ip.addresses ?? [])].sort())
      const { task_status, job_status, ip_virtual_enable } = await server(harness, index)
      assert.deepEqual([task_status, job_status, ip_virtual_enable], ['null', 'SUCCESS', true])
      assert.equal(harness.host(index).reboots, 1)
    }
    assert.deepEqual(
      (await ownership(harness)).map((row) => row.count),
      [4, 4],
    )
  })

  it('is not repeated: a second call succeeds at once without a reboot', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.run()
    const second = await harness.request()
    await harness.work()
    assert.equal((await job(harness, second)).status, 'SUCCESS')
    assert.equal(harness.host().reboots, 1)
  })

  it('does without a reboot where the group allows it', async () => {
    await using harness = await TsviHarness.start({ servers: 1, rebootPolicy: 'if_needed' })
    const jobId = await harness.run()
    assert.equal((await job(harness, jobId)).status, 'SUCCESS')
    assert.equal(harness.host().reboots, 0)
  })

  it('switches off: the block is released into quarantine and the port closed', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.run()
    await switchGroup(harness, false)
    const jobId = await harness.run()
    assert.equal((await job(harness, jobId)).status, 'SUCCESS')
    assert.deepEqual(await ownership(harness), [])
    assert.deepEqual(await pairs(harness), [])
    assert.equal((await harness.host().desired())?.virtual_ip.enable, false)
    const { rows } = await sql<{ resting: number }>`
      SELECT count(*)::int AS resting FROM vpc.address WHERE quarantined_until = ${harness.clock.now()}::timestamptz + interval '900 s'`.execute(
      harness.deps.db,
    )
    assert.equal(rows[0]?.resting, 4)
  })

  it('grows and shrinks a block in place, keeping the addresses in use', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.run()
    const before = (await harness.host().desired())?.virtual_ip.addresses ?? []
    for (const size of [6, 3]) {
      await harness.deps.db
        .updateTable('fleet.server_group')
        .set({ route_policy: JSON.stringify({ max_session: size }) })
        .execute()
      await harness.run()
      const block = (await harness.host().desired())?.virtual_ip.addresses ?? []
      assert.equal(block.length, size)
      assert.deepEqual(block.slice(0, Math.min(size, 4)), before.slice(0, Math.min(size, 4)))
      assert.deepEqual(
        (await ownership(harness)).map((row) => row.count),
        [size],
      )
      assert.deepEqual(await pairs(harness), [...block].sort())
    }
  })

  it('follows the tenant: where it does not allow virtual IPs they are switched off, with a notice', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.deps.db
      .insertInto('fleet.configuration')
      .values({ project_id: harness.fleet.projectId, config_key: 'IP_VIRTUAL_ENABLE', config_value: 'false' })
      .execute()
    const jobId = await harness.run(true)
    assert.match((await subJob(harness, jobId)).notice, /tenant configuration does not allow/)
    assert.deepEqual(await ownership(harness), [])
  })
})

describe('an update that meets trouble', () => {
  it('fails when the subnet is exhausted, claims nothing, and leaves the others alone', async () => {
    await using harness = await TsviHarness.start({ servers: 2, maxSession: 6, cidr: '10.2.0.0/28' })
    const jobId = await harness.run()
    assert.deepEqual([...(await harness.states())].sort(), ['done', 'failed'])
    const failed = (await harness.states()).indexOf('failed')
    const { error_code, error_message, status } = await subJob(harness, jobId, failed)
    assert.deepEqual([status, error_code], ['FAILED', 'WKS.00121201'])
    assert.match(error_message, /free addresses and the server needs 6 more/)
    assert.equal((await job(harness, jobId)).status, 'FAILED')
    assert.deepEqual(
      (await ownership(harness)).map((row) => row.count),
      [6],
    )
    assert.equal((await server(harness, failed)).task_status, 'updating_tsvi_failed')
    assert.equal(harness.host(failed).reboots, 0)
  })

  it('gives the claim back when the port is refused', async () => {
    let calls = 0
    const ports: PortDriver = {
      setSessionAddresses: async (port) => {
        calls += 1
        if (calls === 1) throw new PortRefused('too many pairs')
        return embeddedPorts(harness.deps.db).setSessionAddresses(port)
      },
    }
    await using harness = await TsviHarness.start({ servers: 1 }, ports)
    const jobId = await harness.run()
    assert.equal((await subJob(harness, jobId)).error_code, 'WKS.00121202')
    assert.deepEqual(await ownership(harness), [])
  })

  it('tells the agent the former configuration when it cannot apply the new one', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    harness.host().faults = { error: 'nft: command not found' }
    const jobId = await harness.run()
    assert.deepEqual(await harness.states(), ['undoing'])
    assert.equal((await subJob(harness, jobId)).status, 'ROLLBACK')
    harness.host().faults = {}
    await harness.settle()
    const ended = await subJob(harness, jobId)
    assert.deepEqual([ended.status, ended.error_code], ['FAILED', 'WKS.00121204'])
    assert.match(ended.error_message, /nft: command not found/)
    assert.equal((await harness.host().desired())?.virtual_ip.enable, false)
    assert.deepEqual(await ownership(harness), [])
    assert.deepEqual(await pairs(harness), [])
  })

  it('keeps the addresses while the agent is away, and releases them when it has applied the former state', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    const jobId = await harness.request()
    await harness.work()
    await harness.passDeadlines(DEFAULT_TIMING.configuring)
    assert.deepEqual(await harness.states(), ['undoing'])
    await harness.passDeadlines(DEFAULT_TIMING.undoing)
    const ended = await subJob(harness, jobId)
    assert.deepEqual([ended.status, ended.error_code], ['FAILED', 'WKS.00121203'])
    assert.deepEqual(
      (await ownership(harness)).map((row) => row.count),
      [4],
    )
    await harness.settle()
    assert.deepEqual(await ownership(harness), [])
    assert.deepEqual(await pairs(harness), [])
  })

  it('uses kept addresses in the next update instead of claiming more', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.request()
    await harness.work()
    await harness.passDeadlines(DEFAULT_TIMING.configuring)
    await harness.passDeadlines(DEFAULT_TIMING.undoing)
    const jobId = await harness.run()
    assert.equal((await job(harness, jobId)).status, 'SUCCESS')
    assert.deepEqual(
      (await ownership(harness)).map((row) => row.count),
      [4],
    )
  })

  it('pulls the plug when the soft reboot does not come back, and succeeds then', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    harness.host().faults = { ignoresReboot: true }
    const jobId = await harness.run()
    assert.equal((await server(harness)).vm_status, 'REBOOT')
    await harness.passDeadlines(DEFAULT_TIMING.rebooting)
    assert.deepEqual(harness.hardReboots, [harness.host().serverId])
    assert.equal((await server(harness)).vm_status, 'HARD_REBOOT')
    assert.equal((await subJob(harness, jobId)).attempt, 2)
    harness.host().faults = {}
    await harness.host().restart()
    await harness.settle()
    assert.equal((await job(harness, jobId)).status, 'SUCCESS')
  })

  it('fails with the reason when the host never comes back', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    harness.host().faults = { ignoresReboot: true }
    const jobId = await harness.run()
    await harness.passDeadlines(DEFAULT_TIMING.rebooting)
    await harness.passDeadlines(DEFAULT_TIMING.rebooting)
    await harness.passDeadlines(DEFAULT_TIMING.undoing)
    assert.equal((await subJob(harness, jobId)).error_code, 'WKS.00121205')
  })

  it('does not believe in an address that nobody sees', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    harness.host().faults = { seen: '10.1.0.99' }
    const jobId = await harness.run()
    const ended = await subJob(harness, jobId)
    assert.equal(ended.error_code, 'WKS.00121206')
    assert.match(ended.error_message, /was seen as 10\.1\.0\.99/)
    assert.equal((await server(harness)).ip_virtual_enable, false)
  })
})

describe('crashes, races and repeats', () => {
  it('an action that runs twice does no more than once', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.request()
    const { id } = await harness.deps.db.selectFrom('tsvi.update').select('id').executeTakeFirstOrThrow()
    const { driveUpdate } = await import('./drive.service.ts')
    await Promise.all([1, 2, 3].map(() => driveUpdate(harness.deps, id)))
    await harness.settle()
    assert.deepEqual(await harness.states(), ['done'])
    assert.deepEqual(
      (await ownership(harness)).map((row) => row.count),
      [4],
    )
    assert.equal(harness.host().reboots, 1)
  })

  it('resumes what an earlier process left, wherever it stood', async () => {
    const { resumeUpdates } = await import('./drive.service.ts')
    await using harness = await TsviHarness.start({ servers: 1 })
    const jobId = await harness.request()
    harness.queued.length = 0
    assert.equal(await resumeUpdates(harness.deps), 1)
    await harness.settle()
    assert.equal((await job(harness, jobId)).status, 'SUCCESS')
    assert.equal(await resumeUpdates(harness.deps), 0)
  })

  it('does again, when the agent links, what a process left that died between a step and its action', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    const jobId = await harness.request()
    await harness.work()
    await harness.deps.db.updateTable('tsvi.update').set({ state: 'rebooting' }).execute()
    await harness.host().link()
    await harness.settle()
    assert.equal((await job(harness, jobId)).status, 'SUCCESS')
    assert.equal(harness.host().reboots, 1)
  })

  it('of ten calls for one server at once, one gets a job and nine are told which', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => harness.request()))
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    assert.equal(won.length, 1)
    for (const result of results) {
      if (result.status === 'fulfilled') continue
      assert.ok(result.reason instanceof AppError && result.reason.word === 'tsvi.server_busy', String(result.reason))
      const { serverId } = harness.host()
      assert.deepEqual(result.reason.facts, { serverId, work: `job ${won[0]} (UPDATE_SERVER_TSVI)` })
    }
    const { count } = await harness.deps.db
      .selectFrom('jobs.job')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 1)
  })

  it('a busy server refuses the whole call and the others stay free', async () => {
    await using harness = await TsviHarness.start({ servers: 2 })
    await harness.request(true, [harness.host(0).serverId])
    await assert.rejects(
      harness.request(true),
      (error) => error instanceof AppError && error.word === 'tsvi.server_busy',
    )
    assert.equal((await server(harness, 1)).task_status, 'null')
  })

  it('many servers never share an address', async () => {
    await using harness = await TsviHarness.start({ servers: 20, maxSession: 5 })
    await harness.run()
    const blocks = await Promise.all(harness.hosts.map((host) => host.desired()))
    const all = blocks.flatMap((desired) => desired?.virtual_ip.addresses ?? [])
    assert.equal(all.length, 100)
    assert.equal(new Set(all).size, 100)
  })
})
