import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, type TestApi, testApi } from '../testing/api.ts'
import { testClock } from '../testing/clock.ts'
import { callGroups, create, created, messageOf, updated } from './test-groups.ts'

const START = new Date('2026-05-21T08:00:00.123Z')
const clock = testClock(START)

let api: TestApi
before(async () => {
  api = await testApi({ servers: 0, clock })
})
after(() => api[Symbol.asyncDispose]())

const switchTo = (service_status: string) =>
  callGroups(api, 'InitializeTenant', ['POST', '/tenant/action/active'], { service_status })

async function profile(): Promise<Readonly<Record<string, unknown>>> {
  const answer = await callGroups(api, 'ListTenantProfile', ['GET', '/tenant/profile'])
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Readonly<Record<string, unknown>>
}

describe('a tenant', () => {
  it('is active from the start, and tells project and account', async () => {
    const { project, domain } = api.world
    assert.deepEqual(await profile(), {
      project_id: project.id,
      project_name: project.name,
      tenant_domain_id: domain.id,
      tenant_domain_name: domain.name,
      service_status: 'active',
      open_with_ad: true,
      create_time: '2026-05-21T08:00:00Z',
    })
  })

  it('that is inactive makes no groups, and keeps those it has', async () => {
    const { id } = await created(api)
    const answer = await switchTo('inactive')
    assert.deepEqual(answer.body, { project_id: api.world.project.id, service_status: 'inactive' })
    assert.equal((await profile()).service_status, 'inactive')
    const refused = await create(api, { name: 'refused' })
    assert.equal(refused.status, 403)
    assert.partialDeepStrictEqual(refused.body, { error_code: 'WKS.00010099' })
    assert.match(messageOf(refused), /switched off for this project/)
    await updated(api, id, { description: 'goes on' })
    assert.equal((await switchTo('active')).status, 200)
    assert.equal((await create(api, { name: 'refused' })).status, 200)
  })

  it('can be switched to what it is', async () => {
    for (const _ of [1, 2]) assert.equal((await switchTo('active')).status, 200)
  })

  it('is not switched to anything else', async () => {
    assert.match(messageOf(await switchTo('frozen')), /service_status must be one of active, inactive/)
    assert.equal((await profile()).service_status, 'active')
  })
})

describe('the service of a project', () => {
  const workspaces = () => api.call('GET', `/v2/${api.world.project.id}/workspaces`)

  it('tells its network, which Terraform makes groups in', async () => {
    const { project, vpc, subnet } = api.world
    assert.deepEqual((await workspaces()).body, {
      id: project.id,
      status: 'SUBSCRIBED',
      ad_domains: { domain_type: 'LITE_AS', domain_name: '' },
      vpc_id: vpc.id,
      vpc_name: 'vpc',
      subnet_ids: [{ subnet_id: subnet.id, subnet_name: 'subnet' }],
    })
  })

  it('is closed while the tenant is inactive', async () => {
    await switchTo('inactive')
    assert.partialDeepStrictEqual((await workspaces()).body, { status: 'CLOSED' })
    await switchTo('active')
  })
})

describe('the switches of a tenant', () => {
  const KEY = 'IP_VIRTUAL_ENABLE'
  const path = () => `/v2/${api.world.project.id}/tenant-configs`
  const set = (function_config: object): Promise<Answer> => api.call('PUT', path(), { body: { function_config } })
  const read = async (query = '') => (await api.call('GET', `${path()}${query}`)).body
  const shownAs = (status: string) => ({ function_configs: [{ id: KEY, name: KEY, status, values: [] }] })
  const asked = async () => {
    const body = { items: [KEY] }
    return (await callGroups(api, 'ListCorpConfigInfo', ['POST', '/bundles/batch-query-config-info'], body)).body
  }
  const map = async () => (await callGroups(api, 'ListTenantProfiles', ['GET', '/app-center/profiles'])).body

  it('are on from the start', async () => {
    assert.deepEqual(await read(), shownAs('ON'))
    assert.deepEqual(await map(), { [KEY]: true })
  })

  it('are set, by name or id, and read the same everywhere', async () => {
    for (const [config, status] of [
      [{ name: KEY, status: 'OFF' }, 'OFF'],
      [{ id: KEY, status: 'ON' }, 'ON'],
      [{ id: KEY, name: KEY, status: 'OFF', values: [] }, 'OFF'],
    ] as const) {
      const answer = await set(config)
      assert.deepEqual([answer.status, answer.text], [200, ''])
      const isOn = status === 'ON'
      assert.deepEqual(await read(`?name=${KEY}`), shownAs(status))
      assert.deepEqual(await map(), { [KEY]: isOn })
      assert.deepEqual(await asked(), { config_infos: [{ config_key: KEY, config_value: String(isOn) }] })
    }
  })

  it('are none of an unknown name', async () => assert.deepEqual(await read('?name=other'), { function_configs: [] }))

  for (const config of [{ name: 'other' }, {}, { id: 'other', name: KEY }]) {
    it(`are not made: ${JSON.stringify(config)}`, async () => {
      const before = await read()
      const answer = await set({ ...config, status: 'ON' })
      assert.equal(answer.status, 404)
      assert.match(messageOf(answer), /Known: IP_VIRTUAL_ENABLE/)
      assert.deepEqual(await read(), before)
    })
  }

  it('are on or off', async () => assert.match(messageOf(await set({ name: KEY, status: 'MAYBE' })), /one of ON, OFF/))
})
