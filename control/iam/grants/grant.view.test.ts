import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Db, Trx } from '#db'
import type { Principal } from '#http'
import { systemClock } from '#kernel'
import { type TestDatabase, testDatabase } from '../../testing/database.ts'
import { type Grant, SYSTEM_POLICIES } from '../policy/index.ts'
import { insertAttachment } from './attachment.store.ts'
import { type GrantPlace, insertGrant } from './grant.store.ts'
import { listGrants } from './grant.view.ts'
import { insertPolicy } from './policy.store.ts'
import { newId } from './policy.ts'
import type { SubjectKind } from './subject.view.ts'
import { ensureSystemPolicies } from './system-policy.service.ts'
import { insertAgency, insertEnterpriseProject, insertGroup } from './test-subjects.ts'

let database: TestDatabase
let db: Db
const domainId = newId()
const projectId = newId()
before(async () => {
  database = await testDatabase()
  db = database.db
  await ensureSystemPolicies(db, systemClock)
  const created_at = new Date()
  await db.insertInto('iam.domain').values({ id: domainId, name: 'account', created_at }).execute()
  await db
    .insertInto('iam.project')
    .values({ id: projectId, domain_id: domainId, name: 'local-1', enabled: true, created_at })
    .execute()
})
after(() => database[Symbol.asyncDispose]())

async function insertUser(name: string): Promise<string> {
  const id = newId()
  await db.insertInto('iam.user').values({ id, domain_id: domainId, name, created_at: new Date() }).execute()
  return id
}

async function insertNamed(name: string, model: 'policy' | 'identity'): Promise<string> {
  const id = newId()
  const document = JSON.stringify({
    Version: model === 'policy' ? '1.1' : '5.0',
    Statement: [{ Effect: 'Allow', Action: ['workspace:server:list'] }],
  })
  await db.transaction().execute((trx: Trx) =>
    insertPolicy(trx, {
      ...{ id, domainId, model, name, displayName: name, type: 'XA', catalog: 'CUSTOMED', path: '', description: '' },
      ...{ descriptionCn: '', createdAt: new Date(), document },
    }),
  )
  return id
}

type Subject = readonly [SubjectKind, string]

/** Later than every one before: what is granted within a millisecond has no order of its own. */
function nextInstant(): Date {
  instant += 1
  return new Date(instant)
}
let instant = Date.parse('2026-03-01T10:00:00Z')

function grant(roleId: string, [kind, subjectId]: Subject, place: GrantPlace): Promise<void> {
  return insertGrant(db, { kind, subjectId, place }, { domainId, roleId }, nextInstant())
}

function attach(policyId: string, [kind, subjectId]: Subject): Promise<void> {
  return insertAttachment(db, { policyId, kind, subjectId }, nextInstant())
}

function principal(userId: string, more: Partial<Principal> = {}): Principal {
  return {
    ...{ kind: 'user', userId, userName: userId, domainId, domainName: 'account', urn: '', isOwner: false },
    ...{ projectId: null, credential: 'token', issuedAt: null, tokenId: null, sessionPolicy: null, outsideRoles: [] },
    ...more,
  }
}

function said(grants: readonly Grant[]): readonly unknown[] {
  return grants.map(({ name, kind, scope, document }) => [name, kind, scope, document.version])
}

