import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TsviHarness } from './harness.ts'
import { DEFAULT_TIMING } from './update.ts'

async function allowInTenant({ deps, fleet }: TsviHarness, allows: boolean): Promise<void> {
  const row = { project_id: fleet.projectId, config_key: 'IP_VIRTUAL_ENABLE', config_value: String(allows) }
  await deps.db
    .insertInto('fleet.configuration')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project_id', 'config_key']).doUpdateSet(row))
    .execute()
}

/** On, then switched off by the tenant while the agent is away from beginning to end, then on again. */
async function failSwitchingOff(harness: TsviHarness): Promise<void> {
  await harness.run()
  await allowInTenant(harness, false)
  await harness.request()
  await harness.work()
  await harness.passDeadlines(DEFAULT_TIMING.configuring)
  await harness.passDeadlines(DEFAULT_TIMING.undoing)
  assert.deepEqual(await harness.states(), ['failed'])
  await allowInTenant(harness, true)
}

describe('a server whose last update failed', () => {
  it('is not called done while its agent has confirmed nothing', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await failSwitchingOff(harness)
    await harness.request()
    await harness.work()
    assert.deepEqual(await harness.states(), ['configuring'])
    await harness.settle()
    assert.deepEqual(await harness.states(), ['done'])
  })

  it('is gone through again even when its agent has confirmed the former state: nobody has verified it', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await failSwitchingOff(harness)
    await harness.settle()
    const { reboots } = harness.host()
    await harness.run()
    assert.deepEqual(await harness.states(), ['done'])
    assert.equal(harness.host().reboots, reboots + 1)
  })

  it('is in line again after an update that succeeded', async () => {
    await using harness = await TsviHarness.start({ servers: 1 })
    await failSwitchingOff(harness)
    await harness.run()
    await harness.request()
    await harness.work()
    assert.deepEqual(await harness.states(), ['done'])
  })
})
