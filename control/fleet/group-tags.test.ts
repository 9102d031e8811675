import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { type Answer, type TestApi, testApi } from '../testing/api.ts'
import { callGroups, create, created, messageOf, shown } from './test-groups.ts'

let api: TestApi
let foreign: TestFleet
before(async () => {
  api = await testApi({ servers: 1 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
})
after(() => api[Symbol.asyncDispose]())

type Tags = readonly { readonly key: string; readonly value?: string }[]
type Items = readonly { readonly server_group_id: string; readonly tags?: Tags }[]

const add = (id: string, tags?: Tags) =>
  callGroups(api, 'CreateServerGroupTags', ['POST', `/server-group/${id}/tags/create`], tags ? { tags } : {})
const take = (id: string, body: object) =>
  callGroups(api, 'DeleteServerGroupTags', ['DELETE', `/server-group/${id}/tags/delete`], body)
const addToAll = (items: Items) =>
  callGroups(api, 'BatchCreateServerGroupTags', ['POST', '/server-group/tags/batch-create'], { items })
const takeFromAll = (items: Items) =>
  callGroups(api, 'BatchDeleteServerGroupTags', ['DELETE', '/server-group/tags/batch-delete'], { items })

function assertDone({ status, text }: Answer): void {
  assert.deepEqual([status, text], [204, ''])
}

function assertRefused(answer: Answer, status: number, says: RegExp): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(messageOf(answer), says)
}

async function tagsOf(id: string): Promise<unknown> {
  const answer = await callGroups(api, 'ShowServerGroupTag', ['GET', `/server-group/${id}/tags`])
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as { tags: unknown }).tags
}

const many = (count: number, prefix = 'k'): Tags =>
  Array.from({ length: count }, (_, index) => ({ key: `${prefix}${index}`, value: 'v' }))

const OLD: Tags = [{ key: 'team', value: 'cad' }, { key: 'bare' }]

describe('tags of a server group', () => {
  it('are added, and those of a key that is there get the new value', async () => {
    const { id } = await created(api, { tags: OLD })
    assertDone(
      await add(id, [
        { key: 'team', value: 'office' },
        { key: 'new', value: 'a/b' },
      ]),
    )
    const tags = [
      { key: 'team', value: 'office' },
      { key: 'bare', value: '' },
      { key: 'new', value: 'a/b' },
    ]
    assert.deepEqual(await tagsOf(id), tags)
    assert.deepEqual((await shown(api, id)).tags, [tags[0], { key: 'bare' }, tags[2]])
  })

  it('are the same when they are added again', async () => {
    const { id } = await created(api)
    for (const _ of [1, 2]) assertDone(await add(id, many(20)))
    assert.deepEqual(await tagsOf(id), many(20))
  })

  it('stay when none is added or taken', async () => {
    const { id } = await created(api, { tags: many(2) })
    for (const answer of [await add(id), await add(id, []), await take(id, { tags: [] })]) assertDone(answer)
    assert.deepEqual(await tagsOf(id), many(2))
  })

  it('are taken by key, whatever value or letters come with it; what is not there counts as taken', async () => {
    const { id } = await created(api, { tags: OLD })
    assertDone(await take(id, { tags: [{ key: 'team', value: 'another' }, { key: 'none' }, { key: '#?*' }] }))
    assert.deepEqual(await tagsOf(id), [{ key: 'bare', value: '' }])
  })

  it('are replaced as Terraform does it: all old ones away, then all new ones', async () => {
    const { id } = await created(api, { tags: OLD })
    assertDone(await takeFromAll([{ server_group_id: id, tags: OLD }]))
    assertDone(await addToAll([{ server_group_id: id, tags: many(3) }]))
    assert.deepEqual(await tagsOf(id), many(3))
  })

  it('are all there after several calls at the same moment', async () => {
    const { id } = await created(api)
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((key) => add(id, [{ key }])))
    answers.forEach(assertDone)
    assert.equal(((await tagsOf(id)) as Tags).length, 4)
  })

  it('are 20 at most, also after several calls at the same moment', async () => {
    const { id } = await created(api, { tags: many(16) })
    const answers = await Promise.all(['x', 'y', 'z'].map((prefix) => add(id, many(2, prefix))))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 204, 400])
    assert.equal(((await tagsOf(id)) as Tags).length, 20)
  })

  it('are not those of its servers', async () => {
    const [server] = api.world.servers
    assertDone(await add(api.world.server_group.id, many(1)))
    const answer = await callGroups(api, 'ShowServer', ['GET', `/app-servers/${server?.id}`])
    assert.deepEqual((answer.body as { tags: unknown }).tags, [])
  })
})

