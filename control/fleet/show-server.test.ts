import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { assertDeclared, type TestApi, testApi } from '../testing/api.ts'

let api: TestApi
let foreign: TestFleet
let serverId: string
before(async () => {
  api = await testApi({ servers: 1 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  serverId = String(api.world.servers[0]?.id)
})
after(() => api[Symbol.asyncDispose]())

const show = (id: string, projectId = api.world.project.id) => api.call('GET', `/v1/${projectId}/app-servers/${id}`)

async function shown(): Promise<Readonly<Record<string, unknown>>> {
  const answer = await show(serverId)
  assert.equal(answer.status, 200, answer.text)
  assertDeclared('ShowServer', answer)
  return answer.body as Record<string, unknown>
}

describe('a server', () => {
  it('is shown with its group, its package and its address', async () => {
    const { world } = api
    const server = await shown()
    assert.partialDeepStrictEqual(server, {
      id: serverId,
      name: 'APS-1',
      server_group_id: world.server_group.id,
      server_group_name: 'group',
      task_status: 'null',
      os_type: 'Windows',
      flavor: { id: 's2.large.2' },
      product_info: { product_id: 'workspace.appstream.general.xlarge.2', cpu: '2', memory: '4096', sessions: 10 },
      session_count: 0,
      maintain_status: false,
      scaling_auto_create: false,
      enterprise_project_id: '0',
      tags: [],
      host_address: [{ version: 4, vpc_id: world.vpc.id, subnet_id: world.subnet.id, tenant_type: 'tenant' }],
    })
    const [{ addr } = { addr: '' }] = server.host_address as { addr: string }[]
    assert.match(addr, /^10\.9\.0\.\d+$/)
    assert.match(String(server.create_time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('is what the list shows of it, and its disk and its addresses by network', async () => {
    const { body } = await api.call('GET', `/v1/${api.world.project.id}/app-servers`)
    const { addresses, root_volume, data_volumes, security_groups, ...listed } = await shown()
    assert.deepEqual((body as { items: unknown[] }).items, [listed])
    const [nic] = listed.host_address as Readonly<Record<string, unknown>>[]
    const { vpc_id, subnet_id: _, tenant_type: __, ...address } = nic ?? {}
    assert.deepEqual(addresses, { [String(vpc_id)]: [{ ...address, version: '4' }] })
    assert.deepEqual(root_volume, { type: 'SAS', size: 80 })
    assert.deepEqual([data_volumes, security_groups], [[], []])
  })

  it('has the disk it was made with, whatever its group says now', async () => {
    const own = { root_volume_type: 'SSD', root_volume_size: 120 }
    await api.db.updateTable('fleet.server').set(own).where('id', '=', serverId).execute()
    assert.deepEqual((await shown()).root_volume, { type: 'SSD', size: 120 })
  })

  it('has no address before its port has one', async () => {
    const { host_address } = await api.db
      .selectFrom('fleet.server')
      .select('host_address')
      .where('id', '=', serverId)
      .executeTakeFirstOrThrow()
    const set = (nic: object) =>
      api.db
        .updateTable('fleet.server')
        .set({ host_address: JSON.stringify(nic) })
        .where('id', '=', serverId)
        .execute()
    await set({ ...host_address, addr: '' })
    assert.deepEqual((await shown()).addresses, {})
    await set(host_address)
  })

  it('names no job before its first, and the last one then', async () => {
    assert.ok(!('job_id' in (await shown())))
    const path = `/v1/${api.world.project.id}/app-servers/actions/batch-update-tsvi`
    const { body } = await api.call('PATCH', path, { body: { items: [{ id: serverId, enable: true }] } })
    const { job_id } = body as { job_id: string }
    assert.partialDeepStrictEqual(await shown(), {
      task_status: 'updating_tsvi',
      job_id,
      job_type: 'UPDATE_SERVER_TSVI',
      job_status: 'RUNNING',
    })
  })

  it('says how many sessions it has', async () => {
    await api.db.updateTable('fleet.server').set({ session_count: 3 }).where('id', '=', serverId).execute()
    assert.equal((await shown()).session_count, 3)
  })
})

describe('a server that is not there', () => {
  const MISSING: readonly (readonly [name: string, id: () => string])[] = [
    ['an unknown one', () => '0b6f4c1e-52a7-4a7d-9f0e-6d1c2b3a4f50'],
    ["another account's", () => String(foreign.serverIds[0])],
    ['one named in capitals', () => serverId.toUpperCase()],
    ['one of the longest name', () => 'n'.repeat(128)],
  ]
  for (const [name, id] of MISSING) {
    it(`is not found: ${name}`, async () => {
      const answer = await show(id())
      assert.equal(answer.status, 404)
      assertDeclared('ShowServer', answer)
      assert.deepEqual(answer.body, {
        error_code: 'WKS.00211902',
        error_msg: `The server ${id()} does not exist in this project. ListServers shows those that do.`,
      })
    })
  }

  it("in another account's project is refused alike, there or not", async () => {
    const [there, nowhere] = [
      await show(String(foreign.serverIds[0]), foreign.projectId),
      await show('nowhere', foreign.projectId),
    ]
    assert.equal(there.status, 403)
    assertDeclared('ShowServer', there)
    assert.deepEqual(there.body, nowhere.body)
  })

  it('is an invalid parameter when its id is too long', async () => {
    const answer = await show('n'.repeat(129))
    assert.equal(answer.status, 400)
    assertDeclared('ShowServer', answer)
  })
})
