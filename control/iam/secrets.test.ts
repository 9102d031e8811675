import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testApi } from '../testing/api.ts'
import { assertNoLeak, everyRow, findLeaks, logText, overhear } from '../testing/leaks.ts'
import { openMasterKeys } from './keys/master-key.ts'
import {
  failures,
  openExercise,
  passwords,
  refusals,
  rotation,
  temporaryKeys,
  tokens,
  WRONG_PASSWORD,
  WRONG_SECRET,
} from './test-secrets.ts'

describe('a secret key, a password and a token', () => {
  it('are in no column, no line of the log and no answer but the one that tells them', async () => {
    await using api = await testApi({ workers: true })
    const heard = overhear(api.call)
    const { project, servers, access_key, user } = api.world
    for (const secret of [access_key.secret, user.password]) heard.secrets.add(secret)
    const place = await openExercise(api, heard)
    const items = servers.map(({ id }) => ({ id, enable: true }))
    const path = `/v1/${project.id}/app-servers/actions/batch-update-tsvi`
    assert.equal((await heard.call('PATCH', path, { body: { items } })).status, 200)

    const person = await passwords(place)
    const token = await tokens(place, person)
    await temporaryKeys(place, token)
    await refusals(place, person, token)
    await rotation(place, person, token)
    const failed = await failures(place, person)

    assert.ok([WRONG_PASSWORD, WRONG_SECRET, person.password, token].every((secret) => heard.secrets.has(secret)))
    assert.equal(api.log.lines.filter(({ level }) => level === 'error').length, failed, 'failed requests are logged')
    await assertNoLeak(api, heard)
    assert.doesNotMatch(logText(api.log), /argon2/, 'not even hashes of passwords')
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

  it('would be found in an error that is logged, and in an answer', async () => {
    await using api = await testApi({ servers: 0 })
    const heard = overhear(api.call)
    const { secret } = api.world.access_key
    heard.secrets.add(secret)
    heard.answers.push(JSON.stringify({ encoded: Buffer.from(secret).toString('base64') }))
    await assert.rejects(assertNoLeak(api, heard), /in an answer/)
    api.log.warn({ error: new Error('outer', { cause: new Error(`inner ${secret}`) }) }, 'planted')
    await assert.rejects(assertNoLeak(api, heard), /in the log/)
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
