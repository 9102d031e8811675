import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { listGrants } from '../grants/grant.view.ts'
import { secretContext } from '../identity/account.service.ts'
import { findAccessKey } from '../identity/identity.store.ts'
import { checkPassword } from '../identity/password.ts'
import { EVERYTHING, readRows, SECRETS, type TestBootstrap, testBootstrap } from './test-bootstrap.ts'

describe('a bootstrap file on an empty installation', () => {
  let test: TestBootstrap
  let changes: readonly string[]
  before(async () => {
    test = await testBootstrap()
    changes = await test.apply(EVERYTHING)
  })
  after(() => test[Symbol.asyncDispose]())

  it('says each thing that it made, in a line without secrets', () => {
    const expected = [
      'created account acme',
      'created account partner',
      'created project acme/local-1',
      'created project acme/local-1_test',
      'created enterprise project acme/factory',
      'created enterprise project acme/closed',
      'created policy acme/update-session-ips',
      'created policy acme/List servers',
      'created policy acme/Manage users',
      'created user acme/root',
      'created user acme/ops-anna',
      'created access key ANNAKEY0123456789AB of user acme/ops-anna',
      'created user acme/viewer-bo',
      'created group acme/operators',
      'added user ops-anna to group acme/operators',
      'added user root to group acme/operators',
      'created agency acme/support',
      'attached policy update-session-ips to user acme/ops-anna',
      'attached policy update-session-ips to group acme/operators',
      'attached policy update-session-ips to agency acme/support',
      'granted to user acme/ops-anna: List servers, in enterprise project factory',
      'granted to group acme/operators: Workspace FullAccess, in project local-1',
      'granted to group acme/operators: Tenant Guest, in all projects',
      'granted to group acme/operators: Manage users, for global services',
      'granted to group acme/operators: List servers, in enterprise project default',
      'granted to agency acme/support: Tenant Guest, in project local-1_test',
      'created user partner/root',
    ]
    assert.deepEqual(changes, expected)
    for (const secret of Object.values(SECRETS)) assert.ok(!changes.join('\n').includes(secret))
  })

  it('makes users with their passwords, their state and the owner', async () => {
    const { db } = test.database
    const columns = ['u.name', 'u.is_owner', 'u.enabled', 'u.description', 'u.password_hash'] as const
    const query = db.selectFrom('iam.user as u').innerJoin('iam.domain as d', 'd.id', 'u.domain_id').select(columns)
    const rows = await query.where('d.name', '=', 'acme').orderBy('u.name').execute()
    assert.deepEqual(
      rows.map(({ password_hash: _, ...row }) => row),
      [
        { name: 'ops-anna', is_owner: false, enabled: true, description: 'on call' },
        { name: 'root', is_owner: true, enabled: true, description: '' },
        { name: 'viewer-bo', is_owner: false, enabled: false, description: '' },
      ],
    )
    const secrets = [SECRETS.ANNA, SECRETS.ROOT, SECRETS.BO]
    for (const [index, { password_hash }] of rows.entries()) {
      assert.ok(await checkPassword(secrets[index] ?? '', password_hash ?? undefined))
    }
  })

  it('seals the secret of a key', async () => {
    const key = await findAccessKey(test.database.db, 'ANNAKEY0123456789AB')
    assert.equal(key?.identity.userName, 'ops-anna')
    assert.equal(test.keyring.secrets.open(key?.secretSealed ?? '', secretContext('ANNAKEY0123456789AB')), SECRETS.KEY)
  })

  it('puts in force what it grants', async () => {
    const { db } = test.database
    const { id } = await db.selectFrom('iam.user').select('id').where('name', '=', 'ops-anna').executeTakeFirstOrThrow()
    const projects = await db.selectFrom('iam.project').select(['id', 'name']).execute()
    const eps = await db.selectFrom('iam.enterprise_project').select(['id', 'name']).execute()
    const idOf = (rows: readonly { id: string; name: string }[], name: string) =>
      rows.find((one) => one.name === name)?.id
    const held = await listGrants(db, { kind: 'user', userId: id, projectId: null, outsideRoles: [] })
    assert.deepEqual(
      held.map(({ name, scope }) => JSON.stringify([name, scope])).sort(),
      [
        ['List servers', { enterpriseProject: '0' }],
        ['List servers', { enterpriseProject: idOf(eps, 'factory') }],
        ['Manage users', 'global'],
        ['Tenant Guest', 'all'],
        ['Workspace FullAccess', { project: idOf(projects, 'local-1') }],
        ['update-session-ips', undefined],
      ]
        .map((one) => JSON.stringify(one))
        .sort(),
    )
  })

  it('makes agencies, and projects inside the one of the region', async () => {
    const { db } = test.database
    const agency = await db.selectFrom('iam.agency').selectAll().executeTakeFirstOrThrow()
    const partner = await db
      .selectFrom('iam.domain')
      .select('id')
      .where('name', '=', 'partner')
      .executeTakeFirstOrThrow()
    assert.deepEqual([agency.name, agency.trust_domain_id, agency.max_session_seconds], ['support', partner.id, 1800])
    const { rows } = await sql<{ name: string; parent: string | null }>`
      SELECT p.name, r.name AS parent FROM iam.project AS p LEFT JOIN iam.project AS r ON r.id = p.parent_id ORDER BY 1`.execute(
      db,
    )
    assert.deepEqual(rows, [
      { name: 'local-1', parent: null },
      { name: 'local-1_test', parent: 'local-1' },
    ])
  })

  it('takes the type of an older policy from its actions', async () => {
    const query = test.database.db.selectFrom('iam.policy').select(['display_name', 'model', 'type'])
    assert.deepEqual(await query.where('domain_id', 'is not', null).orderBy('display_name').execute(), [
      { display_name: 'List servers', model: 'policy', type: 'XA' },
      { display_name: 'Manage users', model: 'policy', type: 'AX' },
      { display_name: 'update-session-ips', model: 'identity', type: 'AA' },
    ])
  })

  it('gives the same ids in two installations', async () => {
    await using other = await testBootstrap()
    await other.apply(EVERYTHING)
    const ids = async ({ database }: TestBootstrap) => {
      const { rows } = await sql<{ row: string }>`
        SELECT 'domain ' || name || ' ' || id AS row FROM iam.domain UNION SELECT 'project ' || name || ' ' || id FROM iam.project
        UNION SELECT 'user ' || name || ' ' || id FROM iam.user UNION SELECT 'group ' || name || ' ' || id FROM iam.group
        UNION SELECT 'agency ' || name || ' ' || id FROM iam.agency UNION SELECT 'policy ' || name || ' ' || id FROM iam.policy
        UNION SELECT 'ep ' || name || ' ' || id FROM iam.enterprise_project ORDER BY 1`.execute(database.db)
      return rows
    }
    assert.deepEqual(await ids(other), await ids(test))
  })
})

