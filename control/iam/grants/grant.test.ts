import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { GRANT_OPERATIONS } from '../../../contract/operations/iam/grant.ts'
import { type Answer, assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { SYSTEM_POLICIES } from '../policy/index.ts'
import { newId } from './policy.ts'
import { insertAccount, insertAgency, insertEnterpriseProject, insertGroup, type TestAccount } from './test-subjects.ts'

type Places = Readonly<Record<string, string>>

const ROLE = SYSTEM_POLICIES.find(({ displayName }) => displayName === 'Workspace FullAccess')?.id ?? ''

let api: TestApi
let stranger: TestAccount
let own: Places
let foreign: Places
before(async () => {
  api = await testApi({ servers: 0 })
  stranger = await insertAccount(api)
  const { domain, project } = api.world
  const user = await insertTestUser(api, domain.id, 'grantee')
  own = await placesOf(domain.id, project.id, user.id)
  foreign = await placesOf(stranger.domainId, stranger.projectId, stranger.userId)
})
after(() => api[Symbol.asyncDispose]())

async function placesOf(domain_id: string, project_id: string, user_id: string): Promise<Places> {
  return {
    ...{ domain_id, project_id, user_id, role_id: ROLE },
    group_id: await insertGroup(api.db, domain_id, [user_id]),
    agency_id: await insertAgency(api.db, domain_id),
    enterprise_project_id: await insertEnterpriseProject(api.db, domain_id),
  }
}

function filled(path: string, places: Places): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => places[name] ?? '')
}

async function idsAt(path: string): Promise<readonly string[]> {
  const answer = await api.call('GET', path)
  assert.equal(answer.status, 200, answer.text)
  return (answer.body as { roles: readonly { id: string }[] }).roles.map(({ id }) => id)
}

describe('a role is granted', () => {
  for (const { subject, scope, grant, check, revoke, list } of GRANT_OPERATIONS) {
    it(`to a ${subject} with scope ${scope}, shown, and taken away`, async () => {
      const path = filled(grant.path, own)
      const missing = await api.call('HEAD', path)
      assert.deepEqual([missing.status, missing.text], [404, ''])
      for (const _ of ['first', 'again']) assert.equal((await api.call('PUT', path)).status, 204)
      assert.equal((await api.call('HEAD', path)).status, 204)
      const listed = await api.call('GET', filled(list.path, own))
      assertDeclared(list.id, listed)
      assert.deepEqual(await idsAt(filled(list.path, own)), [ROLE])
      assert.equal((await api.call('DELETE', path)).status, 204)
      const gone = await api.call('DELETE', path)
      assert.equal(gone.status, 404)
      assertDeclared(revoke.id, gone)
      assert.deepEqual(await idsAt(filled(list.path, own)), [])
      assert.equal(check.method, 'HEAD')
    })

    it(`to a ${subject} with scope ${scope} only inside the account`, async () => {
      const places = [...grant.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
      for (const name of places) {
        const missing = newId()
        const other = { ...own, [name]: name === 'role_id' ? await foreignRole() : (foreign[name] ?? '') }
        for (const method of ['PUT', 'DELETE', 'HEAD']) {
          const refused = await api.call(method, filled(grant.path, other))
          assert.equal(refused.status, 404, `${method} ${name} ${refused.text}`)
          if (method !== 'HEAD') assertDeclared(grant.id, refused)
          const nobody = await api.call(method, filled(grant.path, { ...own, [name]: missing }))
          assert.equal(sentenceOf(refused, other[name]), sentenceOf(nobody, missing))
        }
      }
      const rows = await api.db.selectFrom('iam.grant').select('id').execute()
      assert.deepEqual(rows, [])
    })
  }

  it('once, however often it is granted at once', async () => {
    const path = `/v3/projects/${own.project_id}/groups/${own.group_id}/roles/${ROLE}`
    const answers = await Promise.all(Array.from({ length: 6 }, () => api.call('PUT', path)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]))
    const rows = await api.db.selectFrom('iam.grant').select('id').execute()
    assert.equal(rows.length, 1)
    await api.call('DELETE', path)
  })

  it('in the default enterprise project, which has no row', async () => {
    const path = `/v3.0/OS-PERMISSION/enterprise-projects/0/users/${own.user_id}/roles/${ROLE}`
    assert.equal((await api.call('PUT', path)).status, 204)
    assert.equal((await api.call('DELETE', path)).status, 204)
  })

  it('never as an identity policy', async () => {
    const policy_document = '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"]}]}'
    const made = await api.call('POST', '/v5/policies', { body: { policy_name: 'identity', policy_document } })
    const { policy_id } = (made.body as { policy: { policy_id: string } }).policy
    const path = `/v3/domains/${own.domain_id}/groups/${own.group_id}/roles/${policy_id}`
    assert.equal((await api.call('PUT', path)).status, 404)
  })

  it('by nobody without permission', async () => {
    const { access_key: sign } = await insertTestUser(api, api.world.domain.id, 'climber')
    for (const { grant, revoke, list } of GRANT_OPERATIONS) {
      for (const { method, path, id } of [grant, revoke, list]) {
        const answer = await api.call(method, filled(path, own), { sign })
        assert.equal(answer.status, 403, `${method} ${path}`)
        assertDeclared(id, answer)
      }
    }
  })
})

