import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { SYSTEM_POLICIES } from '../policy/index.ts'
import { newId } from './policy.ts'
import { insertAccount, insertGroup, type TestAccount } from './test-subjects.ts'

let api: TestApi
let stranger: TestAccount
before(async () => {
  api = await testApi({ servers: 0 })
  stranger = await insertAccount(api)
})
after(() => api[Symbol.asyncDispose]())

interface Role {
  readonly id: string
  readonly display_name: string
  readonly policy: unknown
  readonly [other: string]: unknown
}

const STATEMENT = { Effect: 'Allow', Action: ['workspace:server:list'] }
const POLICY = { Version: '1.1', Statement: [STATEMENT] }
const PATH = '/v3.0/OS-ROLE/roles'

function bodyOf(display_name: string, more: object = {}) {
  return { role: { display_name, type: 'XA', description: 'd', policy: POLICY, ...more } }
}

async function create(name: string, more: object = {}): Promise<Role> {
  const answer = await api.call('POST', PATH, { body: bodyOf(name, more) })
  assert.equal(answer.status, 201, answer.text)
  assertDeclared('CreateCloudServiceCustomPolicy', answer)
  return (answer.body as { role: Role }).role
}

function assertRefused(operation: string, answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text)
  assertDeclared(operation, answer)
  assert.equal((answer.body as { error_code: string }).error_code, code, answer.text)
}

describe('a custom policy', () => {
  it('is shown as it was made, everywhere it is listed', async () => {
    const made = await create('Shown', { description_cn: 'zh' })
    const { domain } = api.world
    assert.deepEqual(
      { ...made, created_time: '', updated_time: '', links: '' },
      {
        ...{ id: made.id, name: `custom_${domain.id}_${made.id}`, display_name: 'Shown', type: 'XA' },
        ...{ catalog: 'CUSTOMED', description: 'd', description_cn: 'zh', domain_id: domain.id, policy: POLICY },
        ...{ created_time: '', updated_time: '', links: '' },
      },
    )
    const shown = await api.call('GET', `${PATH}/${made.id}`)
    assertDeclared('ShowCustomPolicy', shown)
    assert.deepEqual((shown.body as { role: Role }).role, made)
    const permission = await api.call('GET', `/v3/roles/${made.id}`)
    assertDeclared('KeystoneShowPermission', permission)
    assert.deepEqual((permission.body as { role: Role }).role, made)
    const listed = await api.call('GET', PATH)
    assertDeclared('ListCustomPolicies', listed)
    const { roles, total_number } = listed.body as { roles: readonly Role[]; total_number: number }
    assert.equal(roles.length, total_number)
    assert.ok(roles.every(({ domain_id }) => domain_id === domain.id))
    const own = await api.call('GET', `/v3/roles?domain_id=${domain.id}&display_name=Shown`)
    assert.deepEqual((own.body as { roles: readonly Role[] }).roles, [made])
  })

  it('is kept as compact text', async () => {
    const { id } = await create('Compact')
    const stored = await api.db
      .selectFrom('iam.policy_version')
      .select('document')
      .where('policy_id', '=', id)
      .execute()
    assert.deepEqual(stored, [{ document: JSON.stringify(POLICY) }])
  })

  it('changes in what is given, and stays in what is not', async () => {
    const made = await create('Changing')
    const policy = { Version: '1.1', Statement: [{ ...STATEMENT, Effect: 'Deny' }] }
    const answer = await api.call('PATCH', `${PATH}/${made.id}`, { body: { role: { policy } } })
    assert.equal(answer.status, 200, answer.text)
    assertDeclared('UpdateCloudServiceCustomPolicy', answer)
    const { role } = answer.body as { role: Role }
    assert.deepEqual({ ...role, updated_time: '' }, { ...made, policy, updated_time: '' })
    const renamed = await api.call('PATCH', `${PATH}/${made.id}`, { body: { role: { display_name: 'Changed' } } })
    assert.deepEqual((renamed.body as { role: Role }).role.policy, policy)
    const bad = await api.call('PATCH', `${PATH}/${made.id}`, { body: { role: { display_name: 'X', policy: [] } } })
    assertRefused('UpdateCloudServiceCustomPolicy', bad, 400, 'IAM.1020')
    const shown = await api.call('GET', `${PATH}/${made.id}`)
    assert.equal((shown.body as { role: Role }).role.display_name, 'Changed')
  })

  it('keeps both of two changes that come at once', async () => {
    const { id } = await create('Contended')
    const policy = { Version: '1.1', Statement: [{ ...STATEMENT, Effect: 'Deny' }] }
    const changes = [{ description: 'changed' }, { policy }, { description_cn: 'too' }]
    const answers = await Promise.all(changes.map((role) => api.call('PATCH', `${PATH}/${id}`, { body: { role } })))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    )
    const { role } = (await api.call('GET', `${PATH}/${id}`)).body as { role: Role }
    assert.deepEqual([role.description, role.policy, role.description_cn], ['changed', policy, 'too'])
  })

  it('has a name of its own, also when two are made or renamed at once', async () => {
    const answers = await Promise.all([1, 2].map(() => api.call('POST', PATH, { body: bodyOf('Same') })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409])
    const { id } = await create('Other')
    const renamed = await api.call('PATCH', `${PATH}/${id}`, { body: { role: { display_name: 'Same' } } })
    assertRefused('UpdateCloudServiceCustomPolicy', renamed, 409, 'IAM.0005')
    const foreign = await api.call('POST', PATH, { sign: stranger.access_key, body: bodyOf('Same') })
    assert.equal(foreign.status, 201)
  })

  it('is not deleted while it is granted', async () => {
    const { id } = await create('Granted')
    const groupId = await insertGroup(api.db, api.world.domain.id)
    const grant = `/v3/domains/${api.world.domain.id}/groups/${groupId}/roles/${id}`
    assert.equal((await api.call('PUT', grant)).status, 204)
    assertRefused('DeleteCustomPolicy', await api.call('DELETE', `${PATH}/${id}`), 409, 'IAM.0005')
    assert.equal((await api.call('DELETE', grant)).status, 204)
    const deleted = await api.call('DELETE', `${PATH}/${id}`)
    assert.equal(deleted.status, 200)
    assertDeclared('DeleteCustomPolicy', deleted)
    assertRefused('ShowCustomPolicy', await api.call('GET', `${PATH}/${id}`), 404, 'IAM.0004')
  })

  it('of another account, or of the system, is none to see or change here', async () => {
    const { id } = await create('Private')
    const body = { role: { description: 'mine now' } }
    const sign = stranger.access_key
    for (const roleId of [id, newId()]) {
      assertRefused('ShowCustomPolicy', await api.call('GET', `${PATH}/${roleId}`, { sign }), 404, 'IAM.0004')
      const changed = await api.call('PATCH', `${PATH}/${roleId}`, { sign, body })
      assertRefused('UpdateCloudServiceCustomPolicy', changed, 404, 'IAM.0004')
      assertRefused('DeleteCustomPolicy', await api.call('DELETE', `${PATH}/${roleId}`, { sign }), 404, 'IAM.0004')
      const permission = await api.call('GET', `/v3/roles/${roleId}`, { sign })
      assert.equal(permission.status, 404)
    }
    const listed = await api.call('GET', `/v3/roles?domain_id=${api.world.domain.id}`, { sign })
    assert.deepEqual((listed.body as { roles: unknown; total_number: number }).roles, [])
    const [system] = SYSTEM_POLICIES
    assert.equal((await api.call('DELETE', `${PATH}/${system?.id}`)).status, 404)
    assert.equal((await api.call('PATCH', `${PATH}/${system?.id}`, { body })).status, 404)
  })

  it('is nothing for a user without permission', async () => {
    const { access_key: sign } = await insertTestUser(api, api.world.domain.id, 'curious')
    assertRefused('ListCustomPolicies', await api.call('GET', PATH, { sign }), 403, 'IAM.0003')
    const created = await api.call('POST', PATH, { sign, body: bodyOf('Mine') })
    assertRefused('CreateCloudServiceCustomPolicy', created, 403, 'IAM.0003')
    assert.equal((await api.call('GET', '/v3/roles', { sign })).status, 403)
  })
})

