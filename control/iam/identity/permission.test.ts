import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { IDENTITY_OPERATIONS } from '../../../contract/operations/iam/identity.ts'
import { testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { type Ask, freshName, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
/** Ids of what the account has; every place of a path has one. */
let own: Readonly<Record<string, string>>
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
  const other = await insertTestUser(ids.api, ids.domainId, 'other')
  const { group } = await ids.give<{ group: { id: string } }>('KeystoneCreateGroup', { body: { group: { name: 'g' } } })
  const agency = { name: 'a', domain_id: ids.domainId, trust_domain_id: ids.domainId }
  const made = await ids.give<{ agency: { id: string } }>('CreateAgency', { body: { agency } })
  const eps = await ids.give<{ enterprise_project: { id: string } }>('CreateEnterpriseProject', { body: { name: 'e' } })
  own = {
    user_id: other.id,
    access_key: other.access_key.access,
    access_key_id: other.access_key.access,
    group_id: group.id,
    agency_id: made.agency.id,
    enterprise_project_id: eps.enterprise_project.id,
    project_id: ids.api.world.project.id,
    domain_id: ids.domainId,
  }
})
after(() => ids[Symbol.asyncDispose]())

/** A body that is right, for each operation that takes one. */
const BODIES: Readonly<Record<string, () => unknown>> = {
  KeystoneCreateProject: () => ({ project: { name: 'local-1_x' } }),
  KeystoneUpdateProject: () => ({ project: { description: 'x' } }),
  KeystoneCreateUser: () => ({ user: { name: freshName('u') } }),
  KeystoneUpdateUserByAdmin: () => ({ user: { description: 'x' } }),
  CreateUser: () => ({ user: { name: freshName('u'), domain_id: ids.domainId } }),
  UpdateUser: () => ({ user: { description: 'x' } }),
  CreateUserV5: () => ({ name: freshName('u'), enabled: true }),
  UpdateUserV5: () => ({ new_description: 'x' }),
  KeystoneCreateGroup: () => ({ group: { name: freshName('g') } }),
  KeystoneUpdateGroup: () => ({ group: { description: 'x' } }),
  CreateGroupV5: () => ({ group_name: freshName('g') }),
  UpdateGroupV5: () => ({ new_group_description: 'x' }),
  AddUserToGroupV5: () => ({ user_id: own.user_id }),
  RemoveUserFromGroupV5: () => ({ user_id: own.user_id }),
  CreatePermanentAccessKey: () => ({ credential: { user_id: own.user_id } }),
  UpdatePermanentAccessKey: () => ({ credential: { description: 'x' } }),
  UpdateAccessKeyV5: () => ({ status: 'active' }),
  CreateAgency: () => ({ agency: { name: 'x', domain_id: ids.domainId, trust_domain_id: ids.domainId } }),
  UpdateAgency: () => ({ agency: { description: 'x' } }),
  CreateAgencyV5: () => ({ agency_name: 'x', trust_policy: '{}' }),
  UpdateAgencyV5: () => ({ description: 'x' }),
  CreateEnterpriseProject: () => ({ name: 'x' }),
  UpdateEnterpriseProject: () => ({ name: 'x' }),
  EnableEnterpriseProject: () => ({ action: 'enable' }),
}

/** A right request about what the account has. */
function rightAsk({ id, body }: (typeof IDENTITY_OPERATIONS)[number]): Ask {
  const query = id === 'ListPermanentAccessKeys' ? { user_id: own.user_id ?? '' } : {}
  if (body === null) return { params: own, query }
  const make = BODIES[id]
  assert.ok(make, `${id} needs a right body in this test`)
  return { params: own, query, body: make() }
}

const ASKED = IDENTITY_OPERATIONS.filter(({ permission }) => permission !== null)
/** Those about something that is named in the path. */
const ABOUT = ASKED.filter(({ path }) => path.includes('{'))

/** The tables that these operations write. */
async function rows(): Promise<string> {
  const { db } = ids.api
  const all = await Promise.all([
    db.selectFrom('iam.user').selectAll().orderBy('id').execute(),
    db.selectFrom('iam.group').selectAll().orderBy('id').execute(),
    db.selectFrom('iam.group_member').selectAll().orderBy('user_id').execute(),
    db.selectFrom('iam.access_key').selectAll().orderBy('access_key').execute(),
    db.selectFrom('iam.agency').selectAll().orderBy('id').execute(),
    db.selectFrom('iam.enterprise_project').selectAll().orderBy('id').execute(),
    db.selectFrom('iam.project').selectAll().orderBy('id').execute(),
  ])
  return JSON.stringify(all)
}

describe('a user without permission', () => {
  for (const operation of ASKED) {
    it(`is refused ${operation.id}, with its action, and changes nothing`, async () => {
      const before = await rows()
      const answer = await ids.ask(operation.id, { ...rightAsk(operation), as: ids.plain.access_key, status: 403 })
      if (operation.method !== 'HEAD') assert.ok(answer.text.includes(operation.permission?.action ?? '-'), answer.text)
      assert.equal(await rows(), before)
    })
  }

  for (const operation of ABOUT) {
    it(`learns by ${operation.id} nothing of what is there: what is not is refused as well`, async () => {
      const params = Object.fromEntries(Object.keys(own).map((name) => [name, 'nowhere']))
      const none = await ids.ask(operation.id, {
        ...rightAsk(operation),
        params,
        as: ids.plain.access_key,
        status: 403,
      })
      const some = await ids.ask(operation.id, { ...rightAsk(operation), as: ids.plain.access_key, status: 403 })
      if (operation.method !== 'HEAD') assert.deepEqual(refusalOf(none), refusalOf(some))
    })
  }

  it('is refused to switch off with the action of switching off', async () => {
    const ask = { params: own, body: { action: 'disable' }, as: ids.plain.access_key, status: 403 }
    assert.match((await ids.ask('EnableEnterpriseProject', ask)).text, /eps:enterpriseProjects:disable/)
  })
})

describe('the owner of another account', () => {
  const unknown = () => Object.fromEntries(Object.keys(own).map((name) => [name, 'nowhere']))

  for (const operation of ABOUT) {
    it(`learns nothing of ours by ${operation.id}: it is as unknown as what is not there`, async () => {
      const before = await rows()
      const as = ids.stranger.owner.access_key
      const right = rightAsk(operation)
      const ours = await ids.ask(operation.id, { ...right, as, status: 404 })
      const none = await ids.ask(operation.id, { ...right, params: unknown(), as, status: 404 })
      if (operation.method !== 'HEAD') {
        const [first = '', second = ''] = [ours, none].map((answer) => refusalOf(answer).message)
        const asked = Object.values(own).reduce((text, id) => text.replaceAll(id, 'nowhere'), first)
        assert.equal(asked, second)
      }
      assert.equal(await rows(), before)
    })
  }

  it('makes no key for a user of ours, and lists none', async () => {
    const as = ids.stranger.owner.access_key
    const body = { credential: { user_id: own.user_id } }
    await ids.ask('CreatePermanentAccessKey', { body, as, status: 404 })
    await ids.ask('ListPermanentAccessKeys', { query: { user_id: own.user_id ?? '' }, as, status: 404 })
  })
})

describe('nobody', () => {
  for (const { id, method, path, authentication } of IDENTITY_OPERATIONS) {
    if (authentication === 'none') continue
    it(`is refused ${id}`, async () => {
      const place = path.replace(/\{\w+\}/g, 'x')
      assert.equal((await ids.api.call(method, place, { sign: false })).status, 401)
    })
  }
})
