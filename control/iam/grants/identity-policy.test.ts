import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { allow, identityDocument, insertAccount, type TestAccount } from './test-subjects.ts'

let api: TestApi
let stranger: TestAccount
before(async () => {
  api = await testApi({ servers: 0 })
  stranger = await insertAccount(api)
})
after(() => api[Symbol.asyncDispose]())

interface Policy {
  readonly policy_id: string
  readonly policy_name: string
  readonly urn: string
  readonly default_version_id: string
  readonly [other: string]: unknown
}

interface Version {
  readonly version_id: string
  readonly is_default: boolean
  readonly document: string
}

const DOCUMENT = identityDocument(allow('workspace:server:list'))

async function create(name: string, more: object = {}): Promise<Policy> {
  const body = { policy_name: name, policy_document: DOCUMENT, ...more }
  const answer = await api.call('POST', '/v5/policies', { body })
  assert.equal(answer.status, 201, answer.text)
  assertDeclared('CreatePolicyV5', answer)
  return (answer.body as { policy: Policy }).policy
}

async function versionsOf(id: string): Promise<readonly (readonly [string, boolean])[]> {
  const answer = await api.call('GET', `/v5/policies/${id}/versions`)
  assertDeclared('ListPolicyVersionsV5', answer)
  const { versions } = answer.body as { versions: readonly Version[] }
  return versions.map(({ version_id, is_default }) => [version_id, is_default])
}

function addVersion(id: string, set_as_default?: boolean): Promise<Answer> {
  const body = { policy_document: DOCUMENT, ...(set_as_default === undefined ? {} : { set_as_default }) }
  return api.call('POST', `/v5/policies/${id}/versions`, { body })
}

function assertRefused(operation: string, answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text)
  assertDeclared(operation, answer)
  assert.equal((answer.body as { error_code: string }).error_code, code)
}

