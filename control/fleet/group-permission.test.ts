import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AccessKey, type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { insertTestUser } from '../testing/identity.ts'
import { ask, makeVpc, newSubnet, one } from '../vpc/test-network.ts'
import { created, groupsPath, newGroup, shown } from './test-groups.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 0 })
})
after(() => api[Symbol.asyncDispose]())

let users = 0

/** A user of the account with one identity policy. */
async function userWith(...Statement: readonly object[]): Promise<AccessKey> {
  users += 1
  const { id, access_key } = await insertTestUser(api, api.world.domain.id, `user-${users}`)
  const policy_document = JSON.stringify({ Version: '5.0', Statement })
  const body = { policy_name: `policy-${users}`, policy_document }
  const made = await api.call('POST', '/v5/policies', { body })
  const { policy_id } = (made.body as { policy: { policy_id: string } }).policy
  const attached = await api.call('POST', `/v5/policies/${policy_id}/attach-user`, { body: { user_id: id } })
  assert.ok(attached.status < 300, attached.text)
  return access_key
}

async function tag(sign: AccessKey, id: string, tags: readonly object[]): Promise<Answer> {
  const path = `/v1/${api.world.project.id}/server-group/${id}/tags/create`
  const answer = await api.call('POST', path, { sign, body: { tags } })
  assertDeclared('CreateServerGroupTags', answer)
  return answer
}

const TAGGING = ['workspace:serverGroup:tagResource', 'workspace:serverGroup:batchCreateTags']

describe('who may tag with some tags only', () => {
  it('may not with others, and nothing changes', async () => {
    const Condition = { StringEquals: { 'g:RequestTag/team': ['cad'] } }
    const key = await userWith({ Effect: 'Allow', Action: TAGGING, Condition })
    const { id } = await created(api)
    const refused = await tag(key, id, [{ key: 'team', value: 'office' }])
    assert.equal(refused.status, 403)
    assert.match(refused.text, /workspace:serverGroup:tagResource/)
    assert.deepEqual((await shown(api, id)).tags, [])
    assert.equal((await tag(key, id, [{ key: 'team', value: 'cad' }])).status, 204)
  })

  it('may not with any other key beside them', async () => {
    const Condition = { 'ForAnyValue:StringEquals': { 'g:TagKeys': ['locked'] } }
    const allow = { Effect: 'Allow', Action: TAGGING }
    const key = await userWith(allow, { Effect: 'Deny', Action: TAGGING, Condition })
    const { id } = await created(api)
    assert.equal((await tag(key, id, [{ key: 'free' }, { key: 'locked' }])).status, 403)
    assert.equal((await tag(key, id, [{ key: 'free' }])).status, 204)
  })

  it('may not tag several groups when one of them is not theirs', async () => {
    const Condition = { StringEquals: { 'g:ResourceTag/team': ['cad'] } }
    const sign = await userWith({ Effect: 'Allow', Action: TAGGING, Condition })
    const [own, other] = [await created(api, { tags: [{ key: 'team', value: 'cad' }] }), await created(api)]
    const items = [own, other].map(({ id }) => ({ server_group_id: id, tags: [{ key: 'new' }] }))
    const path = `/v1/${api.world.project.id}/server-group/tags/batch-create`
    assert.equal((await api.call('POST', path, { sign, body: { items } })).status, 403)
    assert.deepEqual((await shown(api, own.id)).tags, [{ key: 'team', value: 'cad' }])
    assert.equal((await api.call('POST', path, { sign, body: { items: items.slice(0, 1) } })).status, 204)
  })
})

describe('who may make groups', () => {
  const CREATE = ['workspace:serverGroup:create', 'ims:images:list', 'vpc:subnets:get', 'vpc:ports:get']
  const make = (sign: AccessKey, members: object) =>
    api.call('POST', groupsPath(api.world.project.id), { sign, body: newGroup(api, members) })

  it('with some tags only, may not make others', async () => {
    const Condition = { StringEquals: { 'g:RequestTag/team': ['cad'] } }
    const [action = '', ...places] = CREATE
    const key = await userWith({ Effect: 'Allow', Action: [action], Condition }, { Effect: 'Allow', Action: places })
    assert.equal((await make(key, { tags: [{ key: 'team', value: 'office' }] })).status, 403)
    assert.equal((await make(key, { tags: [{ key: 'team', value: 'cad' }] })).status, 200)
  })

  for (const missing of CREATE) {
    it(`may not without ${missing}`, async () => {
      const key = await userWith({ Effect: 'Allow', Action: CREATE.filter((action) => action !== missing) })
      const answer = await make(key, {})
      assert.equal(answer.status, 403)
      assert.ok(answer.text.includes(missing))
    })
  }
})

