import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { type TestApi, testApi } from '../testing/api.ts'
import { type TestClock, testClock } from '../testing/clock.ts'
import { callGroups, created, type Group, messageOf, shown } from './test-groups.ts'

let api: TestApi
let clock: TestClock
let foreign: TestFleet
let primary: Group
before(async () => {
  clock = testClock(new Date())
  api = await testApi({ servers: 2, clock })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  const later = async (name: string, members: object = {}) => {
    clock.advance(1)
    return created(api, { name, ...members })
  }
  primary = await later('cad-1', {
    tags: [
      { key: 'team', value: 'cad' },
      { key: 'a=b', value: 'c' },
    ],
  })
  await later('cad-2', { tags: [{ key: 'team', value: 'cad' }, { key: 'bare' }], app_type: 'SESSION_DESKTOP_APP' })
  await later('CAD_3', { primary_server_group_id: primary.id, tags: [{ key: 'team', value: 'office' }] })
})
after(() => api[Symbol.asyncDispose]())

interface Page {
  readonly count: number
  readonly items: readonly Group[]
}

async function page(query: string): Promise<Page> {
  const answer = await callGroups(api, 'ListServerGroups', ['GET', `/app-server-groups${query}`])
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Page
}

async function tenantPage(query: string): Promise<Page> {
  const path = `/app-server-groups/actions/list${query}`
  const answer = await callGroups(api, 'ListTenantServerGroups', ['GET', path])
  assert.equal(answer.status, 200, answer.text)
  return answer.body as Page
}

const namesOf = ({ items }: Page) => items.map(({ name }) => name)

const ALL = ['CAD_3', 'cad-2', 'cad-1', 'group']

describe('a list of server groups', () => {
  const FILTERS: readonly (readonly [name: string, query: () => string, names: readonly string[]])[] = [
    ['without a filter is newest first, without those of other accounts', () => '', ALL],
    ['by part of a name', () => '?server_group_name=ad-', ['cad-2', 'cad-1']],
    ['by a name in other letters', () => '?server_group_name=Cad', []],
    ['by a name that would be a pattern', () => '?server_group_name=cad_', []],
    ['by an id', () => `?server_group_id=${primary.id}`, ['cad-1']],
    ["by another account's id", () => `?server_group_id=${foreign.groupId}`, []],
    ['by the type of its apps', () => '?app_type=SESSION_DESKTOP_APP', ['cad-2']],
    ['by a tag', () => '?tags=team=cad', ['cad-2', 'cad-1']],
    ['by two tags', () => '?tags=team=cad,bare=', ['cad-2']],
    ['by a tag with an equals sign in it', () => '?tags=a%3Db%3Dc', ['cad-1']],
    ['by part of a tag', () => '?tags=team=ca', []],
    ['of the default enterprise project', () => '?enterprise_project_id=0', ALL],
    ['of another enterprise project', () => '?enterprise_project_id=nowhere', []],
    ['of standby groups', () => '?is_secondary_server_group=true', ['CAD_3']],
    ['of those that are none', () => '?is_secondary_server_group=false', ['cad-2', 'cad-1', 'group']],
    ['by empty filters', () => '?server_group_name=&server_group_id=&app_type=&tags=&enterprise_project_id=', ALL],
    ['by all filters at once', () => '?server_group_name=cad&app_type=COMMON_APP&tags=team=cad', ['cad-1']],
  ]
  for (const [name, query, names] of FILTERS) {
    it(name, async () => {
      const found = await page(query())
      assert.deepEqual([found.count, namesOf(found)], [names.length, names])
    })
  }

  it('counts all of them on every page', async () => {
    const pages = [await page('?limit=3'), await page('?limit=3&offset=3'), await page('?offset=9')]
    assert.deepEqual(
      pages.map(({ count }) => count),
      [4, 4, 4],
    )
    assert.deepEqual(pages.flatMap(namesOf), ALL)
  })

  it('says of each group what is shown of it, but for what only one group tells', async () => {
    const [one] = (await page(`?server_group_id=${api.world.server_group.id}`)).items
    const detail = ['flavors', 'project_name', 'image_min_disk', 'route_policy', 'image_product_id', 'image_type']
    const ofOne = new Set([...detail, 'ip_virtual', 'reboot_policy'])
    const whole = Object.entries(await shown(api, api.world.server_group.id))
    assert.equal(whole.filter(([field]) => ofOne.has(field)).length, ofOne.size)
    assert.deepEqual(one, Object.fromEntries(whole.filter(([field]) => !ofOne.has(field))))
    assert.equal(one?.app_server_count, 2)
  })

  for (const [query, says] of [
    ['?limit=0', /limit must be at least 1/],
    ['?limit=101', /limit must be at most 100/],
    ['?app_type=OTHER', /app_type must be one of/],
    ['?is_secondary_server_group=yes', /is_secondary_server_group must be one of true, false/],
    [`?tags=${Array.from({ length: 21 }, (_, index) => `k${index}=v`).join(',')}`, /tags takes at most 20 pairs/],
  ] as const) {
    it(`refuses ${query.slice(0, 32)}`, async () => {
      const answer = await callGroups(api, 'ListServerGroups', ['GET', `/app-server-groups${query}`])
      assert.equal(answer.status, 400)
      assert.match(messageOf(answer), says)
    })
  }
})

describe('a list of groups to bind to app groups', () => {
  it('has the filters that are published, one of them misspelt', async () => {
    assert.deepEqual(namesOf(await tenantPage('')), ALL)
    assert.deepEqual(namesOf(await tenantPage('?sever_group_name=cad-')), ['cad-2', 'cad-1'])
    assert.deepEqual(namesOf(await tenantPage('?app_type=SESSION_DESKTOP_APP')), ['cad-2'])
    assert.deepEqual(namesOf(await tenantPage('?is_secondary_server_group=true')), ['CAD_3'])
    assert.equal((await tenantPage('?limit=1&offset=1')).count, 4)
  })

  it('tells the base of each group and how many app groups it has', async () => {
    const { items } = await tenantPage('?sever_group_name=CAD_3')
    assert.partialDeepStrictEqual(items[0], { primary_server_group_ids: [primary.id], app_group_count: 0 })
    for (const field of ['tags', 'product_info', 'ip_virtual', 'app_server_count'])
      assert.ok(!(field in Object(items[0])))
  })
})