describe('an identity policy', () => {
  it('is shown as it was made, with the text of its document untouched', async () => {
    const text = `{\n  "Version": "5.0", "Statement": [{"Effect": "Allow", "Action": "workspace:server:*"}]\n}`
    const made = await create('shown', { policy_document: text, path: 'teams/blue/', description: 'for blue' })
    assert.equal(made.urn, `iam::${api.world.domain.id}:policy:teams/blue/shown`)
    const answer = await api.call('GET', `/v5/policies/${made.policy_id}`)
    assertDeclared('GetPolicyV5', answer)
    assert.deepEqual((answer.body as { policy: Policy }).policy, made)
    assert.deepEqual(
      { type: made.policy_type, version: made.default_version_id, count: made.attachment_count, path: made.path },
      { type: 'custom', version: 'v1', count: 0, path: 'teams/blue/' },
    )
    const version = await api.call('GET', `/v5/policies/${made.policy_id}/versions/v1`)
    assertDeclared('GetPolicyVersionV5', version)
    assert.equal((version.body as { policy_version: Version }).policy_version.document, text)
  })

  it('is the only one of its name, also when two are made at once', async () => {
    const body = { policy_name: 'twice', policy_document: DOCUMENT }
    const answers = await Promise.all([1, 2].map(() => api.call('POST', '/v5/policies', { body })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409])
    const refused = answers.find(({ status }) => status === 409) as Answer
    assertRefused('CreatePolicyV5', refused, 409, 'IAM.0005')
  })

  it('is found page by page, by path and by kind', async () => {
    const ids: string[] = []
    for (const name of ['page-1', 'page-2', 'page-3']) ids.push((await create(name, { path: 'paged/' })).policy_id)
    const seen: string[] = []
    let marker = ''
    for (let page = 0; page < 9; page += 1) {
      const answer = await api.call('GET', `/v5/policies?limit=2&path_prefix=paged/${marker}`)
      assertDeclared('ListPoliciesV5', answer)
      const { policies, page_info } = answer.body as {
        policies: readonly Policy[]
        page_info: { next_marker?: string; current_count: number }
      }
      assert.equal(page_info.current_count, policies.length)
      seen.push(...policies.map(({ policy_id }) => policy_id))
      if (page_info.next_marker === undefined) break
      marker = `&marker=${page_info.next_marker}`
    }
    assert.deepEqual(seen, ids.sort())
    const system = await api.call('GET', '/v5/policies?policy_type=system&path_prefix=paged/')
    assert.deepEqual((system.body as { policies: unknown }).policies, [])
    const attached = await api.call('GET', '/v5/policies?only_attached=true&path_prefix=paged/')
    assert.deepEqual((attached.body as { policies: unknown }).policies, [])
  })

  it('goes with all its versions', async () => {
    const { policy_id } = await create('leaving')
    assert.equal((await addVersion(policy_id)).status, 201)
    const answer = await api.call('DELETE', `/v5/policies/${policy_id}`)
    assert.deepEqual([answer.status, answer.text], [200, ''])
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await api.call(method, `/v5/policies/${policy_id}`)).status, 404)
    }
    const left = await api.db.selectFrom('iam.policy_version').where('policy_id', '=', policy_id).selectAll().execute()
    assert.deepEqual(left, [])
  })

  const BAD: readonly (readonly [string, object, string])[] = [
    ['without a name', { policy_name: undefined }, 'IAM.0011'],
    ['with a blank in its name', { policy_name: 'two words' }, 'IAM.0011'],
    ['with a path that does not end', { path: 'teams' }, 'IAM.0011'],
    ['with a long description', { description: 'x'.repeat(1001) }, 'IAM.0011'],
    ['with an empty document', { policy_document: '' }, 'IAM.0011'],
    ['with a document that is no JSON', { policy_document: '{' }, 'IAM.0011'],
    ['with a document that is no object', { policy_document: '[]' }, 'IAM.0011'],
    ['with a document that is too long', { policy_document: ' '.repeat(131_073) }, 'IAM.0007'],
    ['of the older grammar', { policy_document: '{"Version":"1.1","Statement":[]}' }, 'IAM.0007'],
    ['without statements', { policy_document: '{"Version":"5.0"}' }, 'IAM.0072'],
    ['with an effect of its own', { policy_document: identityDocument({ Effect: 'May', Action: ['*'] }) }, 'IAM.0007'],
    ['without actions', { policy_document: identityDocument({ Effect: 'Allow' }) }, 'IAM.0072'],
    ['with a field of its own', { policy_document: identityDocument({ ...allow('*'), Who: 'me' }) }, 'IAM.0073'],
    [
      'with an unknown operator',
      { policy_document: identityDocument({ ...allow('*'), Condition: { Guess: { 'g:UserName': ['a'] } } }) },
      'IAM.0007',
    ],
  ]
  for (const [name, more, code] of BAD) {
    it(`is refused ${name}`, async () => {
      const body = { policy_name: 'bad', policy_document: DOCUMENT, ...more }
      assertRefused('CreatePolicyV5', await api.call('POST', '/v5/policies', { body }), 400, code)
      const found = await api.db.selectFrom('iam.policy').where('name', '=', 'bad').select('id').execute()
      assert.deepEqual(found, [])
    })
  }
})

describe('versions of an identity policy', () => {
  it('are up to five, numbered once, with one in force', async () => {
    const { policy_id: id } = await create('versions')
    for (let count = 2; count <= 5; count += 1) {
      const answer = await addVersion(id, count === 3)
      assert.equal(answer.status, 201, answer.text)
      assertDeclared('CreatePolicyVersionV5', answer)
    }
    assertRefused('CreatePolicyVersionV5', await addVersion(id), 409, 'IAM.0005')
    const three = [['v5', false] as const, ['v4', false] as const, ['v3', true] as const]
    assert.deepEqual(await versionsOf(id), [...three, ['v2', false], ['v1', false]])
    assert.equal((await api.call('DELETE', `/v5/policies/${id}/versions/v5`)).status, 200)
    const next = await addVersion(id, true)
    assert.equal((next.body as { policy_version: Version }).policy_version.version_id, 'v6')
    const set = await api.call('POST', `/v5/policies/${id}/versions/v1/set-default`)
    assert.deepEqual([set.status, set.text], [200, ''])
    assert.deepEqual(await versionsOf(id), [
      ['v6', false],
      ['v4', false],
      ['v3', false],
      ['v2', false],
      ['v1', true],
    ])
    const shown = await api.call('GET', `/v5/policies/${id}`)
    assert.equal((shown.body as { policy: Policy }).policy.default_version_id, 'v1')
  })

  it('never exceed five when many are added at once, and never share a number', async () => {
    const { policy_id: id } = await create('crowd')
    const answers = await Promise.all(Array.from({ length: 8 }, () => addVersion(id, true)))
    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(
      [statuses.filter((status) => status === 201).length, statuses.filter((status) => status === 409).length],
      [4, 4],
    )
    const versions = await versionsOf(id)
    assert.equal(versions.length, 5)
    assert.equal(versions.filter(([, isDefault]) => isDefault).length, 1)
  })

  it('are paged', async () => {
    const { policy_id: id } = await create('paged-versions')
    await addVersion(id)
    await addVersion(id)
    const first = await api.call('GET', `/v5/policies/${id}/versions?limit=2`)
    const { page_info } = first.body as { page_info: { next_marker: string } }
    const second = await api.call('GET', `/v5/policies/${id}/versions?limit=2&marker=${page_info.next_marker}`)
    const { versions, page_info: last } = second.body as { versions: readonly Version[]; page_info: object }
    assert.deepEqual(
      versions.map(({ version_id }) => version_id),
      ['v1'],
    )
    assert.deepEqual(last, { current_count: 1 })
  })

  it('cannot lose the one in force', async () => {
    const { policy_id: id } = await create('kept')
    assertRefused('DeletePolicyVersionV5', await api.call('DELETE', `/v5/policies/${id}/versions/v1`), 409, 'IAM.0005')
    assert.deepEqual(await versionsOf(id), [['v1', true]])
  })

  it('that are not there are not found', async () => {
    const { policy_id: id } = await create('missing-version')
    const path = `/v5/policies/${id}/versions/v9`
    assertRefused('GetPolicyVersionV5', await api.call('GET', path), 404, 'IAM.0004')
    assertRefused('DeletePolicyVersionV5', await api.call('DELETE', path), 404, 'IAM.0004')
    assertRefused('SetDefaultPolicyVersionV5', await api.call('POST', `${path}/set-default`), 404, 'IAM.0004')
    const odd = await api.call('GET', `/v5/policies/${id}/versions/one`)
    assertRefused('GetPolicyVersionV5', odd, 400, 'IAM.0011')
  })
})