describe('tags of several groups', () => {
  it('are changed in all of them', async () => {
    const [one, two] = [await created(api, { tags: OLD }), await created(api)]
    assertDone(
      await addToAll([
        { server_group_id: one.id, tags: many(1) },
        { server_group_id: two.id, tags: many(2) },
      ]),
    )
    assert.deepEqual(
      [await tagsOf(one.id), await tagsOf(two.id)].map((tags) => (tags as Tags).length),
      [3, 2],
    )
    assertDone(
      await takeFromAll([
        { server_group_id: one.id, tags: OLD },
        { server_group_id: two.id, tags: many(1) },
      ]),
    )
    assert.deepEqual(
      [await tagsOf(one.id), await tagsOf(two.id)].map((tags) => (tags as Tags).length),
      [1, 1],
    )
  })

  for (const [name, unknown] of [
    ['unknown', () => randomUUID()],
    ["another account's", () => foreign.groupId],
  ] as const) {
    it(`are changed in none when one is ${name}`, async () => {
      const { id } = await created(api, { tags: OLD })
      const items = [
        { server_group_id: id, tags: many(1) },
        { server_group_id: unknown(), tags: many(1) },
      ]
      for (const answer of [await addToAll(items), await takeFromAll(items)]) {
        assertRefused(answer, 404, /does not exist in this project/)
      }
      assert.deepEqual((await shown(api, id)).tags, OLD)
    })
  }

  it('are changed in none when one would have too many', async () => {
    const [one, full] = [await created(api), await created(api, { tags: many(20) })]
    const tags = [{ key: 'more' }]
    const answer = await addToAll([
      { server_group_id: one.id, tags },
      { server_group_id: full.id, tags },
    ])
    assertRefused(answer, 400, new RegExp(`${full.id} would have 21 tags; 20 is the most`))
    assert.deepEqual(await tagsOf(one.id), [])
  })
})

describe('tags are refused', () => {
  const twice = [
    { key: 'team', value: 'a' },
    { key: 'team', value: 'b' },
  ]
  const REFUSALS: readonly (readonly [name: string, tags: Tags, says: RegExp])[] = [
    ['with a key twice', twice, /the tag team is there twice/],
    ['when there are 21', many(21), /tags takes at most 20/],
    ['of the system', [{ key: '_sys_x' }], /key contains characters/],
    ['with a blank at an end', [{ key: 'team ' }], /key contains characters/],
    ['without a key', [{} as { key: string }], /lacks key/],
    ['with a key of 129 characters', [{ key: 'k'.repeat(129) }], /key contains characters/],
    ['with a value of 256 characters', [{ key: 'k', value: 'v'.repeat(256) }], /value contains characters/],
  ]
  for (const [name, tags, says] of REFUSALS) {
    it(name, async () => {
      const { id } = await created(api, { tags: OLD })
      assertRefused(await add(id, tags), 400, says)
      assertRefused(await addToAll([{ server_group_id: id, tags }]), 400, says)
      assert.deepEqual((await shown(api, id)).tags, OLD)
    })
  }

  it('when they are taken without saying which', async () => {
    const { id } = await created(api)
    assertRefused(await take(id, {}), 400, /lacks tags/)
    assertRefused(await take(id, { tags: [{ key: '' }] }), 400, /key must not be shorter/)
    assertRefused(await take(id, { tags: twice }), 400, /is there twice/)
  })

  it('when a group is there twice', async () => {
    const { id } = await created(api)
    const item = { server_group_id: id, tags: many(1) }
    assertRefused(await addToAll([item, item]), 400, /a server group is there twice/)
  })

  it('when there is no group, or too many', async () => {
    assertRefused(await addToAll([]), 400, /items needs at least 1/)
    const items = Array.from({ length: 101 }, () => ({ server_group_id: randomUUID(), tags: [] }))
    assertRefused(await takeFromAll(items), 400, /items takes at most 100/)
  })
})

it('the tags of all groups are each key with its values, and none of other accounts', async () => {
  await using alone = await testApi({ servers: 0 })
  await alone.db
    .updateTable('fleet.server_group')
    .set({ tags: JSON.stringify([{ key: 'z', value: '1' }]) })
    .execute()
  for (const tags of [
    [{ key: 'team', value: 'cad' }],
    [{ key: 'team', value: 'a' }, { key: 'z' }],
    [{ key: 'z', value: '1' }],
  ]) {
    assert.equal((await create(alone, { tags })).status, 200)
  }
  const other = await insertFleet(alone.db, { cidr: '10.8.0.0/24' })
  const foreignTags = JSON.stringify([{ key: 'secret' }])
  await alone.db.updateTable('fleet.server_group').set({ tags: foreignTags }).where('id', '=', other.groupId).execute()
  const answer = await callGroups(alone, 'ListServerGroupTag', ['GET', '/server-group/tags'])
  const tags = [
    { key: 'team', values: ['a', 'cad'] },
    { key: 'z', values: ['', '1'] },
  ]
  assert.deepEqual([answer.status, answer.body], [200, { tags }])
})
