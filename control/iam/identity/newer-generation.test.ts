import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { testApi } from '../../testing/api.ts'
import { freshName, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

interface User {
  readonly user_id: string
  readonly user_name: string
  readonly [member: string]: unknown
}
interface Group {
  readonly group_id: string
  readonly group_name: string
  readonly [member: string]: unknown
}
interface PageInfo {
  readonly next_marker?: string
  readonly current_count: number
}

async function newUser(members: object = {}): Promise<User> {
  const body = { name: freshName('user'), enabled: true, ...members }
  return (await ids.give<{ user: User }>('CreateUserV5', { body })).user
}

async function newGroup(members: object = {}): Promise<Group> {
  const body = { group_name: freshName('group'), ...members }
  return (await ids.give<{ group: Group }>('CreateGroupV5', { body })).group
}

/** Every page of a list, as a client goes through them. */
async function pagesOf<T>(operation: string, member: string, query: Readonly<Record<string, string | number>>) {
  const pages: (readonly T[])[] = []
  let marker: string | undefined
  do {
    const asked = { query: marker === undefined ? query : { ...query, marker } }
    const answer = await ids.give<{ page_info: PageInfo } & Record<string, readonly T[]>>(operation, asked)
    const page = answer[member] ?? []
    assert.equal(answer.page_info.current_count, page.length)
    pages.push(page)
    marker = answer.page_info.next_marker
  } while (marker !== undefined)
  return pages
}

describe('a user of the newer generation', () => {
  it('is shown as it was made, with the name of its URN', async () => {
    const user = await newUser({ description: 'of a test' })
    assert.partialDeepStrictEqual(user, {
      description: 'of a test',
      enabled: true,
      is_root_user: false,
      urn: `iam::${ids.domainId}:user:${user.user_name}`,
    })
    const shown = await ids.give<{ user: User }>('ShowUserV5', { params: { user_id: user.user_id } })
    assert.deepEqual(shown.user, { ...user, tags: [] })
    const owner = await ids.give<{ user: User }>('ShowUserV5', { params: { user_id: ids.ownerId } })
    assert.equal(owner.user.is_root_user, true)
  })

  it('is changed in what is said, and is gone when it is deleted', async () => {
    const user = await newUser()
    const params = { user_id: user.user_id }
    const new_user_name = freshName('renamed')
    const body = { new_user_name, enabled: false }
    const { user: changed } = await ids.give<{ user: User }>('UpdateUserV5', { params, body })
    const urn = `iam::${ids.domainId}:user:${new_user_name}`
    assert.deepEqual(changed, { ...user, user_name: new_user_name, enabled: false, urn })
    await ids.ask('UpdateUserV5', { params, body: {}, status: 200 })
    await ids.ask('DeleteUserV5', { params, status: 204 })
    await ids.ask('ShowUserV5', { params, status: 404 })
  })

  it('is met once on the pages of the list, whatever their size', async () => {
    for (let index = 0; index < 4; index += 1) await newUser()
    const [all] = await pagesOf<User>('ListUsersV5', 'users', { limit: 200 })
    for (const limit of [1, 3]) {
      const pages = await pagesOf<User>('ListUsersV5', 'users', { limit })
      assert.deepEqual(pages.flat(), all)
      for (const page of pages.slice(0, -1)) assert.equal(page.length, limit)
    }
    assert.ok(all?.every(({ urn }) => String(urn).startsWith(`iam::${ids.domainId}:`)))
  })

  it('is refused a page, a group or a body that makes no sense', async () => {
    for (const query of [
      { limit: 0 },
      { limit: 201 },
      { marker: 'a' },
      { marker: '====' },
      { marker: 'ä'.repeat(4) },
    ]) {
      await ids.ask('ListUsersV5', { query, status: 400 })
    }
    await ids.ask('ListUsersV5', { query: { group_id: 'nowhere' }, status: 404 })
    for (const members of [{ enabled: undefined }, { name: '1' }, { description: 'a@b' }]) {
      await ids.ask('CreateUserV5', { body: { name: freshName('no'), enabled: true, ...members }, status: 400 })
    }
    await ids.ask('CreateUserV5', { body: { name: 'plain', enabled: true }, status: 409 })
  })
})

describe('a group of the newer generation', () => {
  it('is shown as it was made, changed in what is said, and gone when it is deleted', async () => {
    const group = await newGroup({ description: 'of a test' })
    const params = { group_id: group.group_id }
    assert.equal(group.urn, `iam::${ids.domainId}:group:${group.group_name}`)
    assert.deepEqual((await ids.give<{ group: Group }>('ShowGroupV5', { params })).group, group)
    const body = { new_group_description: '' }
    const changed = await ids.give<{ group: Group }>('UpdateGroupV5', { params, body })
    assert.deepEqual(changed.group, { ...group, description: '' })
    await ids.ask('DeleteGroupV5', { params, status: 204 })
    await ids.ask('ShowGroupV5', { params, status: 404 })
  })

  it('has members, who are found by it and who find it by page', async () => {
    const group = await newGroup()
    const users = [await newUser(), await newUser()]
    const params = { group_id: group.group_id }
    for (const { user_id } of [...users, ...users]) {
      await ids.ask('AddUserToGroupV5', { params, body: { user_id }, status: 200 })
    }
    const members = (await pagesOf<User>('ListUsersV5', 'users', { group_id: group.group_id, limit: 1 })).flat()
    assert.deepEqual(members.map(({ user_id }) => user_id).sort(), users.map(({ user_id }) => user_id).sort())
    const [first] = users
    const user_id = first?.user_id ?? ''
    const groups = await pagesOf<Group>('ListGroupsV5', 'groups', { user_id })
    assert.deepEqual(groups, [[group]])
    await ids.ask('RemoveUserFromGroupV5', { params, body: { user_id }, status: 200 })
    await ids.ask('RemoveUserFromGroupV5', { params, body: { user_id }, status: 404 })
    assert.deepEqual(await pagesOf<Group>('ListGroupsV5', 'groups', { user_id }), [[]])
  })

  it('is met once on the pages of the list', async () => {
    for (let index = 0; index < 3; index += 1) await newGroup()
    const [all] = await pagesOf<Group>('ListGroupsV5', 'groups', { limit: 200 })
    assert.deepEqual((await pagesOf<Group>('ListGroupsV5', 'groups', { limit: 2 })).flat(), all)
  })

  for (const group_name of ['', 'a.b', 'a/b', 'n'.repeat(129), '😀']) {
    it(`is not called ${JSON.stringify(group_name.slice(0, 9))}`, async () => {
      const answer = await ids.ask('CreateGroupV5', { body: { group_name }, status: 400 })
      assert.match(refusalOf(answer).message, /group_name/)
    })
  }
})
