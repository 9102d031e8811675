import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { type TestApi, testApi } from '../testing/api.ts'
import { everyRow, findLeaks } from '../testing/leaks.ts'
import { openMasterKeys } from './keys/master-key.ts'

function tokenRequest({ api, password = api.world.user.password }: { api: TestApi; password?: string }) {
  const { user, domain, project } = api.world
  const identity = { methods: ['password'], password: { user: { name: user.name, domain, password } } }
  return { auth: { identity, scope: { project: { id: project.id } } } }
}

const WRONG_PASSWORD = 'Wrong-passw0rd-of-nobody'
const WRONG_SECRET = 'wrong-secret-of-nobody-at-all'

/** Calls of every kind, good and bad, and one that fails for want of a table; returns all secrets that took part. */
async function exercise(api: TestApi): Promise<readonly string[]> {
  const { world, call } = api
  const { access_key: key, project, servers, user } = world
  const list = `/v1/${project.id}/app-servers`
  const tokens = '/v3/auth/tokens'
  const issued = await call('POST', tokens, { sign: false, body: tokenRequest({ api }) })
  assert.equal(issued.status, 201)
  const token = String(issued.headers['x-subject-token'])
  const body = { items: servers.map(({ id }) => ({ id, enable: true })) }
  assert.equal((await call('PATCH', `${list}/actions/batch-update-tsvi`, { body })).status, 200)
  assert.equal((await call('GET', list, { token })).status, 200)
  assert.equal((await call('GET', list, { token: `${token}x` })).status, 401)
  assert.equal((await call('GET', list, { sign: { ...key, secret: WRONG_SECRET } })).status, 401)
  const made = await call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', {
    token,
    body: { auth: { identity: { methods: ['token'] } } },
  })
  assert.equal(made.status, 201, made.text)
  const { credential } = made.body as { credential: { secret: string; securitytoken: string } }
  const wrong = tokenRequest({ api, password: WRONG_PASSWORD })
  assert.equal((await call('POST', tokens, { sign: false, body: wrong })).status, 401)

  await sql`ALTER TABLE iam.project RENAME TO misplaced`.execute(api.db)
  assert.equal((await call('POST', tokens, { sign: false, body: tokenRequest({ api }) })).status, 500)
  assert.equal((await call('GET', '/v3/projects', { token })).status, 500)
  assert.equal((await call('GET', '/v3/projects')).status, 500)
  await sql`ALTER TABLE iam.misplaced RENAME TO project`.execute(api.db)
  return [key.secret, user.password, token, credential.secret, credential.securitytoken, WRONG_PASSWORD, WRONG_SECRET]
}

describe('a secret key, a password and a token', () => {
  it('are in no column of the database and in no line of the log', async () => {
    await using api = await testApi({ workers: true })
    const secrets = await exercise(api)
    assert.deepEqual(findLeaks(secrets, await everyRow(api.db)), [])
    const failures = api.log.lines.filter(({ level }) => level === 'error')
    assert.equal(failures.length, 3, 'the three failed requests are logged')
    assert.deepEqual(findLeaks(secrets, JSON.stringify(api.log.lines)), [])
  })

  it('would be found if they were: one that is planted is', async () => {
    await using api = await testApi()
    const { project, access_key, user } = api.world
    const hex = Buffer.from(user.password).toString('hex')
    for (const value of [`kept: ${access_key.secret}`, `\\x${hex}`]) {
      const planted = { project_id: project.id, config_key: value.slice(0, 4), config_value: value }
      await api.db.insertInto('fleet.configuration').values(planted).execute()
    }
    const secrets = [access_key.secret, user.password]
    assert.deepEqual(findLeaks(secrets, await everyRow(api.db)), secrets)
  })

  it('are repeated in no answer, not even of a body that cannot be read', async () => {
    await using api = await testApi()
    for (const password of ['s3cret-unquoted', '"s3cret-quoted" x', '"s3cret\n-cut', "'s3cret-single'"]) {
      const body = `{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"u","password":${password}}}}}}`
      const answer = await api.call('POST', '/v3/auth/tokens', { sign: false, body })
      assert.equal(answer.status, 400)
      assert.doesNotMatch(answer.text, /s3cret|3cret/)
      assert.doesNotMatch(JSON.stringify(api.log.lines), /s3cret/)
    }
  })

  it('lie there sealed: the key of another installation opens none', async () => {
    await using api = await testApi()
    const { secret_sealed } = await api.db
      .selectFrom('iam.access_key')
      .select('secret_sealed')
      .executeTakeFirstOrThrow()
    const context = `iam.access_key ${api.world.access_key.access}`
    assert.equal(api.keyring.secrets.open(secret_sealed, context), api.world.access_key.secret)
    assert.throws(() => api.keyring.tokens.open(secret_sealed, context))
    assert.throws(() => api.keyring.secrets.open(secret_sealed, 'iam.access_key ANOTHER'))
    assert.throws(() => openMasterKeys({ kind: 'text', base64: 'c2hvcnQ=' }), /32 bytes/)
  })
})