describe('the same file again', () => {
  let test: TestBootstrap
  beforeEach(async () => {
    test = await testBootstrap()
  })
  const applyOnce = () => test.apply(EVERYTHING)

  it('writes no row, and announces nothing', async () => {
    await using _ = test
    await applyOnce()
    const rows = await readRows(test.database)
    assert.ok(rows.length > 40)
    const heard: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const subscription = await test.database.listen('iam', (payload) => {
      heard.push(payload)
      if (payload === 'end') resolve()
    })
    assert.deepEqual(await applyOnce(), [])
    assert.deepEqual(await readRows(test.database), rows)
    await sql`SELECT pg_notify('iam', 'end')`.execute(test.database.db)
    await promise
    await subscription.close()
    assert.deepEqual(heard, ['', 'end'])
  })

  it('by two replicas at the same time is done by one and found by the other', async () => {
    await using _ = test
    const both = await Promise.all([applyOnce(), applyOnce()])
    assert.deepEqual(both.map(({ length }) => length > 0).sort(), [false, true])
    assert.deepEqual(await applyOnce(), [])
  })

  it('is a rehearsal with dryRun: the same lines, and nothing written', async () => {
    await using _ = test
    const rows = await readRows(test.database)
    const rehearsed = await test.apply(EVERYTHING, { dryRun: true })
    assert.deepEqual(await readRows(test.database), rows)
    assert.deepEqual(rehearsed, await applyOnce())
  })

  it('without its lists leaves what was in them', async () => {
    await using _ = test
    await applyOnce()
    assert.deepEqual(
      await test.apply(`accounts:
  - name: acme
    owner: { name: root }
    users: [{ name: ops-anna }]
    groups: [{ name: operators }]
    agencies: [{ name: support, trust_account: partner }]
`),
      [],
    )
  })
})
