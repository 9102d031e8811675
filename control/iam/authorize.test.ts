import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type AccessKey, type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { insertTestUser, type TestUser } from '../testing/identity.ts'
import { newId } from './grants/policy.ts'
import { allow, identityDocument, insertEnterpriseProject, insertGroup } from './grants/test-subjects.ts'
import { SYSTEM_POLICIES } from './policy/index.ts'

const TSVI = 'workspace:server:batchUpdateTsvi'
const ALL = [TSVI, 'vpc:subnets:get', 'vpc:ports:update']

let api: TestApi
let user: TestUser
before(async () => {
  api = await testApi({ servers: 2 })
})
after(() => api[Symbol.asyncDispose]())
beforeEach(async () => {
  user = await insertTestUser(api, api.world.domain.id, `user-${newId().slice(0, 8)}`)
})

function systemRole(name: string): string {
  return SYSTEM_POLICIES.find(({ displayName }) => displayName === name)?.id ?? ''
}

/** The main call for the servers of these places in the world. */
function update(sign: AccessKey, at: readonly number[] = [0, 1], headers = {}): Promise<Answer> {
  const items = at.map((index) => ({ id: api.world.servers[index]?.id, enable: true }))
  const path = `/v1/${api.world.project.id}/app-servers/actions/batch-update-tsvi`
  return api.call('PATCH', path, { sign, body: { items }, headers })
}

/** Allowed, be it that the servers are busy with an earlier call: that is found out afterwards. */
async function assertAllowed(answer: Answer | Promise<Answer>): Promise<void> {
  const { status, text } = await answer
  assert.ok(status === 200 || status === 409, text)
}

async function detailOf(answer: Answer | Promise<Answer>): Promise<string> {
  const refused = await answer
  assert.equal(refused.status, 403, refused.text)
  return (refused.body as { error_detail: string }).error_detail
}

async function done(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await api.call(method, path, body === undefined ? {} : { body })
  assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer
}

async function createPolicy(...statements: readonly object[]): Promise<string> {
  const body = { policy_name: `p-${newId()}`, policy_document: identityDocument(...statements) }
  const answer = await done('POST', '/v5/policies', body)
  return (answer.body as { policy: { policy_id: string } }).policy.policy_id
}

async function give(...statements: readonly object[]): Promise<string> {
  const policyId = await createPolicy(...statements)
  await done('POST', `/v5/policies/${policyId}/attach-user`, { user_id: user.id })
  return policyId
}

function serverUrn(at: number): string {
  return `workspace:local-1:${api.world.domain.id}:server:${api.world.servers[at]?.id}`
}

