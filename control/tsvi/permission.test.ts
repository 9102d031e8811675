import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
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

  it('asks with the tags of the subnet and the enterprise project of its VPC, whatever those of the group are', async () => {
    await using harness = await TsviHarness.start()
    const { db } = harness.deps
    const [tags, of] = [[{ key: 'zone', value: 'closed' }], 'an-enterprise-project']
    await db
      .updateTable('vpc.subnet')
      .set({ tags: JSON.stringify(tags) })
      .execute()
    await sql`ALTER TABLE vpc.vpc DROP CONSTRAINT vpc_enterprise_project`.execute(db)
    await db.updateTable('vpc.vpc').set({ enterprise_project_id: of }).execute()
    const asked: Check[] = []
    await request(harness, async (_, further = []) => void asked.push(...further))
    const [subnet, ...ports] = asked.map(({ resource }) => [resource?.tags, resource?.enterpriseProjectId])
    assert.deepEqual(subnet, [tags, of])
    for (const port of ports) assert.deepEqual(port, [[], of])
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
