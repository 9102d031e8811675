import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AccessKey, testApi } from '../../testing/api.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { freshName, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

interface Credential extends AccessKey {
  readonly [member: string]: unknown
}

/** Has one key already. */
const newPerson = () => insertTestUser(ids.api, ids.domainId, freshName('keeper'))

async function newKey(user: TestUser, as?: AccessKey): Promise<Credential> {
  const body = { credential: { user_id: user.id, description: 'of a test' } }
  const ask = as === undefined ? { body } : { body, as }
  return (await ids.give<{ credential: Credential }>('CreatePermanentAccessKey', ask)).credential
}

const signs = async (as: AccessKey) => (await ids.ask('KeystoneListAuthDomains', { as })).status === 200

describe('an access key', () => {
  it('signs, shows its secret this once, and has it sealed in the database', async () => {
    const person = await newPerson()
    const { access, secret, ...rest } = await newKey(person)
    assert.match(access, /^[A-Z0-9]{20}$/)
    assert.match(secret, /^[A-Za-z0-9]{40}$/)
    assert.ok(await signs({ access, secret }))
    const shown = await ids.give<{ credential: object }>('ShowPermanentAccessKey', { params: { access_key: access } })
    assert.deepEqual(shown.credential, { access, ...rest })
    assert.partialDeepStrictEqual(rest, { user_id: person.id, status: 'active', description: 'of a test' })
    assert.match(String(rest.create_time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    const row = await ids.api.db
      .selectFrom('iam.access_key')
      .selectAll()
      .where('access_key', '=', access)
      .executeTakeFirstOrThrow()
    assert.ok(!JSON.stringify(row).includes(secret))
    assert.ok(!JSON.stringify(ids.api.log.lines).includes(secret))
  })

  it('signs as long as it is active, and there is one', async () => {
    const key = await newKey(await newPerson())
    const params = { access_key: key.access }
    for (const status of ['inactive', 'active'] as const) {
      const body = { credential: { status } }
      const changed = await ids.give<{ credential: Credential }>('UpdatePermanentAccessKey', { params, body })
      assert.equal(changed.credential.status, status)
      assert.equal(await signs(key), status === 'active')
    }
    const body = { credential: { description: 'new' } }
    const { credential } = await ids.give<{ credential: Credential }>('UpdatePermanentAccessKey', { params, body })
    assert.deepEqual([credential.status, credential.description], ['active', 'new'])
    await ids.ask('DeletePermanentAccessKey', { params, status: 204 })
    assert.equal(await signs(key), false)
    await ids.ask('DeletePermanentAccessKey', { params, status: 404 })
    await ids.ask('ShowPermanentAccessKey', { params, status: 404 })
  })

  it('is one of two at most', async () => {
    const person = await newPerson()
    await newKey(person)
    const body = { credential: { user_id: person.id } }
    const answer = await ids.ask('CreatePermanentAccessKey', { body, status: 400 })
    assert.match(refusalOf(answer).message, /akSkNumExceed: the user has 2/)
    await ids.ask('CreateAccessKeyV5', { params: { user_id: person.id }, status: 400 })
  })

  it('is one of two at most when several are made at the same moment', async () => {
    const person = await newPerson()
    const params = { user_id: person.id }
    const answers = await Promise.all(Array.from({ length: 6 }, () => ids.ask('CreateAccessKeyV5', { params })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 400, 400, 400, 400, 400])
    const { credentials } = await ids.give<{ credentials: readonly unknown[] }>('ListPermanentAccessKeys', {
      query: { user_id: person.id },
    })
    assert.equal(credentials.length, 2)
  })

  it('goes with its user, also when it is made at the same moment', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { id: user_id } = await newPerson()
      const params = { user_id }
      const [made, deleted] = await Promise.all([
        ids.ask('CreateAccessKeyV5', { params }),
        ids.ask('DeleteUserV5', { params }),
      ])
      assert.ok([201, 404].includes(made.status), made.text)
      assert.equal(deleted.status, 204)
      const query = ids.api.db.selectFrom('iam.access_key').select('access_key').where('user_id', '=', user_id)
      assert.deepEqual(await query.execute(), [])
    }
  })

  it('is refused a change that changes nothing', async () => {
    const { access } = await newKey(await newPerson())
    for (const credential of [{}, { other: 1 }, { status: 'off' }]) {
      const params = { access_key: access }
      await ids.ask('UpdatePermanentAccessKey', { params, body: { credential }, status: 400 })
    }
  })
})

