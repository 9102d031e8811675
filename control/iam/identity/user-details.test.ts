import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { testApi } from '../../testing/api.ts'
import { insertTestUser } from '../../testing/identity.ts'
import { freshName, goodPassword, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

interface User {
  readonly id: string
  readonly name: string
  readonly [member: string]: unknown
}

async function newUser(members: object = {}): Promise<User> {
  const user = { name: freshName('person'), domain_id: ids.domainId, ...members }
  return (await ids.give<{ user: User }>('CreateUser', { body: { user } })).user
}

describe('a user with all its details', () => {
  it('is shown as it was made', async () => {
    const facts = {
      email: 'ann@example.com',
      areacode: '0086',
      phone: '5550123',
      enabled: true,
      pwd_status: false,
      xuser_id: 'ann-7',
      xuser_type: 'TenantIdp',
      access_mode: 'programmatic',
      description: 'of @ test',
    }
    const user = await newUser({ ...facts, password: goodPassword() })
    assert.partialDeepStrictEqual(user, { ...facts, is_domain_owner: false, domain_id: ids.domainId })
    assert.match(String(user.create_time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    const shown = await ids.give<{ user: User }>('ShowUser', { params: { user_id: user.id } })
    assert.deepEqual(shown.user, user)
  })

  it('has to change a password that somebody else gave it, unless told otherwise', async () => {
    assert.equal((await newUser({ password: goodPassword() })).pwd_status, true)
    assert.equal((await newUser({ password: goodPassword(), pwd_status: false })).pwd_status, false)
    assert.equal((await newUser()).pwd_status, false)
  })

  it('is changed in what is said, emptied where that is empty, and keeps the rest', async () => {
    const user = await newUser({ email: 'a@b.c', areacode: '0049', phone: '123', description: 'x', xuser_id: 'y' })
    const params = { user_id: user.id }
    const { user: changed } = await ids.give<{ user: User }>('UpdateUser', {
      params,
      body: { user: { areacode: '', phone: '', description: '', access_mode: 'console' } },
    })
    assert.deepEqual(changed, { ...user, areacode: '', phone: '', description: '', access_mode: 'console' })
  })

  it('is shown to itself without any permission', async () => {
    const params = { user_id: ids.plain.id }
    for (const operation of ['ShowUser', 'KeystoneShowUser', 'KeystoneListGroupsForUser']) {
      await ids.ask(operation, { params, as: ids.plain.access_key, status: 200 })
    }
  })

  const REFUSALS: readonly (readonly [name: string, code: string, members: object])[] = [
    ['a phone without a country code', '1106', { phone: '123' }],
    ['a country code without a phone', '1106', { areacode: '0049' }],
    ['a password with the phone in it', '1103', { areacode: '0049', phone: '5550123', password: 'Ab5550123' }],
    ['a password with the address in it', '1103', { email: 'a@b.cd', password: 'xA@B.CDx1' }],
    ['a phone with letters', 'IAM.0011', { areacode: '0049', phone: '12a' }],
    ['an address that is none', 'IAM.0011', { email: 'ann' }],
    ['an access mode that is none', 'IAM.0011', { access_mode: 'all' }],
    ['an id outside that is too long', 'IAM.0011', { xuser_id: 'x'.repeat(129) }],
  ]
  for (const [name, code, members] of REFUSALS) {
    it(`is refused ${name}, when it is made and when it is changed`, async () => {
      const user = { name: freshName('refused'), domain_id: ids.domainId, ...members }
      assert.equal(refusalOf(await ids.ask('CreateUser', { body: { user }, status: 400 })).code, code)
      const { id } = await newUser()
      const change = { params: { user_id: id }, body: { user: members }, status: 400 }
      assert.equal(refusalOf(await ids.ask('UpdateUser', change)).code, code)
    })
  }

  it('is refused the password that it has', async () => {
    const password = goodPassword()
    const { id } = await newUser({ password })
    const answer = await ids.ask('UpdateUser', { params: { user_id: id }, body: { user: { password } }, status: 400 })
    assert.equal(refusalOf(answer).code, '1108')
  })
})

describe("a user's own data", () => {
  it('are changed by itself: address and phone', async () => {
    const user = { email: 'plain@example.com', mobile: '0852-123456789' }
    const params = { user_id: ids.plain.id }
    await ids.ask('UpdateUserInformation', { params, body: { user }, as: ids.plain.access_key, status: 204 })
    const { user: shown } = await ids.give<{ user: User }>('ShowUser', { params })
    assert.deepEqual([shown.email, shown.areacode, shown.phone], ['plain@example.com', '0852', '123456789'])
    const body = { user: { mobile: '' } }
    await ids.ask('UpdateUserInformation', { params, body, as: ids.plain.access_key, status: 204 })
    const { user: again } = await ids.give<{ user: User }>('ShowUser', { params })
    assert.deepEqual([again.email, again.areacode, again.phone], ['plain@example.com', '', ''])
  })

  it('are changed by nobody else, not even the owner; other accounts and unknown users are answered the same', async () => {
    const asked = [ids.plain.id, ids.stranger.owner.id, 'nobody'].flatMap((user_id) => [
      ids.ask('UpdateUserInformation', { params: { user_id }, body: { user: { email: 'a@b.c' } }, status: 403 }),
      ids.ask('KeystoneUpdateUserPassword', {
        params: { user_id },
        body: { user: { password: goodPassword(), original_password: 'x' } },
        status: 403,
      }),
    ])
    const said = new Set((await Promise.all(asked)).map((answer) => refusalOf(answer).message))
    assert.equal(said.size, 1)
  })
})

describe('the own password', () => {
  const change = (as: Awaited<ReturnType<typeof insertTestUser>>, original: string, password: string) =>
    ids.ask('KeystoneUpdateUserPassword', {
      params: { user_id: as.id },
      body: { user: { original_password: original, password } },
      as: as.access_key,
    })
  const newPerson = () => insertTestUser(ids.api, ids.domainId, freshName('self'))

  it('is changed by who knows it, which ends the tokens of before', async () => {
    const person = await newPerson()
    const start = Date.now()
    const password = goodPassword()
    assert.equal((await change(person, person.password, password)).status, 204)
    const row = await ids.api.db
      .selectFrom('iam.user')
      .select('credentials_at')
      .where('id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.ok(row.credentials_at.getTime() >= start)
    assert.equal((await change(person, person.password, goodPassword())).status, 401)
    assert.equal((await change(person, password, goodPassword())).status, 204)
  })

  it('is not changed by who does not know it, to itself, or to one that breaks the rules', async () => {
    const person = await newPerson()
    assert.equal((await change(person, 'wrong', goodPassword())).status, 401)
    const same = await change(person, person.password, person.password)
    assert.deepEqual([same.status, /one it has already/.test(refusalOf(same).message)], [400, true])
    assert.equal((await change(person, person.password, 'abc')).status, 400)
    assert.equal((await change(person, person.password, goodPassword())).status, 204)
  })

  it('is changed once when several who know it change it at the same moment', async () => {
    const person = await newPerson()
    const answers = await Promise.all(Array.from({ length: 4 }, () => change(person, person.password, goodPassword())))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 401, 401, 401])
  })

  it('cannot be changed where there is none', async () => {
    const person = await newPerson()
    await ids.api.db.updateTable('iam.user').set({ password_hash: null }).where('id', '=', person.id).execute()
    assert.equal((await change(person, person.password, goodPassword())).status, 401)
  })
})
