import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { assertDeclared, type TestApi, testApi } from '../testing/api.ts'

let api: TestApi
let foreign: TestFleet
/** Servers of the own project, the oldest first: APS-1 to APS-4, of which APS-2 is being maintained. */
let servers: readonly { readonly id: string; readonly addr: string }[]
before(async () => {
  api = await testApi({ servers: 4 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  const own = api.world.servers.map(({ id }) => id)
  const set = { maintain_status: true, machine_name: 'HOST_100%' }
  await api.db.updateTable('fleet.server').set(set).where('id', '=', String(own[1])).execute()
  const rows = await api.db.selectFrom('fleet.server').select(['id', 'host_address']).where('id', 'in', own).execute()
  servers = own.map((id) => ({ id, addr: rows.find((row) => row.id === id)?.host_address.addr ?? '' }))
})
after(() => api[Symbol.asyncDispose]())

interface Page {
  readonly count: number
  readonly items: readonly { readonly id: string; readonly name: string }[]
}

const list = (query: string, projectId = api.world.project.id) =>
  api.call('GET', `/v1/${projectId}/app-servers${query}`)

async function listed(query: string): Promise<readonly [count: number, names: readonly string[]]> {
  const answer = await list(query)
  assert.equal(answer.status, 200, answer.text)
  assertDeclared('ListServers', answer)
  const { count, items } = answer.body as Page
  return [count, items.map(({ name }) => name)]
}

const ALL = ['APS-4', 'APS-3', 'APS-2', 'APS-1']

describe('a list of servers', () => {
  type Filter = readonly [name: string, query: () => string, names: readonly string[]]
  const FILTERS: readonly Filter[] = [
    ['without a filter is newest first, without those of other accounts', () => '', ALL],
    ['of a group', () => `?server_group_id=${api.world.server_group.id}`, ALL],
    ["of another account's group", () => `?server_group_id=${foreign.groupId}`, []],
    ['of an unknown group', () => '?server_group_id=nowhere', []],
    ['by its id', () => `?server_id=${servers[0]?.id}`, ['APS-1']],
    ['by part of an id', () => `?server_id=${servers[0]?.id.slice(0, 8)}`, []],
    ["by the id of another account's server", () => `?server_id=${foreign.serverIds[0]}`, []],
    ['by its name', () => '?server_name=APS-3', ['APS-3']],
    ['by part of a name', () => '?server_name=PS-', ALL],
    ['by a name in small letters', () => '?server_name=aps-3', []],
    ['by a name that would be a pattern', () => '?server_name=APS_3', []],
    ['by part of a machine name', () => '?machine_name=OST_', ['APS-2']],
    ['by a machine name with a percent sign', () => '?machine_name=100%25', ['APS-2']],
    ['by an address', () => `?ip_addr=${servers[2]?.addr}`, ['APS-3']],
    ['by part of an address', () => '?ip_addr=10.9.0.', ALL],
    ["by another account's address", () => '?ip_addr=10.8.0.', []],
    ['that are being maintained', () => '?maintain_status=true', ['APS-2']],
    ['that are not being maintained', () => '?maintain_status=false', ['APS-4', 'APS-3', 'APS-1']],
    ['that scaling made', () => '?scaling_auto_create=true', []],
    ['that scaling did not make', () => '?scaling_auto_create=false', ALL],
    ['by two filters that agree', () => '?maintain_status=true&server_name=APS-2', ['APS-2']],
    ['by two filters that do not', () => '?maintain_status=true&server_name=APS-3', []],
    ['by filters left empty', () => '?server_name=&machine_name=&ip_addr=&server_id=', ALL],
  ]
  for (const [name, query, names] of FILTERS) {
    it(`${name}, counts what it holds`, async () => assert.deepEqual(await listed(query()), [names.length, names]))
  }

  const PAGES: readonly (readonly [query: string, names: readonly string[]])[] = [
    ['?limit=1', ['APS-4']],
    ['?limit=2&offset=1', ['APS-3', 'APS-2']],
    ['?limit=2&offset=3', ['APS-1']],
    ['?offset=4', []],
    ['?limit=100', ALL],
  ]
  for (const [query, names] of PAGES) {
    it(`cut by '${query}' counts all of them`, async () => assert.deepEqual(await listed(query), [4, names]))
  }

  const REFUSALS = ['limit=0', 'limit=101', 'offset=-1', 'limit=10.5', 'server_group_id=', 'maintain_status=yes']
  for (const query of REFUSALS) {
    it(`with '${query}' is refused naming the parameter`, async () => {
      const answer = await list(`?${query}`)
      assert.equal(answer.status, 400)
      assertDeclared('ListServers', answer)
      assert.match((answer.body as { error_msg: string }).error_msg, new RegExp(`query ${query.split('=')[0]} must`))
    })
  }

  it("of another account's project is refused, and holds nothing of it", async () => {
    const answer = await list('', foreign.projectId)
    assert.equal(answer.status, 403)
    assertDeclared('ListServers', answer)
    for (const id of foreign.serverIds) assert.ok(!answer.text.includes(id))
  })
})

it('servers made in the same instant are listed by their ids, so that pages never overlap, and ten make a page', async () => {
  await using fleet = await testApi({ servers: 13 })
  await fleet.db.updateTable('fleet.server').set({ created_at: new Date() }).execute()
  const page = async (query: string) => {
    const { body } = await fleet.call('GET', `/v1/${fleet.world.project.id}/app-servers${query}`)
    const { count, items } = body as Page
    return [count, ...items.map(({ id }) => id)]
  }
  const [count, ...first] = await page('')
  const [, ...second] = await page('?offset=10')
  assert.deepEqual([count, first.length, second.length], [13, 10, 3])
  assert.deepEqual([...first, ...second], fleet.world.servers.map(({ id }) => id).sort())
})
