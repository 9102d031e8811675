import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disownAgent, findAgent, recordLinked } from './agent.store.ts'
import { enrolment, newPrivateKey, publicKeyOf, testLinks } from './test-peer.ts'

test('a server that gets a new disk knows neither the key nor the tokens of before', { timeout: 60_000 }, async () => {
  await using links = await testLinks({ servers: 2 })
  const [peer, other] = [await links.enrolled(0), await links.enrolled(1)]
  const unused = await links.joinToken(0)
  await disownAgent(links.db, peer.serverId)

  using socket = await peer.connect()
  socket.send(peer.hello(socket.nonce))
  assert.equal((await socket.closed).code, 1008)
  const key = publicKeyOf(newPrivateKey())
  assert.equal((await links.enrol(enrolment(unused, key))).status, 403)
  assert.equal((await links.enrol(enrolment(await links.joinToken(0), key))).status, 200)
  using unharmed = await other.link()
  assert.equal(unharmed.socket.readyState, unharmed.socket.OPEN)
})

test('a link that was proved with a key which is void by now is not recorded', { timeout: 60_000 }, async () => {
  await using links = await testLinks({ servers: 1 })
  const { db, clock } = links
  const { serverId } = await links.enrolled(0)
  const { public_key: publicKey } = (await findAgent(db, serverId)) ?? assert.fail()
  const proved = {
    publicKey: String(publicKey),
    bootId: 'old-disk',
    agentVersion: '1.2.3',
    features: [],
    at: clock.now(),
  }
  assert.equal(typeof (await recordLinked(db, serverId, proved)), 'number')
  await disownAgent(db, serverId)
  assert.equal(await recordLinked(db, serverId, proved), undefined)
  assert.equal((await findAgent(db, serverId))?.boot_id, null)
  await links.enrolled(0)
  assert.equal(await recordLinked(db, serverId, proved), undefined, 'another key has come')
  assert.equal((await findAgent(db, serverId))?.boot_id, null)
})
