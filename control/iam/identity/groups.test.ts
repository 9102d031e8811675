import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { freshName, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

interface Group {
  readonly id: string
  readonly name: string
  readonly [member: string]: unknown
}

async function newGroup(members: object = {}): Promise<Group> {
  const group = { name: freshName('group'), ...members }
  return (await ids.give<{ group: Group }>('KeystoneCreateGroup', { body: { group } })).group
}

async function newMember(group: Group): Promise<{ readonly group_id: string; readonly user_id: string }> {
  const { id } = await insertTestUser(ids.api, ids.domainId, freshName('member'))
  const params = { group_id: group.id, user_id: id }
  await ids.ask('KeystoneAddUserToGroup', { params, status: 204 })
  return params
}

describe('a group', () => {
  it('is shown as it was made', async () => {
    const start = Date.now()
    const group = await newGroup({ name: '应用 “a.b”', description: 'of a test', domain_id: ids.domainId })
    assert.partialDeepStrictEqual(group, { description: 'of a test', domain_id: ids.domainId })
    assert.ok(Number(group.create_time) >= start)
    const shown = await ids.give<{ group: Group }>('KeystoneShowGroup', { params: { group_id: group.id } })
    assert.deepEqual(shown.group, group)
  })

  it('is listed with those of the account, or by name', async () => {
    const { name } = await newGroup()
    const list = async (query: Readonly<Record<string, string>>) =>
      (await ids.give<{ groups: readonly Group[] }>('KeystoneListGroups', { query })).groups.map((group) => group.name)
    assert.deepEqual(await list({ name }), [name])
    assert.ok((await list({})).includes(name))
    assert.deepEqual(await list({ domain_id: ids.stranger.domain.id }), [])
  })

  it('is changed in what is said, and is gone with its memberships when it is deleted', async () => {
    const group = await newGroup({ description: 'before' })
    const { user_id } = await newMember(group)
    const params = { group_id: group.id }
    const name = freshName('renamed')
    const body = { group: { name } }
    assert.deepEqual((await ids.give<{ group: Group }>('KeystoneUpdateGroup', { params, body })).group, {
      ...group,
      name,
    })
    await ids.ask('KeystoneDeleteGroup', { params, status: 204 })
    await ids.ask('KeystoneShowGroup', { params, status: 404 })
    const { groups } = await ids.give<{ groups: unknown }>('KeystoneListGroupsForUser', { params: { user_id } })
    assert.deepEqual(groups, [])
  })

  const REFUSALS: readonly (readonly [name: string, status: number, members: () => object, says: RegExp])[] = [
    ['without a name', 400, () => ({ name: undefined }), /lacks name/],
    ...['', 'a/b', 'a:b', 'a*', 'a$b', 'a\n', 'n'.repeat(129)].map(
      (name) => [`called ${JSON.stringify(name.slice(0, 9))}`, 400, () => ({ name }), /group\.name/] as const,
    ),
    ['of another account', 404, () => ({ domain_id: ids.stranger.domain.id }), /Could not find domain/],
    ['with a long description', 400, () => ({ description: 'd'.repeat(256) }), /longer than 255/],
  ]
  for (const [name, status, members, says] of REFUSALS) {
    it(`is refused ${name}`, async () => {
      const body = { group: { name: freshName('refused'), ...members() } }
      assert.match(refusalOf(await ids.ask('KeystoneCreateGroup', { body, status })).message, says)
    })
  }

  it('is made once when it is made several times at the same moment, and not renamed to another', async () => {
    const name = freshName('wanted')
    const body = { group: { name } }
    const answers = await Promise.all(Array.from({ length: 5 }, () => ids.ask('KeystoneCreateGroup', { body })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409])
    const { id } = await newGroup()
    await ids.ask('KeystoneUpdateGroup', { params: { group_id: id }, body, status: 409 })
  })
})

describe('a membership', () => {
  it('is there from when it is made until it is ended', async () => {
    const group = await newGroup()
    const params = await newMember(group)
    await ids.ask('KeystoneCheckUserInGroup', { params, status: 204 })
    const { users } = await ids.give<{ users: readonly { id: string }[] }>('KeystoneListUsersForGroupByAdmin', {
      params,
    })
    assert.deepEqual(
      users.map(({ id }) => id),
      [params.user_id],
    )
    const { groups } = await ids.give<{ groups: unknown }>('KeystoneListGroupsForUser', { params })
    assert.deepEqual(groups, [group])
    await ids.ask('KeystoneRemoveUserFromGroup', { params, status: 204 })
    await ids.ask('KeystoneCheckUserInGroup', { params, status: 404 })
    await ids.ask('KeystoneRemoveUserFromGroup', { params, status: 404 })
  })

  it('may be made again, also several times at once', async () => {
    const params = await newMember(await newGroup())
    const answers = await Promise.all(Array.from({ length: 4 }, () => ids.ask('KeystoneAddUserToGroup', { params })))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 204, 204, 204],
    )
  })

  it('is one of a group and a user that are both of the account', async () => {
    const group = await newGroup()
    for (const user_id of [ids.stranger.owner.id, 'nobody']) {
      const params = { group_id: group.id, user_id }
      for (const operation of ['AddUserTo', 'CheckUserIn', 'RemoveUserFrom']) {
        await ids.ask(`Keystone${operation}Group`, { params, status: 404 })
      }
      await ids.ask('AddUserToGroupV5', { params, body: { user_id }, status: 404 })
    }
    const params = { group_id: 'nowhere', user_id: ids.plain.id }
    await ids.ask('KeystoneAddUserToGroup', { params, status: 404 })
  })

  it('is refused or gone, but never a failure, when its group is deleted at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const group = await newGroup()
      const params = { group_id: group.id, user_id: ids.plain.id }
      const [added, deleted] = await Promise.all([
        ids.ask('KeystoneAddUserToGroup', { params }),
        ids.ask('KeystoneDeleteGroup', { params }),
      ])
      assert.ok([204, 404].includes(added.status), added.text)
      assert.equal(deleted.status, 204)
      const query = ids.api.db.selectFrom('iam.group_member').select('user_id').where('group_id', '=', group.id)
      assert.deepEqual(await query.execute(), [])
    }
  })
})