describe('a user may update servers', () => {
  it('by nothing at first', async () => {
    assert.match(await detailOf(update(user.access_key)), /because no identity-based policy allows/)
  })

  it('by a policy of its own, from the next request on, until it is detached', async () => {
    const policyId = await give(allow(...ALL))
    await assertAllowed(update(user.access_key))
    await done('POST', `/v5/policies/${policyId}/detach-user`, { user_id: user.id })
    await detailOf(update(user.access_key))
  })

  it('by a policy of its group', async () => {
    const groupId = await insertGroup(api.db, api.world.domain.id, [user.id])
    const policyId = await createPolicy(allow(...ALL))
    await done('POST', `/v5/policies/${policyId}/attach-group`, { group_id: groupId })
    await assertAllowed(update(user.access_key))
  })

  it('by a role that its group has in the project, and not by one for global services', async () => {
    const groupId = await insertGroup(api.db, api.world.domain.id, [user.id])
    const role = systemRole('Workspace FullAccess')
    await done('PUT', `/v3/domains/${api.world.domain.id}/groups/${groupId}/roles/${role}`)
    await detailOf(update(user.access_key))
    const grant = `/v3/projects/${api.world.project.id}/groups/${groupId}/roles/${role}`
    await done('PUT', grant)
    await assertAllowed(update(user.access_key))
    await done('DELETE', grant)
    await detailOf(update(user.access_key))
  })

  it('by a role that its group has in another project: not here', async () => {
    const groupId = await insertGroup(api.db, api.world.domain.id, [user.id])
    const id = newId()
    const project = { id, domain_id: api.world.domain.id, name: `p-${id}`, created_at: new Date() }
    await api.db.insertInto('iam.project').values(project).execute()
    await done('PUT', `/v3/projects/${id}/groups/${groupId}/roles/${systemRole('Workspace FullAccess')}`)
    await detailOf(update(user.access_key))
  })

  it('by a role that its group has in all projects', async () => {
    const { id } = api.world.domain
    const groupId = await insertGroup(api.db, id, [user.id])
    const role = systemRole('Tenant Administrator')
    await done('PUT', `/v3/OS-INHERIT/domains/${id}/groups/${groupId}/roles/${role}/inherited_to_projects`)
    await assertAllowed(update(user.access_key))
  })

  it('by a role in the enterprise project of the server, and of no other', async () => {
    const [first] = api.world.servers
    const enterpriseProjectId = await insertEnterpriseProject(api.db, api.world.domain.id)
    const role = systemRole('Workspace FullAccess')
    await done('PUT', `/v3.0/OS-PERMISSION/enterprise-projects/0/users/${user.id}/roles/${role}`)
    await assertAllowed(update(user.access_key, [0]))
    const move = api.db.updateTable('fleet.server_group').set({ enterprise_project_id: enterpriseProjectId })
    await move.execute()
    assert.ok((await detailOf(update(user.access_key, [0]))).includes(first?.id ?? '?'))
    const path = `/v3.0/OS-PERMISSION/enterprise-projects/${enterpriseProjectId}/users/${user.id}/roles/${role}`
    await done('PUT', path)
    await assertAllowed(update(user.access_key, [1]))
    await api.db.updateTable('fleet.server_group').set({ enterprise_project_id: '0' }).execute()
  })

  it('by a custom policy, which changes for the next request', async () => {
    const groupId = await insertGroup(api.db, api.world.domain.id, [user.id])
    const policy = (effect: string) => ({ Version: '1.1', Statement: [{ Effect: effect, Action: ALL }] })
    const role = { display_name: newId(), type: 'XA', description: '', policy: policy('Allow') }
    const made = await done('POST', '/v3.0/OS-ROLE/roles', { role })
    const { id } = (made.body as { role: { id: string } }).role
    await done('PUT', `/v3/projects/${api.world.project.id}/groups/${groupId}/roles/${id}`)
    await assertAllowed(update(user.access_key))
    await done('PATCH', `/v3.0/OS-ROLE/roles/${id}`, { role: { policy: policy('Deny') } })
    const detail = await detailOf(update(user.access_key))
    assert.ok(
      detail.endsWith(
        `with an explicit deny in an identity-based policy. Statement 1 of the policy ${role.display_name} decided.`,
      ),
    )
  })

  it('by the version of its policy that is in force', async () => {
    const policyId = await give(allow(...ALL))
    const body = { policy_document: identityDocument(allow('vpc:*:*')), set_as_default: true }
    await done('POST', `/v5/policies/${policyId}/versions`, body)
    await detailOf(update(user.access_key))
    await done('POST', `/v5/policies/${policyId}/versions/v1/set-default`)
    await assertAllowed(update(user.access_key))
  })

  const CONDITIONS: readonly (readonly [string, () => object, boolean])[] = [
    ['from its address', () => ({ IpAddress: { 'g:SourceIp': ['127.0.0.0/8'] } }), true],
    ['from another address', () => ({ IpAddress: { 'g:SourceIp': ['10.0.0.0/8'] } }), false],
    ['by its name', () => ({ StringEquals: { 'g:UserName': [user.name] } }), true],
    ['by its id as a variable', () => ({ StringEquals: { 'g:UserId': ['$' + '{g:PrincipalId}'] } }), true],
    ['in a project of that name', () => ({ StringEquals: { 'g:ProjectName': [api.world.project.name] } }), true],
    ['in the region', () => ({ StringEquals: { 'g:RequestedRegion': ['local-1'] } }), true],
    ['with TLS only', () => ({ Bool: { 'g:SecureTransport': ['true'] } }), false],
    ['without a second factor', () => ({ Bool: { 'g:MFAPresent': ['false'] } }), true],
    ['until yesterday', () => ({ DateLessThan: { 'g:CurrentTime': ['2020-01-01T00:00:00Z'] } }), false],
    ['with a token only', () => ({ Null: { 'g:TokenIssueTime': ['false'] } }), false],
    ['with its client', () => ({ StringMatch: { 'g:UserAgent': ['story/*'] } }), true],
    ['as a person', () => ({ StringEquals: { 'g:PrincipalType': ['User'] } }), true],
    ['tagged as such', () => ({ StringEquals: { 'g:PrincipalTag/team': ['blue'] } }), true],
    ['as the owner', () => ({ Bool: { 'g:PrincipalIsRootUser': ['true'] } }), false],
  ]
  for (const [name, condition, isAllowed] of CONDITIONS) {
    it(`on condition: ${name} (${isAllowed ? 'yes' : 'no'})`, async () => {
      const tags = JSON.stringify([{ key: 'team', value: 'blue' }])
      await api.db.updateTable('iam.user').set({ tags }).where('id', '=', user.id).execute()
      await give({ ...allow(...ALL), Condition: condition() })
      const answer = await update(user.access_key, [0], { 'User-Agent': 'story/1' })
      if (isAllowed) await assertAllowed(answer)
      else await detailOf(answer)
    })
  }

  it('with the tags and of the enterprise project that the policy wants', async () => {
    const [first] = api.world.servers
    const tags = JSON.stringify([{ key: 'env', value: 'prod' }])
    await api.db
      .updateTable('fleet.server')
      .set({ tags })
      .where('id', '=', first?.id ?? '')
      .execute()
    const Condition = { StringEquals: { 'g:ResourceTag/env': ['prod'], 'g:EnterpriseProjectId': ['0'] } }
    await give({ ...allow(TSVI), Condition }, allow('vpc:*:*'))
    await assertAllowed(update(user.access_key, [0]))
    assert.ok((await detailOf(update(user.access_key, [1, 0]))).includes(serverUrn(1)))
  })
})