async function foreignRole(): Promise<string> {
  const policy = { Version: '1.1', Statement: [{ Effect: 'Allow', Action: ['vpc:ports:get'] }] }
  const role = { display_name: newId(), type: 'XA', description: '', policy }
  const answer = await api.call('POST', '/v3.0/OS-ROLE/roles', { sign: stranger.access_key, body: { role } })
  return (answer.body as { role: { id: string } }).role.id
}

function sentenceOf({ text }: Answer, id = ''): string {
  return text.replaceAll(id, 'ID').replace(/"request_id":"\w+"/, '')
}

describe('role assignments', () => {
  const list = async (query: string): Promise<{ total: number; found: readonly string[] }> => {
    const path = `/v3.0/OS-PERMISSION/role-assignments?domain_id=${own.domain_id}${query}`
    const answer = await api.call('GET', path)
    assert.equal(answer.status, 200, answer.text)
    assertDeclared('ShowDomainRoleAssignments', answer)
    const { total_num, role_assignments } = answer.body as { total_num: number; role_assignments: readonly object[] }
    return { total: total_num, found: role_assignments.map(described).sort() }
  }

  const described = (assignment: object): string => {
    const { user, group, agency, scope, is_inherited } = assignment as Record<string, { id: string } | undefined> & {
      scope: object
    }
    const who = [user && 'user', group && 'group', agency && 'agency'].filter((one) => one !== undefined)
    return `${who.join()} ${Object.keys(scope).join()}${is_inherited ? ' inherited' : ''}`
  }

  before(async () => {
    for (const { grant } of GRANT_OPERATIONS) await api.call('PUT', filled(grant.path, own))
    for (const { grant } of GRANT_OPERATIONS) {
      const answer = await api.call('PUT', filled(grant.path, foreign), { sign: stranger.access_key })
      assert.equal(answer.status, 204)
    }
  })

  const FILTERS: readonly (readonly [string, () => string, readonly string[]])[] = [
    [
      'nothing',
      () => '',
      [
        ...['agency domain', 'agency domain inherited', 'agency project', 'group domain', 'group domain inherited'],
        ...['group enterprise_project', 'group project', 'user enterprise_project'],
      ],
    ],
    ['a scope', () => '&scope=project', ['agency project', 'group project']],
    ['global services', () => '&scope=domain', ['agency domain', 'group domain']],
    ['all projects', () => '&scope=domain&is_inherited=true', ['agency domain inherited', 'group domain inherited']],
    ['a project', () => `&scope.project_id=${own.project_id}&subject=agency`, ['agency project']],
    ['another account', () => `&scope.project_id=${foreign.project_id}`, []],
    [
      'an enterprise project',
      () => `&scope.enterprise_projects_id=${own.enterprise_project_id}`,
      ['group enterprise_project', 'user enterprise_project'],
    ],
    ['a user alone', () => `&subject.user_id=${own.user_id}&include_group=false`, ['user enterprise_project']],
    [
      'a user with its groups',
      () => `&subject.user_id=${own.user_id}`,
      [
        ...['group domain', 'group domain inherited', 'group enterprise_project', 'group project'],
        'user enterprise_project',
      ],
    ],
    ['a foreign group', () => `&subject.group_id=${foreign.group_id}`, []],
    ['a role that is not granted', () => `&role_id=${'f'.repeat(32)}`, []],
  ]
  for (const [name, query, found] of FILTERS) {
    it(`are listed by ${name}`, async () => {
      assert.deepEqual(await list(query()), { total: found.length, found })
    })
  }

  it('come page by page', async () => {
    const first = await list('&page=1&per_page=5')
    const second = await list('&page=2&per_page=5')
    assert.deepEqual([first.found.length, second.found.length, first.total], [5, 3, 8])
  })

  it('are refused for what makes no sense, and for another account', async () => {
    const path = '/v3.0/OS-PERMISSION/role-assignments'
    const both = `&subject=user&subject.user_id=${own.user_id}`
    for (const query of ['', `?domain_id=${own.domain_id}${both}`, `?domain_id=${own.domain_id}&per_page=51`]) {
      const answer = await api.call('GET', `${path}${query}`)
      assert.equal(answer.status, 400, query)
      assertDeclared('ShowDomainRoleAssignments', answer)
    }
    assert.equal((await api.call('GET', `${path}?domain_id=${foreign.domain_id}`)).status, 404)
  })
})
