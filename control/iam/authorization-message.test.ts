import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type AccessKey, type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { insertTestUser, type TestUser } from '../testing/identity.ts'
import { newId } from './grants/policy.ts'
import { allow, identityDocument, insertAccount } from './grants/test-subjects.ts'

const TSVI = 'workspace:server:batchUpdateTsvi'

let api: TestApi
let user: TestUser
before(async () => {
  api = await testApi({ servers: 1 })
})
after(() => api[Symbol.asyncDispose]())
beforeEach(async () => {
  user = await insertTestUser(api, api.world.domain.id, `user-${newId().slice(0, 8)}`)
})

function serverUrn(): string {
  return `workspace:local-1:${api.world.domain.id}:server:${api.world.servers[0]?.id}`
}

/** The main call. */
function update(sign: AccessKey, headers = {}): Promise<Answer> {
  const body = { items: [{ id: api.world.servers[0]?.id, enable: true }] }
  const path = `/v1/${api.world.project.id}/app-servers/actions/batch-update-tsvi`
  return api.call('PATCH', path, { sign, body, headers })
}

async function give(...statements: readonly object[]): Promise<string> {
  const body = { policy_name: `p-${newId()}`, policy_document: identityDocument(...statements) }
  const made = await api.call('POST', '/v5/policies', { body })
  const { policy_id } = (made.body as { policy: { policy_id: string } }).policy
  const attached = await api.call('POST', `/v5/policies/${policy_id}/attach-user`, { body: { user_id: user.id } })
  assert.equal(attached.status, 200, attached.text)
  return policy_id
}

describe('the message that comes with a refusal', () => {
  const encodedOf = async (answer: Promise<Answer>): Promise<string> => {
    const { encoded_authorization_message: encoded } = (await answer).body as Record<string, string>
    return encoded ?? ''
  }
  const decode = (sign: AccessKey, encoded_message: string) =>
    api.call('POST', '/v5/decode-authorization-message', { sign, body: { encoded_message } })

  it('is read by the account: context, failure and statement', async () => {
    const policyId = await give({ Effect: 'Deny', Action: [TSVI] })
    const encoded = await encodedOf(update(user.access_key))
    const answer = await decode(api.world.access_key, encoded)
    assert.equal(answer.status, 200, answer.text)
    assertDeclared('DecodeAuthorizationMessage', answer)
    const message = JSON.parse((answer.body as { decoded_message: string }).decoded_message)
    assert.equal(message.failure, 'explicit deny by identity-based policy')
    assert.equal(message.context.action, TSVI)
    assert.equal(message.context.resource, serverUrn())
    assert.equal(message.context['g:UserName'], user.name)
    assert.equal(message.context['g:SourceIp'], '127.0.0.1')
    assert.deepEqual([message.statement.policy_id, message.statement.statement], [policyId, 1])
  })

  it('is read by nobody without permission, and in no other account', async () => {
    const encoded = await encodedOf(update(user.access_key))
    const refused = await decode(user.access_key, encoded)
    assert.equal(refused.status, 403)
    assertDeclared('DecodeAuthorizationMessage', refused)
    const stranger = await insertAccount(api)
    const elsewhere = await decode(stranger.access_key, encoded)
    const garbage = await decode(stranger.access_key, `${encoded.split('.')[0]}.AAAA`)
    assert.deepEqual([elsewhere.status, garbage.status], [400, 400])
    assertDeclared('DecodeAuthorizationMessage', elsewhere)
    assert.equal((await decode(api.world.access_key, 'x'.repeat(10_241))).status, 400)
  })

  it('is read by a user with that permission, which is about nothing in particular', async () => {
    const encoded = await encodedOf(update(user.access_key))
    await give(allow('sts::decodeAuthorizationMessage'))
    assert.equal((await decode(user.access_key, encoded)).status, 200)
  })

  it('comes with refusals of the newest IAM as well, and with no others of IAM', async () => {
    const sign = user.access_key
    assert.notEqual(await encodedOf(api.call('GET', '/v5/policies', { sign })), '')
    assert.equal(await encodedOf(api.call('GET', '/v3/roles', { sign })), '')
    assert.equal(await encodedOf(api.call('GET', '/v3.0/OS-ROLE/roles', { sign })), '')
  })

  it('stays short, however long the headers are', async () => {
    const headers = { 'User-Agent': 'a'.repeat(20_000), Referer: 'b'.repeat(20_000) }
    const encoded = await encodedOf(update(user.access_key, headers))
    assert.ok(encoded.length > 0 && encoded.length < 8192, String(encoded.length))
  })
})