describe('who may make networks with some tags only', () => {
  const Condition = { StringEquals: { 'g:RequestTag/team': ['cad'] } }
  const tagged = (team: string) => ({ name: `n-${team}`, tags: [`team*${team}`] })
  const vpcOf = (sign: AccessKey, team: string) =>
    ask(api, 'CreateVpc', 'POST vpcs', { vpc: { ...tagged(team), cidr: '10.71.0.0/16' } }, { sign })

  it('may not make others', async () => {
    const sign = await userWith({ Effect: 'Allow', Action: ['vpc:*:create'], Condition })
    assert.equal((await vpcOf(sign, 'office')).status, 403)
    const vpc = one(await vpcOf(sign, 'cad'), 'vpc')
    const subnetOf = (team: string) =>
      ask(api, 'CreateSubnet', 'POST subnets', { subnet: { ...newSubnet(vpc, '10.71.0'), ...tagged(team) } }, { sign })
    assert.equal((await subnetOf('office')).status, 403)
    one(await subnetOf('cad'), 'subnet')
  })

  it('does not have those tags yet', async () => {
    const has = { StringEquals: { 'g:ResourceTag/team': ['cad'] } }
    const sign = await userWith({
      Effect: 'Allow',
      Action: ['vpc:*:create', 'workspace:serverGroup:create'],
      Condition: has,
    })
    assert.equal((await vpcOf(sign, 'cad')).status, 403)
    const group = newGroup(api, { tags: [{ key: 'team', value: 'cad' }] })
    const refused = await api.call('POST', groupsPath(api.world.project.id), { sign, body: group })
    assert.match(refused.text, /workspace:serverGroup:create/)
  })
})

describe('where groups are made', () => {
  const [own = '', ...places] = ['workspace:serverGroup:create', 'vpc:subnets:get', 'vpc:ports:get', 'ims:images:list']
  const make = (sign: AccessKey, members: object) =>
    api.call('POST', groupsPath(api.world.project.id), { sign, body: newGroup(api, members) })

  it('is asked of the enterprise project of the network, not of the group', async () => {
    const elsewhere = await enterpriseProject()
    const Condition = { StringEquals: { 'g:EnterpriseProjectId': [elsewhere] } }
    const images = { Effect: 'Allow', Action: ['ims:images:list'] }
    const inOne = await userWith({ Effect: 'Allow', Action: [own, ...places], Condition }, images)
    const refused = await make(inOne, { enterprise_project_id: elsewhere })
    assert.equal(refused.status, 403)
    assert.match(refused.text, /vpc:subnets:get/)
    const network = await networkOf({ enterprise_project_id: elsewhere })
    assert.equal((await make(inOne, { enterprise_project_id: elsewhere, ...network })).status, 200)
  })

  it('is asked with the tags of the subnet', async () => {
    const Condition = { StringEquals: { 'g:ResourceTag/zone': ['closed'] } }
    const key = await userWith(
      { Effect: 'Allow', Action: [own, ...places] },
      { Effect: 'Deny', Action: ['vpc:subnets:get'], Condition },
    )
    assert.equal((await make(key, await networkOf({}, ['zone*open']))).status, 200)
    const refused = await make(key, await networkOf({}, ['zone*closed']))
    assert.equal(refused.status, 403)
    assert.match(refused.text, /vpc:subnets:get/)
  })
})

async function enterpriseProject(): Promise<string> {
  const answer = await api.call('POST', '/v1.0/enterprise-projects', { body: { name: 'elsewhere' } })
  assert.ok(answer.status < 300, answer.text)
  return (answer.body as { enterprise_project: { id: string } }).enterprise_project.id
}

async function networkOf(members: object, tags: readonly string[] = []) {
  const vpc = await makeVpc(api, '10.70.0.0/16', members)
  const made = await ask(api, 'CreateSubnet', 'POST subnets', { subnet: { ...newSubnet(vpc, '10.70.0'), tags } })
  return { vpc_id: vpc.id, subnet_id: one(made, 'subnet').id }
}

describe('who may change groups', () => {
  it('needs to read images only to name one', async () => {
    const key = await userWith({ Effect: 'Allow', Action: ['workspace:serverGroup:update'] })
    const { id } = await created(api)
    const change = (body: object) => api.call('PATCH', `${groupsPath(api.world.project.id)}/${id}`, { sign: key, body })
    assert.equal((await change({ description: 'mine' })).status, 200)
    const refused = await change({ image_id: 'other' })
    assert.equal(refused.status, 403)
    assert.match(refused.text, /ims:images:list/)
    assert.equal((await shown(api, id)).image_id, 'some-image')
  })
})

describe('who may read the tags of groups of one enterprise project', () => {
  const read = async (id: string, enterpriseProjectId: string) => {
    const Condition = { StringEquals: { 'g:EnterpriseProjectId': enterpriseProjectId } }
    const sign = await userWith({ Effect: 'Allow', Action: ['workspace:serverGroup:listTagsForResource'], Condition })
    const answer = await api.call('GET', `/v1/${api.world.project.id}/server-group/${id}/tags`, { sign })
    assertDeclared('ShowServerGroupTag', answer)
    return answer
  }

  it('reads those of a group there, and of no other', async () => {
    const { id } = await created(api, { tags: [{ key: 'team', value: 'cad' }] })
    const answer = await read(id, '0')
    assert.deepEqual([answer.status, answer.body], [200, { tags: [{ key: 'team', value: 'cad' }] }])
    assert.equal((await read(id, 'other')).status, 403)
  })
})
