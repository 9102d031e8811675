import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { createDoor, IdentityCache, openKeyring } from '#iam'
import { secondsAfter, systemClock } from '#kernel'
import { insertFleet, recordingLog, testDatabase } from '#testing'
import { defineOperation, type Permission } from '../../contract/operation.ts'
import { sealToken } from '../iam/credential/token.ts'
import { passwordClaims } from '../testing/token.ts'
import { createApp } from './app.ts'
import { type Handler, serve } from './serve.ts'

const PERMISSION: Permission = {
  action: 'workspace:server:get',
  level: 'Read',
  resource: 'server',
  conditionKeys: [],
  dependencies: [],
}

function operationOf(permission: Permission) {
  return defineOperation({
    id: 'CountThings',
    module: 'fleet',
    family: 'workspace',
    method: 'GET',
    path: '/v1/{project_id}/things',
    summary: 'Count things.',
    authentication: 'caller',
    permission,
    params: Type.Object({ project_id: Type.String() }),
    query: Type.Object({ limit: Type.Optional(Type.Integer({ default: 10 })), all: Type.Optional(Type.Boolean()) }),
    body: null,
    status: 200,
    response: Type.Object({ count: Type.Integer() }),
    errors: [],
  })
}

/** One operation, served behind the real door to the owner of a project, and called once. */
async function callOnce(handler: Handler<ReturnType<typeof operationOf>>, query = '', permission = PERMISSION) {
  await using database = await testDatabase()
  const { db } = database
  const { projectId } = await insertFleet(db)
  const { domain_id } = await db.selectFrom('iam.project').select('domain_id').executeTakeFirstOrThrow()
  const userId = 'owner'
  const user = { id: userId, domain_id, name: userId, password_hash: '', is_owner: true, created_at: new Date() }
  await db.insertInto('iam.user').values(user).execute()

  const keyring = await openKeyring({ db, clock: systemClock }, [randomBytes(32)])
  const log = recordingLog()
  await using app = createApp({ log })
  const door = createDoor({ db, clock: systemClock, keyring, cache: new IdentityCache() }, 'local-1')
  serve({ app, door }, operationOf(permission), handler)
  const issuedAt = new Date()
  const token = sealToken(
    keyring.tokens,
    passwordClaims({ userId, projectId, issuedAt, expiresAt: secondsAfter(issuedAt, 60) }),
  )
  const answer = await app.inject({ url: `/v1/${projectId}/things${query}`, headers: { 'x-auth-token': token } })
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers, log }
}

const server = { type: 'server', id: 'some', tags: [], enterpriseProjectId: '0' } as const

describe('an operation on a resource', () => {
  it('that asks for its permission is answered, with the headers it adds', async () => {
    const { status, body, headers } = await callOnce(async ({ authorize, setHeader }) => {
      await authorize([server])
      setHeader('X-Count', '7')
      return { count: 7 }
    })
    assert.deepEqual([status, body, headers['x-count']], [200, { count: 7 }, '7'])
  })

  it('that forgets to ask for its permission is answered 500, and nothing it found is told', async () => {
    const { status, body, log } = await callOnce(async () => ({ count: 7 }))
    assert.equal(status, 500)
    assert.deepEqual(Object.keys(body), ['error_code', 'error_msg'])
    assert.match(JSON.stringify(log.lines), /CountThings answered without asking for its permission/)
  })

  it('of a list is asked for before the work begins', async () => {
    const list: Permission = { ...PERMISSION, action: 'workspace:server:list', level: 'List' }
    assert.equal((await callOnce(async () => ({ count: 7 }), '', list)).status, 200)
  })
})

describe('what an operation is given', () => {
  const given = (query: string) => {
    const seen: unknown[] = []
    const handler: Handler<ReturnType<typeof operationOf>> = async (call) => {
      await call.authorize([server])
      seen.push(call.query)
      return { count: 0 }
    }
    return callOnce(handler, query).then(({ status, body }) => ({ status, body, seen }))
  }

  it('is a number where the contract says so, and its default where the caller says nothing', async () => {
    assert.deepEqual((await given('?limit=20')).seen, [{ limit: 20 }])
    assert.deepEqual((await given('')).seen, [{ limit: 10 }])
  })

  it('is never a boolean: a query holds text', async () => {
    const { status, body, seen } = await given('?all=true')
    assert.deepEqual([status, seen], [400, []])
    assert.match(body.error_msg, /query all must be a boolean/)
  })
})
