import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Db } from '#db'
import type { Principal, RawRequest } from '#http'
import { AppError, systemClock } from '#kernel'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { type Authorize, createAuthorize } from './authorize.ts'
import { insertGrant } from './grants/grant.store.ts'
import { newId } from './grants/policy.ts'
import { ensureSystemPolicies } from './grants/system-policy.service.ts'
import { allow, identityDocument, insertAgency } from './grants/test-subjects.ts'
import { IdentityCache } from './identity-cache.ts'
import { openKeyring } from './keys/keyring.ts'
import { SYSTEM_POLICIES } from './policy/index.ts'

const LIST = 'workspace:server:list'
const domainId = newId()
const projectId = newId()
const WORKSPACE = SYSTEM_POLICIES.find(({ displayName }) => displayName === 'Workspace FullAccess')?.id ?? ''

let database: TestDatabase
let db: Db
let authorize: Authorize
let cache: IdentityCache
before(async () => {
  database = await testDatabase()
  db = database.db
  await ensureSystemPolicies(db, systemClock)
  const created_at = new Date()
  await db.insertInto('iam.domain').values({ id: domainId, name: 'account', created_at }).execute()
  const project = { id: projectId, domain_id: domainId, name: 'local-1', enabled: true, created_at }
  await db.insertInto('iam.project').values(project).execute()
  const keyring = await openKeyring({ db, clock: systemClock }, [randomBytes(32)])
  cache = new IdentityCache()
  const projectName = async () => 'local-1'
  authorize = createAuthorize({ db, clock: systemClock, keyring, cache, region: 'local-1', projectName })
})
after(() => database[Symbol.asyncDispose]())

const REQUEST: RawRequest = {
  ...{ method: 'GET', requestTarget: '/', rawHeaders: [], body: Buffer.alloc(0), sourceIp: '10.0.0.7' },
  isSecure: true,
}

function principal(more: Partial<Principal>): Principal {
  return {
    ...{ kind: 'user', userId: newId(), userName: 'somebody', domainId, domainName: 'account', isOwner: false },
    ...{ urn: `iam::${domainId}:user:somebody`, projectId, credential: 'token', issuedAt: new Date(), tokenId: null },
    ...{ sessionPolicy: null, outsideRoles: [] },
    ...more,
  }
}

/** The sentence of the refusal, or null. */
async function refusal(who: Principal, action = LIST): Promise<string | null> {
  try {
    await authorize(who, [{ action, projectId, resource: null }], REQUEST)
    return null
  } catch (error) {
    assert.ok(error instanceof AppError && error.word === 'iam.forbidden', String(error))
    return String(error.facts.reason)
  }
}

describe('a session policy', () => {
  const owner = (sessionPolicy: string | null) => principal({ isOwner: true, sessionPolicy })

  it('narrows even the owner to what it allows', async () => {
    assert.equal(await refusal(owner(null)), null)
    const session = identityDocument(allow(LIST))
    assert.equal(await refusal(owner(session)), null)
    assert.match(String(await refusal(owner(session), 'workspace:server:get')), /because no session policy allows/)
  })

  it('denies what it denies', async () => {
    const session = identityDocument(allow('*'), { Effect: 'Deny', Action: [LIST] })
    const said = String(await refusal(owner(session)))
    assert.ok(
      said.includes('with an explicit deny in the session policy. Statement 2 of the policy session policy'),
      said,
    )
  })

  it('allows nothing that the user may not do anyhow', async () => {
    const said = await refusal(principal({ sessionPolicy: identityDocument(allow('*')) }))
    assert.match(String(said), /because no identity-based policy allows/)
  })

  it('that cannot be read allows nothing', async () => {
    for (const text of ['{', '[]', '{"Version":"9"}', '{"Version":"5.0","Statement":7}']) {
      assert.match(String(await refusal(owner(text))), /because no session policy allows/)
    }
  })

  it('is not mixed up with another one of the same user', async () => {
    const userId = newId()
    const sessions = ['vpc:*:*', LIST].map((action) => identityDocument(allow(action)))
    const [other, list] = sessions.map((sessionPolicy) => principal({ userId, isOwner: true, sessionPolicy }))
    assert.notEqual(await refusal(other as Principal), null)
    assert.equal(await refusal(list as Principal), null)
  })
})

describe('an agency', () => {
  it('may do what it was granted, and is named as such when it may not', async () => {
    const userId = await insertAgency(db, domainId)
    const urn = `sts::${domainId}:assumed-agency:helpers/session-1`
    const agency = principal({ kind: 'agency', userId, urn })
    assert.match(String(await refusal(agency)), new RegExp(`^User: ${urn} is not authorized`))
    const grantee = { kind: 'agency', subjectId: userId, place: { scope: 'project', projectId } } as const
    await insertGrant(db, grantee, { domainId, roleId: WORKSPACE }, new Date())
    cache.clear()
    assert.equal(await refusal(agency), null)
  })

  it('is not told which statement denied: whoever has assumed it may be of another account', async () => {
    const sessionPolicy = identityDocument({ Sid: 'Secret', Effect: 'Deny', Action: ['*'] })
    const said = String(await refusal(principal({ kind: 'agency', sessionPolicy })))
    assert.ok(said.endsWith('with an explicit deny in the session policy.'), said)
  })
})

describe('a user of an identity service outside', () => {
  it('has the roles of the system that its credential names, where it is valid', async () => {
    const outside = (outsideRoles: readonly string[], where: string | null = projectId) =>
      principal({ kind: 'external', userId: 'same', projectId: where, outsideRoles })
    assert.notEqual(await refusal(outside([])), null)
    assert.equal(await refusal(outside(['Workspace ReadOnlyAccess'])), null)
    assert.notEqual(await refusal(outside(['Workspace ReadOnlyAccess'], null)), null)
    assert.notEqual(await refusal(outside(['Security Administrator'])), null)
  })
})

describe('what a principal holds', () => {
  it('is looked up once, and again when anything has changed', async () => {
    const userId = newId()
    const created_at = new Date()
    await db.insertInto('iam.user').values({ id: userId, domain_id: domainId, name: userId, created_at }).execute()
    const user = principal({ userId })
    assert.notEqual(await refusal(user), null)
    const place = { scope: 'enterprise_project', enterpriseProjectId: '0' } as const
    await insertGrant(db, { kind: 'user', subjectId: userId, place }, { domainId, roleId: WORKSPACE }, created_at)
    const server = { type: 'server', id: 'one', tags: [], enterpriseProjectId: '0' } as const
    const ask = () => authorize(user, [{ action: 'workspace:server:get', projectId, resource: server }], REQUEST)
    await assert.rejects(ask)
    cache.clear()
    await ask()
  })
})