describe('identity policies of another account', () => {
  it('answer as those that are not there, to everything', async () => {
    const { policy_id: id } = await create('private')
    const nobody = 'f'.repeat(32)
    const body = { policy_document: DOCUMENT }
    const CALLS: readonly (readonly [string, string, object?])[] = [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/versions'],
      ['POST', '/versions', body],
      ['GET', '/versions/v1'],
      ['DELETE', '/versions/v1'],
      ['POST', '/versions/v1/set-default'],
      ['GET', '/attached-entities'],
      ['POST', '/attach-user', { user_id: stranger.userId }],
      ['POST', '/detach-user', { user_id: stranger.userId }],
    ]
    for (const [method, path, content] of CALLS) {
      const options = { sign: stranger.access_key, ...(content === undefined ? {} : { body: content }) }
      const foreign = await api.call(method, `/v5/policies/${id}${path}`, options)
      const missing = await api.call(method, `/v5/policies/${nobody}${path}`, options)
      assert.equal(foreign.status, 404, `${method} ${path} ${foreign.text}`)
      const said = (answer: Answer, of: string) =>
        answer.text.replaceAll(of, 'ID').replace(/"request_id":"\w+"/, '"request_id"')
      assert.equal(said(foreign, id), said(missing, nobody))
    }
    const listed = await api.call('GET', '/v5/policies', { sign: stranger.access_key })
    assert.deepEqual((listed.body as { policies: unknown }).policies, [])
    assert.equal((await api.call('GET', `/v5/policies/${id}`)).status, 200)
  })

  it('may have the same name', async () => {
    await create('common')
    const body = { policy_name: 'common', policy_document: DOCUMENT }
    assert.equal((await api.call('POST', '/v5/policies', { sign: stranger.access_key, body })).status, 201)
  })
})

describe('a user without permission', () => {
  it('is refused everything about policies, whether they are there or not', async () => {
    const { access_key: sign } = await insertTestUser(api, api.world.domain.id, 'nobody-special')
    const { policy_id: id } = await create('guarded')
    for (const policyId of [id, 'f'.repeat(32)]) {
      const answer = await api.call('GET', `/v5/policies/${policyId}`, { sign })
      assertRefused('GetPolicyV5', answer, 403, 'IAM.0003')
      assert.match(answer.text, /iam:policies:getV5/)
    }
    assertRefused('ListPoliciesV5', await api.call('GET', '/v5/policies', { sign }), 403, 'IAM.0003')
    const body = { policy_name: 'mine', policy_document: DOCUMENT }
    assertRefused('CreatePolicyV5', await api.call('POST', '/v5/policies', { sign, body }), 403, 'IAM.0003')
  })
})