describe('a custom policy is refused', () => {
  const statement = (more: object) => ({ policy: { Version: '1.1', Statement: [{ ...STATEMENT, ...more }] } })
  const condition = (value: unknown) => statement({ Condition: value })
  const action = (text: string) => statement({ Action: [text] })
  const many = (count: number, make: (at: number) => string) => Array.from({ length: count }, (_, at) => make(at))
  const named = (count: number, value: unknown) =>
    Object.fromEntries(many(count, (at) => `k:k${at}`).map((key) => [key, value]))
  const OPERATORS = [
    'StringEquals',
    'StringNotEquals',
    'StringLike',
    'StringNotLike',
    'StringStartWith',
    'StringEndWith',
  ]
  const MORE = ['StringMatch', 'Bool', 'NumberEquals', 'NumberLessThan', 'StringEqualsIgnoreCase']

  const BAD: readonly (readonly [string, object, string])[] = [
    ['as a list', { policy: [] }, 'IAM.1020'],
    [
      'when it is too long',
      statement({ Action: many(100, (at) => `workspace:server:${'x'.repeat(60)}${at}`) }),
      'IAM.1021',
    ],
    ['of another version', { policy: { ...POLICY, Version: '5.0' } }, 'IAM.1024'],
    ['with one statement that is in no list', { policy: { Version: '1.1', Statement: STATEMENT } }, 'IAM.1027'],
    ['without statements', { policy: { Version: '1.1', Statement: [] } }, 'IAM.1028'],
    ['with another effect', statement({ Effect: 'Maybe' }), 'IAM.1029'],
    ['with both kinds of action', statement({ NotAction: ['vpc:ports:get'] }), 'IAM.1030'],
    ['without actions', statement({ Action: undefined }), 'IAM.1031'],
    ['with too many actions', statement({ Action: many(101, (at) => `vpc:a:b${at}`) }), 'IAM.1033'],
    ['with a long action', action(`vpc:ports:${'x'.repeat(120)}`), 'IAM.1034'],
    ['with an action of two parts', action('vpc:ports'), 'IAM.1035'],
    ['with an empty list of agencies', statement({ Resource: { uri: [] } }), 'IAM.1037'],
    ['with too many resources', statement({ Resource: many(11, (at) => `workspace:*:*:server:${at}`) }), 'IAM.1040'],
    ['with a long resource', statement({ Resource: [`workspace:*:*:server:${'x'.repeat(1500)}`] }), 'IAM.1042'],
    ['with a resource of three parts', statement({ Resource: ['workspace:*:server'] }), 'IAM.1043'],
    ['with an empty part', statement({ Resource: ['workspace:*::server:x'] }), 'IAM.1044'],
    [
      'with too many operators',
      condition(Object.fromEntries([...OPERATORS, ...MORE].map((name) => [name, named(1, ['1'])]))),
      'IAM.1050',
    ],
    ['with a condition that is a text', condition('always'), 'IAM.1051'],
    ['with an unknown operator', condition({ Guess: named(1, ['1']) }), 'IAM.1052'],
    ['with too many keys', condition({ StringEquals: named(11, ['1']) }), 'IAM.1053'],
    ['with a key that is none', condition({ StringEquals: { nothing: ['1'] } }), 'IAM.1054'],
    ['with a value that is in no list', condition({ StringEquals: { 'g:UserName': 'anna' } }), 'IAM.1055'],
    ['with an empty value', condition({ StringEquals: { 'g:UserName': [''] } }), 'IAM.1056'],
    ['with a value that cannot be compared', condition({ NumberLessThan: { 'g:MFAAge': ['soon'] } }), 'IAM.1057'],
    ['with a field of its own', { policy: { ...POLICY, Owner: 'me' } }, 'IAM.1059'],
    ['with dependencies, which roles have', { policy: { ...POLICY, Depends: [] } }, 'IAM.1059'],
    ['when it is for accounts and speaks of projects', { type: 'AX' }, 'IAM.0011'],
    ['when it is for projects and speaks of accounts', action('iam:users:listUsers'), 'IAM.0011'],
    ['for both', { type: 'AA' }, 'IAM.0011'],
    ['without a description', { description: undefined }, 'IAM.0011'],
    ['without a name', { display_name: '' }, 'IAM.0011'],
  ]
  for (const [name, more, code] of BAD) {
    it(name, async () => {
      const answer = await api.call('POST', PATH, { body: bodyOf('Bad', more) })
      assertRefused('CreateCloudServiceCustomPolicy', answer, 400, code)
      const { roles } = (await api.call('GET', PATH)).body as { roles: readonly Role[] }
      assert.ok(!roles.some(({ display_name }) => display_name === 'Bad'))
    })
  }

  it('and told where it is wrong', async () => {
    const answer = await api.call('POST', PATH, { body: bodyOf('Bad', action('vpc:ports')) })
    assert.match(
      (answer.body as { error_msg: string }).error_msg,
      /^The policy is invalid: Statement\[0\]\.Action\[0\] /,
    )
  })
})

