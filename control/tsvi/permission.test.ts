import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Check, Resource } from '#http'
import { AppError } from '#kernel'
import { TsviHarness } from './harness.ts'
import { createRequestUpdate } from './request.service.ts'

type Authorize = (resources: readonly Resource[], further?: readonly Check[]) => Promise<void>

function request({ deps, fleet }: TsviHarness, authorize: Authorize): Promise<string> {
  const items = fleet.serverIds.map((id) => ({ id, enable: true }))
  return createRequestUpdate(deps)({ projectId: fleet.projectId, items, authorize })
}

describe('the request asks for permission', () => {
  it('asks for the action on each server, and for the subnet and the port of each', async () => {
    await using harness = await TsviHarness.start()
    const { projectId, subnetId, serverIds } = harness.fleet
    const ports = await harness.deps.db.selectFrom('fleet.server').select(['id', 'port_id']).execute()
    const asked: { resources: readonly Resource[]; further: readonly Check[] }[] = []
    await request(harness, async (resources, further = []) => void asked.push({ resources, further }))
    assert.equal(asked.length, 1)
    assert.deepEqual(
      asked[0]?.resources.map(({ type, id }) => [type, id]),
      serverIds.map((id) => ['server', id]),
    )
    assert.deepEqual(
      asked[0]?.further.map((check) => [check.action, check.projectId, check.resource?.type, check.resource?.id]),
      [
        ['vpc:subnets:get', projectId, 'subnet', subnetId],
        ...serverIds.map((id) => [
          'vpc:ports:update',
          projectId,
          'port',
          ports.find((server) => server.id === id)?.port_id,
        ]),
      ],
    )
  })

  it('and starts nothing when it is refused', async () => {
    await using harness = await TsviHarness.start()
    const refusal = new AppError('iam.forbidden', { reason: 'because' })
    await assert.rejects(
      request(harness, () => Promise.reject(refusal)),
      refusal,
    )
    assert.deepEqual(await harness.states(), ['none', 'none'])
    assert.deepEqual(await harness.deps.db.selectFrom('jobs.job').select('id').execute(), [])
    assert.deepEqual(harness.queued, [])
  })
})
