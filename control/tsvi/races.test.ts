import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { embeddedPorts, type PortDriver, PortRefused } from '#vpc'
import { runAction } from './actions.ts'
import { driveUpdate, resumeUpdates, startJob } from './drive.service.ts'
import { TsviHarness } from './harness.ts'
import { moveOn } from './move.service.ts'
import { readTarget } from './target.ts'
import { findRunningUpdate, tellAgent } from './update.store.ts'
import { DEFAULT_TIMING, type Update } from './update.ts'

const SESSIONS = 4

/** The ports of the database, with a call held up on its way there or on its way back. */
class SlowPorts implements PortDriver {
  #ports: PortDriver | undefined
  #holdUp: { readonly where: Where; readonly meanwhile: () => Promise<void> } | undefined
  /** How many of the next calls are refused. */
  refusals = 0

  async start(): Promise<TsviHarness> {
    const harness = await TsviHarness.start({ servers: 1, maxSession: SESSIONS }, this)
    this.#ports = embeddedPorts(harness.deps.db)
    return harness
  }

  /** What happens while the next call is under way. */
  during(where: Where, meanwhile: () => Promise<void>): void {
    this.#holdUp = { where, meanwhile }
  }

  setSessionAddresses: PortDriver['setSessionAddresses'] = async (port) => {
    if (this.refusals > 0) {
      this.refusals -= 1
      throw new PortRefused('too many pairs')
    }
    const holdUp = this.#holdUp
    this.#holdUp = undefined
    if (holdUp?.where === 'before the write') await holdUp.meanwhile()
    const answer = await this.#ports?.setSessionAddresses(port)
    if (holdUp?.where === 'after the write') await holdUp.meanwhile()
    return answer as Awaited<ReturnType<PortDriver['setSessionAddresses']>>
  }
}

type Where = 'before the write' | 'after the write'
const WHERE: readonly Where[] = ['before the write', 'after the write']

/** The agent stays away while it is configured and while that is undone: its addresses are left with the server. */
async function failWithAgentAway(harness: TsviHarness): Promise<void> {
  await harness.request()
  await harness.work()
  await harness.passDeadlines(DEFAULT_TIMING.configuring)
  await harness.passDeadlines(DEFAULT_TIMING.undoing)
  assert.deepEqual(await harness.states(), ['failed'])
  assert.equal((await harness.account()).owned.length, SESSIONS)
}

async function assertInUse(harness: TsviHarness, count = SESSIONS): Promise<void> {
  const { owned, open, told } = await harness.account()
  assert.deepEqual(await harness.states(), ['done'])
  assert.equal(told.length, count)
  assert.deepEqual(owned, told, "what the agent uses is the server's own, and nothing else is")
  assert.deepEqual(open, told, 'and the port is open for it')
}

async function running(harness: TsviHarness): Promise<Update> {
  const update = await findRunningUpdate(harness.deps.db, harness.host().serverId)
  assert.ok(update)
  return update
}

describe('addresses that are released late', () => {
  for (const where of WHERE) {
    it(`are not taken from an update that began meanwhile, ${where} of the port`, async () => {
      const ports = new SlowPorts()
      await using harness = await ports.start()
      await failWithAgentAway(harness)
      ports.during(where, async () => {
        await harness.request()
        await harness.work()
      })
      await harness.settle()
      await assertInUse(harness)
    })

    it(`are not taken from the next update when the release outlived its own, ${where} of the port`, async () => {
      const ports = new SlowPorts()
      await using harness = await ports.start()
      await harness.run()
      harness.host().faults = { error: 'nft: command not found' }
      await harness.deps.db
        .updateTable('fleet.server_group')
        .set({ route_policy: JSON.stringify({ max_session: SESSIONS + 2 }) })
        .execute()
      await harness.run()
      assert.deepEqual(await harness.states(), ['undoing'])
      harness.host().faults = {}
      ports.during(where, async () => {
        ports.refusals = 1
        await harness.passDeadlines(DEFAULT_TIMING.releasing)
        assert.deepEqual(await harness.states(), ['failed'])
        await harness.request()
        await harness.work()
      })
      await harness.settle()
      await assertInUse(harness, SESSIONS + 2)
    })
  }
})