describe('the roles and policies of the system', () => {
  const list = async (query: string): Promise<readonly Role[]> => {
    const answer = await api.call('GET', `/v3/roles${query}`)
    assert.equal(answer.status, 200, answer.text)
    assertDeclared('KeystoneListPermissions', answer)
    return (answer.body as { roles: readonly Role[] }).roles
  }

  it('are there for every account, by display name', async () => {
    const names = SYSTEM_POLICIES.map(({ displayName }) => displayName)
    const listed = await list('')
    assert.deepEqual(listed.map(({ display_name }) => display_name).sort(), [...names].sort())
    const { body } = await api.call('GET', '/v3/roles', { sign: stranger.access_key })
    const ids = (body as { roles: readonly Role[] }).roles.map(({ id }) => id)
    assert.deepEqual(
      ids,
      listed.map(({ id }) => id),
    )
  })

  it('are found by name, kind, catalog and place', async () => {
    const [admin] = await list('?name=te_admin')
    assert.deepEqual([admin?.display_name, admin?.domain_id, admin?.flag], ['Tenant Administrator', null, undefined])
    const [full] = await list('?display_name=FullAccess&permission_type=policy')
    assert.equal(full?.flag, 'fine_grained')
    assert.ok((await list('?permission_type=role')).every(({ flag }) => flag === undefined))
    assert.ok((await list('?catalog=WORKSPACE')).length > 0)
    assert.ok((await list('?type=domain')).every(({ type }) => type === 'AX' || type === 'AA'))
    assert.equal((await list('?page=2&per_page=1')).length, 1)
    assert.deepEqual(await list('?name=nothing'), [])
  })
})
