import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ComputeStatus } from '../../contract/compute/machine.ts'
import { demoWorld, devFileOf } from './demo-world.ts'
import { isProven, type Seen } from './proof.ts'
import { renderEndpoint, renderProof, renderWelcome } from './text.ts'

const NETWORK = { cidr: '198.18.7.0/24', gateway_ip: '198.18.7.1' }
const SECRETS = { access_key: 'BERTHAK', secret_key: 'sk', password: 'Aa1!secret' }
const DEV = devFileOf('http://127.0.0.1:8600', demoWorld(NETWORK, 3, SECRETS))
const STATUS: ComputeStatus = { kind: 'netns', reason: null, agent_listen_host: '198.18.7.1', ...NETWORK }
const FAR_END = { host: '198.18.7.2', port: 27_000 }

const ALICE: Seen = {
  serverId: 'one',
  userName: 'alice',
  virtualIp: '198.18.7.6',
  sighting: { tcp: '198.18.7.6', udp: '198.18.7.6', detail: '' },
}
const BOB: Seen = {
  serverId: 'two',
  userName: 'bob',
  virtualIp: '198.18.7.10',
  sighting: { tcp: '198.18.7.10', udp: '198.18.7.10', detail: '' },
}
const NAMES = new Map([['one', 'APS-01']])

describe('the welcome', () => {
  it('says where it serves and that the hosts are namespaces of a subnet', () => {
    const welcome = renderWelcome(STATUS, DEV, true)
    assert.match(welcome, /^Berth serves http:\/\/127\.0\.0\.1:8600\n/)
    assert.match(welcome, /app servers: 3 network namespaces on 198\.18\.7\.0\/24/)
  })

  it('says that no packet is sent by hosts in memory, and why they are in memory', () => {
    const asked = renderWelcome({ ...STATUS, kind: 'memory' }, DEV, true)
    assert.match(asked, /3 in memory \(as asked\); no packet leaves this process/)
    const forced = renderWelcome({ ...STATUS, kind: 'memory', reason: 'needs root' }, DEV, true)
    assert.match(forced, /3 in memory \(needs root\)/)
  })

  it('says which database it is, and what the embedded one does not survive', () => {
    assert.match(renderWelcome(STATUS, DEV, true), /database: +PGlite in process.* for production set DATABASE_URL\n/)
    assert.match(renderWelcome(STATUS, DEV, false), /database: +PostgreSQL of DATABASE_URL\n/)
  })
})

describe('the proof', () => {
  it('has a row for each session and counts them', () => {
    const proof = renderProof([ALICE, BOB], NAMES, FAR_END)
    assert.match(proof, /What the licence server 198\.18\.7\.2:27000 saw/)
    assert.match(proof, /^APS-01 +alice +198\.18\.7\.6 +198\.18\.7\.6 +198\.18\.7\.6 +its own$/m)
    assert.match(proof, /^two +bob .*its own$/m, 'a server without a name goes by its id')
    assert.match(proof, /^Proven: 2 sessions, 2 addresses, each its own\.$/m)
  })

  const { tcp, udp } = ALICE.sighting
  for (const [what, sighting] of [
    ['under another address by TCP', { tcp: '198.18.7.5', udp, detail: '' }],
    ['under another address by UDP', { tcp, udp: '198.18.7.5', detail: '' }],
    ['not at all by UDP', { tcp, udp: null, detail: 'UDP: no answer in time' }],
    ['not at all by TCP', { tcp: null, udp, detail: 'TCP: refused' }],
  ] as const) {
    it(`fails when a session was seen ${what}`, () => {
      const seen = [{ ...ALICE, sighting }, BOB]
      const proof = renderProof(seen, NAMES, FAR_END)
      assert.equal(isProven(seen), false)
      assert.match(proof, /alice.*WRONG$/m)
      assert.match(proof, /^NOT proven/m)
      assert.ok(proof.includes(sighting.detail), 'and why is in its row')
    })
  }

  it('fails when two sessions share an address, though each saw its own', () => {
    const shared = { ...BOB, virtualIp: ALICE.virtualIp, sighting: ALICE.sighting }
    assert.equal(isProven([ALICE, shared]), false)
    assert.match(renderProof([ALICE, shared], NAMES, FAR_END), /^NOT proven/m)
  })

  it('fails without sessions', () => {
    assert.equal(isProven([]), false)
    assert.match(renderProof([], NAMES, FAR_END), /^NOT proven/m)
  })
})

describe('the endpoint', () => {
  const text = renderEndpoint(DEV)

  it('tells all that a client needs', () => {
    const { endpoint, project_id, user, password, access_key, secret_key } = DEV
    for (const value of [endpoint, project_id, user, password, access_key, secret_key]) assert.ok(text.includes(value))
  })

  it('has bodies in the commands that are JSON: a login, then two servers', () => {
    const [login, update] = [...text.matchAll(/-d '(\{[^']*)'/g)].map(([, body = '']) => JSON.parse(body))
    assert.deepEqual(login.auth.scope, { project: { id: DEV.project_id } })
    assert.deepEqual(login.auth.identity.password.user, {
      name: DEV.user,
      password: DEV.password,
      domain: { name: DEV.domain },
    })
    assert.deepEqual(
      update.items,
      DEV.server_ids.slice(0, 2).map((id) => ({ id, enable: true })),
    )
  })
})