describe('addresses an agent may still use', () => {
  it('are kept when the next update fails before it tells the agent anything', async () => {
    const ports = new SlowPorts()
    await using harness = await ports.start()
    await failWithAgentAway(harness)
    ports.refusals = 1
    await harness.request()
    await harness.work()
    assert.deepEqual(await harness.states(), ['failed'])
    const { owned, open } = await harness.account()
    assert.equal(owned.length, SESSIONS)
    assert.deepEqual(open, owned)
    await harness.settle()
    assert.deepEqual(await harness.account(), { owned: [], open: [], told: [] })
  })
})

describe('a block of addresses', () => {
  it('is claimed once when the job is delivered again while the update is resumed', async () => {
    await using harness = await TsviHarness.start({ servers: 1, maxSession: SESSIONS })
    const jobId = await harness.request()
    const planned = await running(harness)
    await moveOn(harness.deps, planned, { type: 'changed' }, 'caller')
    harness.queued.length = 0
    await Promise.all([startJob(harness.deps, jobId), driveUpdate(harness.deps, planned.id)])
    await harness.settle()
    await assertInUse(harness)
  })

  it('is claimed once by two who both saw the server without one', async () => {
    await using harness = await TsviHarness.start({ servers: 1, maxSession: SESSIONS })
    await harness.request()
    harness.queued.length = 0
    const { deps } = harness
    const planned = await running(harness)
    const update = await moveOn(deps, planned, { type: 'changed' }, 'caller')
    assert.equal(update?.state, 'reserving')
    const target = await readTarget(deps.db, update)
    const both = await Promise.all([1, 2].map(() => runAction(deps, update, target)))
    assert.equal(both.filter((event) => event?.type === 'reserved').length, 1, 'one goes on, the other stops')
    assert.equal((await harness.account()).owned.length, SESSIONS)
    const resumed = await running(harness)
    assert.deepEqual(await runAction(deps, resumed, target), { type: 'reserved' }, 'a claim before a crash counts')
    assert.equal((await harness.account()).owned.length, SESSIONS)
    await moveOn(deps, update, { type: 'reserved' }, 'caller')
    await deps.db
      .updateTable('vpc.address')
      .set({ owner_id: null, kind: null, claimed_at: null })
      .where('kind', '=', 'session')
      .execute()
    await runAction(deps, update, target)
    assert.equal((await harness.account()).owned.length, 0, 'nothing is claimed for an update that has moved on')
  })

  it('that is larger than what the agent was told is cut to it when a first update ends', async () => {
    await using harness = await TsviHarness.start({ servers: 1, maxSession: SESSIONS })
    await harness.request()
    await harness.work()
    const [spare] = await harness.deps.db
      .selectFrom('vpc.address')
      .select('address')
      .where('owner_id', 'is', null)
      .limit(1)
      .execute()
    await harness.deps.db
      .updateTable('vpc.address')
      .set({ owner_id: harness.host().serverId, kind: 'session', claimed_at: harness.clock.now() })
      .where('address', '=', spare?.address ?? '')
      .execute()
    await harness.settle()
    await assertInUse(harness)
    assert.equal(await harness.resting(), 1)
  })
})

describe('a deadline', () => {
  it('that was looked at before the agent was told does not skip the undoing', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.request()
    const { deps } = harness
    await harness.work()
    await deps.db.updateTable('tsvi.update').set({ generation: null }).execute()
    const seen = await running(harness)
    const virtual_ip = (await harness.host().desired())?.virtual_ip
    assert.ok(virtual_ip)
    await tellAgent(deps.db, seen, { virtual_ip, reboot: null, probe: null })
    assert.equal(await moveOn(deps, seen, { type: 'deadline' }, 'queue'), undefined)
    await harness.passDeadlines(DEFAULT_TIMING.configuring)
    assert.deepEqual(await harness.states(), ['undoing'])
  })

  it('that passed while no control plane ran begins again with the next one, once', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await harness.request()
    await harness.work()
    harness.clock.advance(3_600)
    await resumeUpdates(harness.deps)
    await harness.passDeadlines(DEFAULT_TIMING.configuring - 2)
    assert.deepEqual(await harness.states(), ['configuring'])
    await harness.passDeadlines(1)
    assert.deepEqual(await harness.states(), ['undoing'])
  })
})
