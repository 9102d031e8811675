import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { newId } from './policy.ts'
import { allow, identityDocument, insertAccount, insertAgency, insertGroup, type TestAccount } from './test-subjects.ts'

type Kind = 'user' | 'group' | 'agency'

const KINDS: readonly (readonly [Kind, string, string])[] = [
  ['user', 'User', 'users'],
  ['group', 'Group', 'groups'],
  ['agency', 'Agency', 'agencies'],
]

let api: TestApi
let stranger: TestAccount
let holders: Readonly<Record<Kind, string>>
before(async () => {
  api = await testApi({ servers: 0 })
  stranger = await insertAccount(api)
  const { id } = api.world.domain
  holders = {
    user: (await insertTestUser(api, id, 'holder')).id,
    group: await insertGroup(api.db, id),
    agency: await insertAgency(api.db, id),
  }
})
after(() => api[Symbol.asyncDispose]())

async function createPolicy(): Promise<string> {
  const body = { policy_name: newId(), policy_document: identityDocument(allow('workspace:server:list')) }
  const answer = await api.call('POST', '/v5/policies', { body })
  return (answer.body as { policy: { policy_id: string } }).policy.policy_id
}

function change(what: 'attach' | 'detach', policyId: string, kind: Kind, id = holders[kind]): Promise<Answer> {
  return api.call('POST', `/v5/policies/${policyId}/${what}-${kind}`, { body: { [`${kind}_id`]: id } })
}

interface Entities {
  readonly policy_users: readonly { user_id: string }[]
  readonly policy_groups: readonly { group_id: string }[]
  readonly policy_agencies: readonly { agency_id: string }[]
  readonly page_info: { readonly current_count: number; readonly next_marker?: string }
}

async function entitiesOf(policyId: string, query = ''): Promise<Entities> {
  const answer = await api.call('GET', `/v5/policies/${policyId}/attached-entities${query}`)
  assertDeclared('ListEntitiesForPolicyV5', answer)
  return answer.body as Entities
}

async function countOf(policyId: string): Promise<number> {
  const answer = await api.call('GET', `/v5/policies/${policyId}`)
  return (answer.body as { policy: { attachment_count: number } }).policy.attachment_count
}

describe('an identity policy is attached', () => {
  for (const [kind, title, plural] of KINDS) {
    it(`to a ${kind}, listed on both sides, once, and detached again`, async () => {
      const policyId = await createPolicy()
      const attached = await change('attach', policyId, kind)
      assert.deepEqual([attached.status, attached.text], [200, ''])
      const again = await change('attach', policyId, kind)
      assert.equal(again.status, 409)
      assertDeclared(`Attach${title}PolicyV5`, again)
      assert.equal(await countOf(policyId), 1)
      const listed = await api.call('GET', `/v5/${plural}/${holders[kind]}/attached-policies`)
      assertDeclared(`ListAttached${title}PoliciesV5`, listed)
      const { attached_policies } = listed.body as { attached_policies: readonly { policy_id: string }[] }
      assert.ok(attached_policies.some(({ policy_id }) => policy_id === policyId))
      assert.equal((await entitiesOf(policyId)).page_info.current_count, 1)

      assert.equal((await change('detach', policyId, kind)).status, 200)
      const gone = await change('detach', policyId, kind)
      assert.equal(gone.status, 404)
      assertDeclared(`Detach${title}PolicyV5`, gone)
      assert.equal(await countOf(policyId), 0)
    })
  }

  it('exactly once when it is attached many times at once', async () => {
    const policyId = await createPolicy()
    const answers = await Promise.all(Array.from({ length: 5 }, () => change('attach', policyId, 'group')))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409])
  })

  it('and then not deleted: 409, until nobody has it', async () => {
    const policyId = await createPolicy()
    await change('attach', policyId, 'agency')
    const refused = await api.call('DELETE', `/v5/policies/${policyId}`)
    assert.equal(refused.status, 409)
    assertDeclared('DeletePolicyV5', refused)
    assert.equal((await entitiesOf(policyId)).page_info.current_count, 1)
    await change('detach', policyId, 'agency')
    assert.equal((await api.call('DELETE', `/v5/policies/${policyId}`)).status, 200)
  })

  it('or deleted first, but never both when the two come at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const policyId = await createPolicy()
      const [attached, deleted] = await Promise.all([
        change('attach', policyId, 'user'),
        api.call('DELETE', `/v5/policies/${policyId}`),
      ])
      const statuses = `${attached.status} ${deleted.status}`
      assert.ok(['200 409', '404 200'].includes(statuses), statuses)
    }
  })

  it('and shown by kind and page by page', async () => {
    const policyId = await createPolicy()
    for (const [kind] of KINDS) await change('attach', policyId, kind)
    const groups = await entitiesOf(policyId, '?entity_type=group')
    assert.deepEqual(
      [groups.policy_users, groups.policy_agencies, groups.policy_groups.map(({ group_id }) => group_id)],
      [[], [], [holders.group]],
    )
    const first = await entitiesOf(policyId, '?limit=2')
    assert.equal(first.page_info.current_count, 2)
    const second = await entitiesOf(policyId, `?limit=2&marker=${first.page_info.next_marker}`)
    assert.deepEqual(second.page_info, { current_count: 1 })
  })

  it('to nobody who is not there, or is of another account: the two answers are the same', async () => {
    const policyId = await createPolicy()
    const foreign: Readonly<Record<Kind, string>> = {
      user: stranger.userId,
      group: await insertGroup(api.db, stranger.domainId),
      agency: await insertAgency(api.db, stranger.domainId),
    }
    for (const [kind, title, plural] of KINDS) {
      const missing = newId()
      for (const what of ['attach', 'detach'] as const) {
        const ofStranger = await change(what, policyId, kind, foreign[kind])
        assert.equal(ofStranger.status, 404)
        assertDeclared(`Attach${title}PolicyV5`, ofStranger)
        const ofNobody = await change(what, policyId, kind, missing)
        assert.equal(codeOf(ofStranger).replace(foreign[kind], ''), codeOf(ofNobody).replace(missing, ''))
      }
      const listed = await api.call('GET', `/v5/${plural}/${foreign[kind]}/attached-policies`)
      assert.equal(listed.status, 404)
    }
    assert.equal(await countOf(policyId), 0)
  })

  it('when the request says to whom', async () => {
    const policyId = await createPolicy()
    for (const body of [{}, { user_id: '' }, { user_id: 'a b' }, { user_id: 7 }]) {
      const answer = await api.call('POST', `/v5/policies/${policyId}/attach-user`, { body })
      assert.equal(answer.status, 400, answer.text)
      assertDeclared('AttachUserPolicyV5', answer)
    }
  })
})

function codeOf({ body }: Answer): string {
  const { error_code, error_msg } = body as { error_code: string; error_msg: string }
  return `${error_code} ${error_msg}`
}

describe('what is attached goes', () => {
  it('with the user that had it', async () => {
    const policyId = await createPolicy()
    const { id } = await insertTestUser(api, api.world.domain.id, 'leaving')
    await change('attach', policyId, 'user', id)
    await api.db.deleteFrom('iam.access_key').where('user_id', '=', id).execute()
    await api.db.deleteFrom('iam.user').where('id', '=', id).execute()
    assert.equal(await countOf(policyId), 0)
    assert.equal((await api.call('DELETE', `/v5/policies/${policyId}`)).status, 200)
  })
})
