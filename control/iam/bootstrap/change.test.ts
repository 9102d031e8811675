import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Clock } from '#kernel'
import { secretContext } from '../identity/account.service.ts'
import { findAccessKey, findIdentityBy } from '../identity/identity.store.ts'
import { hashPassword } from '../identity/password.ts'
import { EVERYTHING, SECRETS, type TestBootstrap, testBootstrap } from './test-bootstrap.ts'

let test: TestBootstrap
let now = new Date('2026-05-21T08:00:00Z')
const clock: Clock = { now: () => now }
beforeEach(async () => {
  now = new Date('2026-05-21T08:00:00Z')
  test = await testBootstrap(clock)
  await test.apply(EVERYTHING)
  now = new Date('2026-05-21T09:00:00Z')
})
afterEach(() => test[Symbol.asyncDispose]())

/** What one change of the text changes; afterwards the file is done. */
async function changesOf(from: string, to: string, environment: Record<string, string> = SECRETS) {
  assert.ok(EVERYTHING.includes(from), from)
  const text = EVERYTHING.replace(from, to)
  const changes = await test.apply(text, { environment })
  assert.deepEqual(await test.apply(text, { environment }), [])
  return changes
}

async function anna() {
  const found = await findIdentityBy(test.database.db, { name: 'ops-anna', domainName: 'acme' })
  assert.ok(found)
  return found
}

const BEFORE = new Date(0)

describe('a changed bootstrap file brings in line', () => {
  const CHANGES: readonly (readonly [from: string, to: string, ...says: readonly string[]])[] = [
    ['description: for trying', 'description: x', 'changed project acme/local-1_test: description'],
    ['name: closed, enabled: false', 'name: closed, enabled: true', 'changed enterprise project acme/closed: enabled'],
    ['halls 1 to 4', 'halls 1 to 5', 'changed enterprise project acme/factory: description'],
    ['description: on call', 'description: ""', 'changed user acme/ops-anna: description'],
    ['description: who may', 'description: who must', 'changed group acme/operators: description'],
    ['seconds: 1800', 'seconds: 900', 'changed agency acme/support: max_session_seconds'],
    ['trust_account: partner', 'trust_account: acme', 'changed agency acme/support: trust_account'],
    ['description: the main job', 'description: a job', 'changed policy acme/update-session-ips: description'],
    ['vpc:ports:update]', '"vpc:ports:*"]', 'changed policy acme/update-session-ips: v2 is in force'],
    ['[workspace:server:list]', '["workspace:*:list"]', 'changed policy acme/List servers: document'],
    ['users: [ops-anna, root]', 'users: [root]', 'removed user ops-anna from group acme/operators'],
  ]
  for (const [from, to, ...says] of CHANGES) {
    it(says[0] ?? from, async () => assert.deepEqual(await changesOf(from, to), says))
  }

  it('policies, which are exactly those listed', async () => {
    assert.deepEqual(
      await changesOf(
        '        policies: [update-session-ips]\n        grants: [{',
        '        policies: []\n        grants: [{',
      ),
      ['detached policy update-session-ips from user acme/ops-anna'],
    )
  })

  it('grants, which are exactly those listed, exactly there', async () => {
    const said = await changesOf(
      '{ policy: Tenant Guest, all_projects: true }',
      '{ policy: Tenant Guest, global: true }',
    )
    assert.deepEqual(said, [
      'granted to group acme/operators: Tenant Guest, for global services',
      'revoked from group acme/operators: Tenant Guest, in all projects',
    ])
  })

  it('names of what has an id', async () => {
    const { id } = await test.database.db.selectFrom('iam.group').select('id').executeTakeFirstOrThrow()
    const said = await changesOf('- name: operators', `- name: workers\n        id: ${id}`)
    assert.deepEqual(said, ['changed group acme/workers: name'])
  })
})