describe('an access key of the caller itself', () => {
  it('needs no permission, whatever is done with it', async () => {
    const person = await newPerson()
    const as = person.access_key
    const { access } = await newKey(person, as)
    const own = await ids.give<{ credentials: readonly Credential[] }>('ListPermanentAccessKeys', { as })
    assert.deepEqual(own.credentials.map((key) => key.access).sort(), [access, as.access].sort())
    const params = { access_key: access, user_id: person.id, access_key_id: access }
    await ids.ask('ShowPermanentAccessKey', { params, as, status: 200 })
    await ids.ask('UpdatePermanentAccessKey', { params, body: { credential: { status: 'inactive' } }, as, status: 200 })
    await ids.ask('UpdateAccessKeyV5', { params, body: { status: 'active' }, as, status: 200 })
    await ids.ask('ListAccessKeysV5', { params, as, status: 200 })
    await ids.ask('DeletePermanentAccessKey', { params, as, status: 204 })
    const { access_key } = await ids.give<{ access_key: { access_key_id: string } }>('CreateAccessKeyV5', {
      params,
      as,
    })
    const { access_key_id } = access_key
    await ids.ask('DeleteAccessKeyV5', { params: { ...params, access_key_id }, as, status: 204 })
  })

  it("is the caller's business alone: keys of others need the permission", async () => {
    const other = await newPerson()
    const as = ids.plain.access_key
    const params = { user_id: other.id, access_key: other.access_key.access, access_key_id: other.access_key.access }
    await ids.ask('CreatePermanentAccessKey', { body: { credential: { user_id: other.id } }, as, status: 403 })
    await ids.ask('ListPermanentAccessKeys', { query: { user_id: other.id }, as, status: 403 })
    await ids.ask('ShowPermanentAccessKey', { params, as, status: 403 })
    await ids.ask('DeletePermanentAccessKey', { params, as, status: 403 })
    await ids.ask('CreateAccessKeyV5', { params, as, status: 403 })
    await ids.ask('ListAccessKeysV5', { params, as, status: 403 })
    await ids.ask('DeleteAccessKeyV5', { params, as, status: 403 })
    assert.ok(await signs(other.access_key))
  })
})

describe('the keys of a user in the newer generation', () => {
  it('come in pages', async () => {
    const person = await newPerson()
    const second = await newKey(person)
    const params = { user_id: person.id }
    const found: string[] = []
    let marker: string | undefined
    do {
      const query = marker === undefined ? { limit: 1 } : { limit: 1, marker }
      const { access_keys, page_info } = await ids.give<{
        access_keys: readonly { access_key_id: string }[]
        page_info: { next_marker?: string }
      }>('ListAccessKeysV5', { params, query })
      found.push(...access_keys.map((key) => key.access_key_id))
      marker = page_info.next_marker
    } while (marker !== undefined)
    assert.deepEqual(found, [person.access_key.access, second.access].sort())
  })

  it('are those of that user: a key of another is not found under it', async () => {
    const [one, other] = [await newPerson(), await newPerson()]
    const params = { user_id: one.id, access_key_id: other.access_key.access }
    await ids.ask('UpdateAccessKeyV5', { params, body: { status: 'inactive' }, status: 404 })
    await ids.ask('DeleteAccessKeyV5', { params, status: 404 })
    assert.ok(await signs(other.access_key))
  })
})