describe('a refusal', () => {
  it('of one server refuses the call, and names that one only', async () => {
    await give({ ...allow(TSVI), Resource: [serverUrn(0)] }, allow('vpc:*:*'))
    await assertAllowed(update(user.access_key, [0]))
    const before = await api.db.selectFrom('jobs.job').select('id').execute()
    const answer = await update(user.access_key, [0, 1])
    const detail = await detailOf(answer)
    assert.equal(
      detail,
      `User: iam::${api.world.domain.id}:user:${user.name} is not authorized to perform action ${TSVI} on resource ${serverUrn(1)} because no identity-based policy allows the ${TSVI} action.`,
    )
    assert.ok(!answer.text.includes(api.world.servers[0]?.id ?? '?'))
    assert.deepEqual(await api.db.selectFrom('jobs.job').select('id').execute(), before)
  })

  it('names the dependency that is missing', async () => {
    await give(allow(TSVI))
    assert.match(await detailOf(update(user.access_key)), /perform action vpc:subnets:get on resource vpc:local-1:/)
  })

  it('of an explicit deny names the statement, and it wins over what allows', async () => {
    await give(allow('*'))
    const policyId = await give(allow('vpc:*:*'), { Sid: 'NotThis', Effect: 'Deny', Action: [TSVI] })
    const { name } = await api.db
      .selectFrom('iam.policy')
      .select('name')
      .where('id', '=', policyId)
      .executeTakeFirstOrThrow()
    assert.match(
      await detailOf(update(user.access_key)),
      new RegExp(
        `explicit deny in an identity-based policy\\. Statement 2 \\(NotThis\\) of the policy ${name} decided\\.$`,
      ),
    )
  })

  it('of IAM itself says which action', async () => {
    const answer = await api.call('GET', '/v5/policies', { sign: user.access_key })
    assertDeclared('ListPoliciesV5', answer)
    const { error_msg, error_detail } = answer.body as { error_msg: string; error_detail: string }
    assert.equal(error_msg, "Policy doesn't allow iam:policies:listV5 to be performed.")
    assert.ok(error_detail.includes(`on resource iam::${api.world.domain.id}:policy:*`))
  })

  it('never meets the owner, whatever policies say', async () => {
    const policyId = await createPolicy({ Effect: 'Deny', Action: ['*'] })
    await done('POST', `/v5/policies/${policyId}/attach-user`, { user_id: api.world.user.id })
    await assertAllowed(update(api.world.access_key))
    await done('POST', `/v5/policies/${policyId}/detach-user`, { user_id: api.world.user.id })
  })
})

describe('permission for IAM itself', () => {
  it('is given by action and by name of the resource', async () => {
    const { id } = api.world.domain
    const policyId = await createPolicy(allow('vpc:*:*'))
    await give({ ...allow('iam:policies:getV5', 'iam:policies:listV5'), Resource: [`iam:*:${id}:policy:p-*`] })
    const sign = user.access_key
    assert.equal((await api.call('GET', `/v5/policies/${policyId}`, { sign })).status, 200)
    assert.equal((await api.call('DELETE', `/v5/policies/${policyId}`, { sign })).status, 403)
    // a list is about all of them
    assert.equal((await api.call('GET', '/v5/policies', { sign })).status, 403)
  })

  it('is what the Security Administrator has by a grant for global services', async () => {
    const { id } = api.world.domain
    const groupId = await insertGroup(api.db, id, [user.id])
    await done('PUT', `/v3/domains/${id}/groups/${groupId}/roles/${systemRole('Security Administrator')}`)
    const sign = user.access_key
    assert.equal((await api.call('GET', '/v5/policies', { sign })).status, 200)
    assert.equal((await api.call('GET', '/v3/roles', { sign })).status, 200)
    await detailOf(update(sign))
  })
})