it('a policy of the account that is called like one of the system is not what a grant means', async () => {
  const { db } = test.database
  const { domain_id, id } = await db
    .selectFrom('iam.policy')
    .select(['domain_id', 'id'])
    .where('display_name', '=', 'List servers')
    .executeTakeFirstOrThrow()
  assert.ok(domain_id)
  await db.updateTable('iam.policy').set({ display_name: 'Tenant Guest' }).where('id', '=', id).execute()
  const text = EVERYTHING.replace(/ {6}- name: List servers\n(?: {8}.*\n)+/, '')
    .replace('        grants: [{ policy: List servers, enterprise_project: factory }]\n', '')
    .replace('          - { policy: List servers, enterprise_project: default }\n', '')
  assert.deepEqual(await test.apply(text), [
    'revoked from group acme/operators: Tenant Guest, in enterprise project default',
  ])
})

describe('tokens of a user', () => {
  it('are ended by a changed password', async () => {
    const said = await changesOf('ANNA', 'NEW', { ...SECRETS, NEW: 'Another-passw0rd' })
    assert.deepEqual(said, ['changed user acme/ops-anna: password'])
    assert.deepEqual((await anna()).credentialsAt, now)
  })

  it('are ended by being disabled', async () => {
    assert.deepEqual((await anna()).credentialsAt, BEFORE)
    await changesOf('description: on call', 'enabled: false')
    assert.deepEqual((await anna()).credentialsAt, now)
  })

  it('are ended by another secret of a key, which is sealed', async () => {
    const OTHER = 'another-secret-key-of-forty-characters-1'
    const said = await changesOf('KEY }', 'OTHER }', { ...SECRETS, OTHER })
    assert.deepEqual(said, ['changed access key ANNAKEY0123456789AB of user acme/ops-anna: secret'])
    const key = await findAccessKey(test.database.db, 'ANNAKEY0123456789AB')
    assert.equal(test.keyring.secrets.open(key?.secretSealed ?? '', secretContext('ANNAKEY0123456789AB')), OTHER)
    assert.deepEqual((await anna()).credentialsAt, now)
  })

  it('are not ended by the same password, whatever else changes', async () => {
    await changesOf('description: on call', 'description: x')
    await changesOf('users: [ops-anna, root]', 'users: []')
    assert.deepEqual((await anna()).credentialsAt, BEFORE)
  })

  it('a password that was changed through the API is that of the file again', async () => {
    const password_hash = await hashPassword('Of-her-own-1')
    await test.database.db.updateTable('iam.user').set({ password_hash }).where('name', '=', 'ops-anna').execute()
    assert.deepEqual(await test.apply(EVERYTHING), ['changed user acme/ops-anna: password'])
  })
})

describe('versions of an identity policy', () => {
  const withAction = (action: string) => EVERYTHING.replace('vpc:ports:update]', `${action}]`)
  const versions = async () => {
    const query = test.database.db
      .selectFrom('iam.policy_version as v')
      .innerJoin('iam.policy as p', 'p.id', 'v.policy_id')
    const rows = await query
      .select(['v.version', 'v.is_default'])
      .where('p.name', '=', 'update-session-ips')
      .orderBy('v.version')
      .execute()
    return rows.map(({ version, is_default }) => (is_default ? `v${version} in force` : `v${version}`))
  }

  it('are five at most: the oldest that is not in force goes', async () => {
    for (const port of ['a', 'b', 'c', 'd']) await test.apply(withAction(`vpc:ports:${port}`))
    assert.deepEqual(await versions(), ['v1', 'v2', 'v3', 'v4', 'v5 in force'])
    assert.deepEqual(await test.apply(withAction('vpc:ports:e')), [
      'deleted v1 of policy acme/update-session-ips',
      'changed policy acme/update-session-ips: v6 is in force',
    ])
    assert.deepEqual(await versions(), ['v2', 'v3', 'v4', 'v5', 'v6 in force'])
  })

  it('are taken up again when they say what the file says', async () => {
    await test.apply(withAction('vpc:ports:a'))
    assert.deepEqual(await test.apply(EVERYTHING), ['changed policy acme/update-session-ips: v1 is in force again'])
    assert.deepEqual(await versions(), ['v1 in force', 'v2'])
  })

  it('do not differ by the order of members', async () => {
    const turned = EVERYTHING.replace(
      /Statement:\n +- Effect: Allow\n +(Action: \[workspace:server:batch[^\n]*)/,
      'Statement: [{ $1, Effect: Allow }]',
    )
    assert.notEqual(turned, EVERYTHING)
    assert.deepEqual(await test.apply(turned), [])
  })
})
