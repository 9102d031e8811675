import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Answer, type TestApi, testApi } from '../../testing/api.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { newId } from '../grants/policy.ts'
import { identityDocument, insertGroup } from '../grants/test-subjects.ts'
import { type Foreign, insertForeign } from './test-agencies.ts'

let api: TestApi
let foreign: Foreign
let user: TestUser
before(async () => {
  api = await testApi()
  foreign = await insertForeign(api)
  await api.db.updateTable('iam.agency').set({ path: 'desk/' }).where('id', '=', foreign.agencyId).execute()
})
after(() => api[Symbol.asyncDispose]())
beforeEach(async () => {
  user = await insertTestUser(api, api.world.domain.id, `user-${newId().slice(0, 8)}`)
})

const ACTIONS = ['iam:agencies:assume', 'sts:agencies:assume']
const urn = () => `iam::${foreign.account.domain.id}:agency:desk/helpdesk`

async function done(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await api.call(method, path, body === undefined ? {} : { body })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer
}

async function give(...statements: readonly object[]): Promise<void> {
  const body = { policy_name: `p-${newId()}`, policy_document: identityDocument(...statements) }
  const made = (await done('POST', '/v5/policies', body)).body as { policy: { policy_id: string } }
  await done('POST', `/v5/policies/${made.policy.policy_id}/attach-user`, { user_id: user.id })
}

const byUrn = (agency_urn = urn()) =>
  api.call('POST', '/v5/agencies/assume', {
    sign: user.access_key,
    body: { agency_urn, agency_session_name: 'night-shift' },
  })

function byName(named: object = { domain_name: 'partner' }): Promise<Answer> {
  const identity = { methods: ['assume_role'], assume_role: { agency_name: 'helpdesk', ...named } }
  return api.call('POST', '/v3/auth/tokens', { sign: user.access_key, body: { auth: { identity } } })
}

const statuses = async () => [(await byUrn()).status, (await byName()).status]

describe('the permission to assume an agency', () => {
  it('is about the URN of the agency, in its own account and with its path', async () => {
    await give({ Effect: 'Allow', Action: ACTIONS, Resource: [urn()] })
    assert.deepEqual(await statuses(), [200, 201])
  })

  it('is taken by a Deny on that URN, in both generations', async () => {
    await give({ Effect: 'Allow', Action: ACTIONS }, { Effect: 'Deny', Action: ACTIONS, Resource: [urn()] })
    assert.deepEqual(await statuses(), [403, 403])
  })

  it('is taken by a Deny on resources of that account', async () => {
    const Condition = { StringEquals: { 'g:ResourceAccount': [foreign.account.domain.id] } }
    await give({ Effect: 'Allow', Action: ACTIONS }, { Effect: 'Deny', Action: ACTIONS, Condition })
    assert.deepEqual(await statuses(), [403, 403])
  })

  it('is not given by an agency of that name in the own account', async () => {
    const Resource = ['iam', 'sts'].flatMap((service) =>
      ['helpdesk', 'desk/helpdesk'].map((path) => `${service}::${api.world.domain.id}:agency:${path}`),
    )
    await give({ Effect: 'Allow', Action: ACTIONS, Resource })
    assert.deepEqual(await statuses(), [403, 403])
  })

  it('is of no use with another path than that of the agency', async () => {
    await give({ Effect: 'Allow', Action: ACTIONS })
    assert.equal((await byUrn()).status, 200)
    for (const path of ['', 'other/', 'desk/desk/']) {
      const answer = await byUrn(`iam::${foreign.account.domain.id}:agency:${path}helpdesk`)
      assert.deepEqual([answer.status, /There is no agency/.test(answer.text)], [403, true], answer.text)
    }
  })

  it('is given by the id of the agency, and by its name in place of that not', async () => {
    const groupId = await insertGroup(api.db, api.world.domain.id, [user.id])
    const grant = async (id: string) => {
      const Statement = [
        { Effect: 'Allow', Action: ['iam:agencies:assume'], Resource: { uri: [`/iam/agencies/${id}`] } },
      ]
      const display_name = `may-${newId()}`
      const role = { display_name, type: 'AX', description: 'd', policy: { Version: '1.1', Statement } }
      const made = (await done('POST', '/v3.0/OS-ROLE/roles', { role })).body as { role: { id: string } }
      await done('PUT', `/v3/domains/${api.world.domain.id}/groups/${groupId}/roles/${made.role.id}`)
    }
    await grant('helpdesk')
    assert.equal((await byName()).status, 403)
    await grant(foreign.agencyId)
    assert.equal((await byName()).status, 201)
  })

  it('is refused without a word about an agency that is open, closed or not there', async () => {
    const closed = await insertForeign(api, 'closed')
    const { id } = closed.account.domain
    await api.db.updateTable('iam.agency').set({ trust_domain_id: id }).where('id', '=', closed.agencyId).execute()
    const answer = await byName({ domain_name: 'closed' })
    assert.equal(answer.status, 403)
    assert.ok(!answer.text.includes(id), answer.text)
    const nobody = await byName({ domain_name: 'nobody' })
    assert.equal(nobody.text.replaceAll('nobody', 'closed'), answer.text)
    const open = await byName()
    assert.equal(open.text.replaceAll('partner', 'closed'), answer.text)
  })
})