describe('what is in force', () => {
  it('for a user: of its groups, its own, and in enterprise projects, each in its place', async () => {
    const userId = await insertUser('member')
    const others = await insertUser('other')
    const groupId = await insertGroup(db, domainId, [userId, others])
    const elsewhere = await insertGroup(db, domainId, [others])
    const [role, direct, ofGroup] = [
      await insertNamed('role', 'policy'),
      await insertNamed('direct', 'identity'),
      await insertNamed('of-group', 'identity'),
    ]
    await grant(role, ['group', groupId], { scope: 'project', projectId })
    await grant(role, ['group', groupId], { scope: 'all' })
    await grant(role, ['group', groupId], { scope: 'global' })
    await grant(role, ['user', userId], { scope: 'enterprise_project', enterpriseProjectId: '0' })
    const enterpriseProjectId = await insertEnterpriseProject(db, domainId)
    await grant(role, ['user', others], { scope: 'enterprise_project', enterpriseProjectId })
    await grant(role, ['group', elsewhere], { scope: 'project', projectId })
    await attach(direct, ['user', userId])
    await attach(ofGroup, ['group', groupId])
    await attach(ofGroup, ['group', elsewhere])
    assert.deepEqual(said(await listGrants(db, principal(userId))), [
      ['role', 'policy', { project: projectId }, '1.1'],
      ['role', 'policy', 'all', '1.1'],
      ['role', 'policy', 'global', '1.1'],
      ['role', 'policy', { enterpriseProject: '0' }, '1.1'],
      ['direct', 'identity', undefined, '5.0'],
      ['of-group', 'identity', undefined, '5.0'],
    ])
    // what comes by two groups counts once
    assert.equal((await listGrants(db, principal(others))).length, 5)
  })

  it('for an agency: what it has itself', async () => {
    const agencyId = await insertAgency(db, domainId)
    const role = await insertNamed('agency role', 'policy')
    const identity = await insertNamed('agency-identity', 'identity')
    await grant(role, ['agency', agencyId], { scope: 'project', projectId })
    await attach(identity, ['agency', agencyId])
    assert.deepEqual(said(await listGrants(db, principal(agencyId, { kind: 'agency' }))), [
      ['agency role', 'policy', { project: projectId }, '1.1'],
      ['agency-identity', 'identity', undefined, '5.0'],
    ])
    assert.deepEqual(await listGrants(db, principal(agencyId)), [])
  })

  it("for a user from outside: the system's roles of either name, where its credential is valid", async () => {
    await insertNamed('te_admin', 'identity')
    const outsideRoles = ['te_admin', 'FullAccess', 'unknown']
    const found = await listGrants(db, principal('nobody', { kind: 'external', projectId, outsideRoles }))
    assert.deepEqual(
      said(found).map((one) => (one as unknown[]).slice(0, 3)),
      [
        ['FullAccess', 'policy', { project: projectId }],
        ['Tenant Administrator', 'role', { project: projectId }],
      ],
    )
    const [global] = await listGrants(db, principal('nobody', { kind: 'external', outsideRoles: ['te_admin'] }))
    assert.equal(global?.scope, 'global')
    assert.deepEqual(await listGrants(db, principal('nobody', { kind: 'external' })), [])
  })

  it('is nothing for whoever has nothing', async () => {
    assert.deepEqual(await listGrants(db, principal(await insertUser('poor'))), [])
  })
})

describe('the policies of the system', () => {
  const stored = () => db.selectFrom('iam.policy').where('domain_id', 'is', null).selectAll().orderBy('id').execute()

  it('are made once, by any number of replicas at once, and then left alone', async () => {
    const before = await stored()
    assert.deepEqual(
      before.map(({ id }) => id),
      SYSTEM_POLICIES.map(({ id }) => id).sort(),
    )
    await Promise.all([1, 2, 3].map(() => ensureSystemPolicies(db, systemClock)))
    assert.deepEqual(await stored(), before)
  })

  it('are brought in line with this version', async () => {
    const [first] = SYSTEM_POLICIES
    const id = first?.id ?? ''
    await db.updateTable('iam.policy').set({ description: 'old' }).where('id', '=', id).execute()
    await db.updateTable('iam.policy_version').set({ document: '{}' }).where('policy_id', '=', id).execute()
    await ensureSystemPolicies(db, systemClock)
    const policy = await db.selectFrom('iam.policy').select('description').where('id', '=', id).executeTakeFirst()
    assert.equal(policy?.description, first?.description)
    const versions = await db.selectFrom('iam.policy_version').select('document').where('policy_id', '=', id).execute()
    assert.deepEqual(versions, [{ document: JSON.stringify(first?.document) }])
  })
})
