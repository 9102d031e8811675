import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CA_PATH, enrolment, newPrivateKey, publicKeyOf, type TestLinks, testLinks } from './test-peer.ts'

const newKey = () => publicKeyOf(newPrivateKey())

function storedKey({ db, fleet }: TestLinks, index: number) {
  return db
    .selectFrom('agents.agent')
    .select('public_key')
    .where('server_id', '=', fleet.serverIds[index] ?? '')
    .executeTakeFirstOrThrow()
}

describe('enrolment', () => {
  it('hands out the certificate that tokens name, and nothing else', async () => {
    await using links = await testLinks()
    assert.deepEqual(await links.get(CA_PATH), { status: 200, body: links.caPem })
    assert.equal((await links.get('/')).status, 404)
    assert.equal((await links.get('/agent/v1/enrol')).status, 404)
  })

  it('takes a token once, and from the same key again, because its answer may have been lost', async () => {
    await using links = await testLinks()
    const request = enrolment(await links.joinToken(0), newKey())
    assert.deepEqual(await links.enrol(request), {
      status: 200,
      body: JSON.stringify({ server_id: request.server_id }),
    })
    assert.equal((await links.enrol(request)).status, 200)
    assert.equal((await links.enrol({ ...request, public_key: newKey() })).status, 403)
    assert.equal((await storedKey(links, 0)).public_key, request.public_key)
  })

  it('gives one token to one of two keys that come at once', async () => {
    await using links = await testLinks()
    const token = await links.joinToken(0)
    const keys = [newKey(), newKey()]
    const replies = await Promise.all(keys.map((key) => links.enrol(enrolment(token, key))))
    assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 403])
    assert.equal((await storedKey(links, 0)).public_key, keys[replies.findIndex((reply) => reply.status === 200)])
  })

  it('refuses an unknown, a foreign and an expired token in the same words', async () => {
    await using links = await testLinks()
    const request = enrolment(await links.joinToken(0), newKey())
    const unknown = await links.enrol({ ...request, secret: 'x'.repeat(43) })
    const foreign = await links.enrol({ ...request, server_id: links.fleet.serverIds[1] })
    links.clock.advance(24 * 3600)
    const expired = await links.enrol(request)
    assert.equal(unknown.status, 403)
    assert.deepEqual(foreign, unknown)
    assert.deepEqual(expired, unknown)
    assert.equal((await storedKey(links, 0)).public_key, null)
    assert.equal((await storedKey(links, 1)).public_key, null)
  })

  it('refuses what is no enrolment, and keeps the token good', async () => {
    await using links = await testLinks()
    const request = enrolment(await links.joinToken(0), newKey())
    const { secret: _, ...withoutSecret } = request
    const BAD: readonly (readonly [name: string, body: unknown])[] = [
      ['nothing', ''],
      ['no JSON', '{'],
      ['no object', 'null'],
      ['no secret', withoutSecret],
      ['an unknown field', { ...request, more: 1 }],
      ['a key that is too short', { ...request, public_key: 'AAAA' }],
      ['a key that is no Ed25519 key', { ...request, public_key: '!'.repeat(43) }],
      ['more than the limit', JSON.stringify(request).padEnd(100_000)],
    ]
    for (const [name, body] of BAD) assert.equal((await links.enrol(body)).status, 400, name)
    assert.equal((await storedKey(links, 0)).public_key, null)
    assert.equal((await links.enrol(request)).status, 200)
  })

  it('says the secret neither in an answer nor in the log', async () => {
    await using links = await testLinks()
    const request = enrolment(await links.joinToken(0), newKey())
    const replies = [await links.enrol(request), await links.enrol({ ...request, public_key: newKey() })]
    const said = JSON.stringify([replies, links.log.lines])
    assert.ok(said.includes(request.server_id))
    assert.ok(!said.includes(request.secret))
  })
})
