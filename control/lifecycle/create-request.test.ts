import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { assertDeclared, testApi } from '../testing/api.ts'
import { newNames } from './new-server.ts'
import { newServers, send } from './test-servers.ts'

describe('a request to create servers', () => {
  type Bad = readonly [name: string, change: object, status: number, why: RegExp]
  const BAD: readonly Bad[] = [
    ['prepaid', { create_server_extend_param: { charging_mode: 'prePaid' } }, 400, /needs a billing service/],
    ['on a dedicated host', { scheduler_hints: { dedicated_host_id: 'h' } }, 400, /dedicated host/],
    ['with a disk that is no multiple of 10', { root_volume: { type: 'SSD', size: 85 } }, 400, /multiple of 10/],
    ['with a disk too large', { root_volume: { type: 'SSD', size: 1030 } }, 400, /at most 1024/],
    ['with a disk too small', { root_volume: { type: 'SSD', size: 9 } }, 400, /root_volume/],
    ['with a disk of no kind', { root_volume: { type: 'NVME', size: 80 } }, 400, /root_volume/],
    ['of a product that is not in the catalogue', { product_id: 'workspace.none' }, 400, /not in the catalogue/],
    ['of another flavor', { flavor_id: 's9.huge' }, 400, /flavor_id/],
    ['of another system', { os_type: 'Linux' }, 400, /os_type/],
    ['none of them', { subscription_num: 0 }, 400, /subscription_num/],
    ['too many', { subscription_num: 101 }, 400, /subscription_num/],
    ['of another type', { type: 'createDesktops' }, 400, /type/],
    ['with a field too many', { colour: 'red' }, 400, /colour/],
    ['in an unknown group', { server_group_id: 'nowhere' }, 404, /nowhere/],
    ['in an unknown subnet', { subnet_id: 'nowhere' }, 404, /nowhere/],
    ['in an unknown VPC', { vpc_id: 'nowhere' }, 404, /nowhere/],
    ['more than the subnet has addresses for', { subscription_num: 60 }, 400, /need 300: 5 each/],
  ]
  it('that cannot be done is refused with the reason, and nothing is begun', async () => {
    await using api = await testApi({ servers: 0, hosts: true })
    for (const [name, change, status, why] of BAD) {
      const answer = await send(api, 'CreateAppServers', newServers(api, change))
      assert.equal(answer.status, status, `${name}: ${answer.text}`)
      assert.match(answer.text, why, name)
    }
    await api.db.updateTable('fleet.server_group').set({ server_group_status: false }).execute()
    const disabled = await send(api, 'CreateAppServers', newServers(api))
    assert.match(disabled.text, /is disabled/)
    const servers = await api.db.selectFrom('fleet.server').select('id').execute()
    const jobs = await api.db.selectFrom('jobs.job').select('id').execute()
    assert.deepEqual([servers, jobs], [[], []])
  })

  it("meets another account's group and subnet as if they were not there", async () => {
    await using api = await testApi({ servers: 0, hosts: true })
    const foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
    for (const change of [{ server_group_id: foreign.groupId }, { subnet_id: foreign.subnetId }]) {
      const answer = await send(api, 'CreateAppServers', newServers(api, change))
      assert.equal(answer.status, 404, answer.text)
    }
  })

  it('takes what clients send along: empty hints, postPaid, the agent, an empty zone', async () => {
    await using api = await testApi({ servers: 0, hosts: true })
    const answer = await send(
      api,
      'CreateAppServers',
      newServers(api, {
        update_access_agent: true,
        os_type: 'Windows',
        flavor_id: 's2.large.2',
        availability_zone: '',
        ou_name: '',
        nics: [],
        scheduler_hints: {},
        create_server_extend_param: { charging_mode: 'postPaid', is_auto_renew: false },
      }),
    )
    assert.equal(answer.status, 200, answer.text)
  })

  it("takes the caller's own ids in two headers, of 64 characters at most", async () => {
    await using api = await testApi({ servers: 0, hosts: true })
    const create = (headers: Readonly<Record<string, string>>) =>
      api.call('POST', `/v1/${api.world.project.id}/app-servers/actions/create`, { body: newServers(api), headers })
    for (const name of ['X-Linked-Id', 'Service-Transaction-Id']) {
      const answer = await create({ [name]: 'x'.repeat(65) })
      assertDeclared('CreateAppServers', answer)
      assert.equal(answer.status, 400, answer.text)
      assert.match(answer.text, new RegExp(`${name.toLowerCase()} must .*64`))
    }
    assert.deepEqual(await api.db.selectFrom('fleet.server').select('id').execute(), [])
    const answer = await create({ 'X-Linked-Id': 'x'.repeat(64), 'Service-Transaction-Id': '' })
    assert.equal(answer.status, 200, answer.text)
  })
})

it('generated names differ, and have only capitals and digits', () => {
  const at = new Date('2026-03-01T10:11:12.431Z')
  const names = Array.from({ length: 200 }, () => newNames(at))
  assert.equal(new Set(names.map(({ name }) => name)).size, 200)
  for (const { name, machineName } of names) {
    assert.match(name, /^APS-20260301101112-[A-Z0-9]{10}$/)
    assert.equal(machineName, `APS-${name.slice(-10)}`)
  }
})
