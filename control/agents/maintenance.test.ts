import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { FEATURES } from '../../contract/agent/messages.ts'
import { setMaintainStatus } from '../fleet/server.store.ts'
import { announceChange } from './agent.store.ts'
import { Presence } from './presence.ts'
import { testAgent } from './test-agent.ts'
import { type Peer, type PeerSocket, type TestLinks, testLinks } from './test-peer.ts'
import { beginUpgrade, endUpgrade } from './upgrade.store.ts'

const TIMEOUT = { timeout: 30_000 }
const ANNA = { session_id: 'a', user_name: 'anna', uid: 20_001 }
const BERT = { session_id: 'b', user_name: 'bert', uid: 20_002 }

let links: TestLinks
before(async () => {
  links = await testLinks({ servers: 4 })
})
after(() => links[Symbol.asyncDispose]())

async function mark(index: number, maintainStatus: boolean): Promise<void> {
  const ids = [links.fleet.serverIds[index] ?? '']
  await links.db.transaction().execute(async (trx) => {
    await setMaintainStatus(trx, ids, maintainStatus, links.clock.now())
    await announceChange(trx, ids)
  })
}

const linkKnowing = (peer: Peer) => peer.link({ features: [...FEATURES] })
const markOf = async (socket: PeerSocket) =>
  (await socket.frame<{ type: string; maintain_status: boolean }>('maintenance')).maintain_status

describe('the maintenance mark on the link', () => {
  it('is told after the welcome, on every change, and never twice', TIMEOUT, async () => {
    using socket = await linkKnowing(await links.enrolled(0))
    assert.equal(await markOf(socket), false)
    await mark(0, true)
    assert.equal(await markOf(socket), true)
    await mark(0, true)
    await mark(0, false)
    assert.equal(await markOf(socket), false)
  })

  it('is told again on every connection', TIMEOUT, async () => {
    const peer = await links.enrolled(0)
    await mark(0, true)
    for (const boot of ['boot-1', 'boot-2']) {
      using socket = await peer.link({ features: [...FEATURES], boot_id: boot })
      assert.equal(await markOf(socket), true)
    }
  })

  it('is not told to an agent that does not know it', TIMEOUT, async () => {
    using socket = await (await links.enrolled(1)).link()
    await mark(1, true)
    await links.want(1, 1)
    await socket.frame('desired')
  })

  it('takes no generation: a report about the last desired state is still about the last', TIMEOUT, async () => {
    const peer = await links.enrolled(2)
    using socket = await linkKnowing(peer)
    await markOf(socket)
    await links.want(2, 1)
    await socket.frame('desired')
    await mark(2, true)
    await markOf(socket)
    const before = links.observed.length
    socket.send(peer.report({ seq: 1, generation: 1 }))
    await links.untilObserved(before + 1)
  })

  it('reaches an agent whose announcement got lost with the next beat', TIMEOUT, async () => {
    const caughtUp: boolean[] = []
    const [serverId = ''] = links.fleet.serverIds
    const link = {
      takeHeard: () => true,
      catchUp: (wanted: { maintain_status: boolean }) => caughtUp.push(wanted.maintain_status),
      cutOff: () => {},
    }
    const { db, clock, log } = links
    await setMaintainStatus(db, [serverId], true, clock.now())
    await db.updateTable('agents.agent').set({ public_key: 'of a test' }).where('server_id', '=', serverId).execute()
    await new Presence({ db, clock, log, silenceSeconds: 90, links: new Map([[serverId, link]]) }).beat()
    assert.deepEqual(caughtUp, [true])
  })
})

describe('an upgrade on the link', () => {
  it(
    'is told on every connection while it is under way, and found by the beat when its word got lost',
    TIMEOUT,
    async () => {
      const peer = await links.enrolled(1)
      const { db, clock, log } = links
      const { serverId } = peer
      await beginUpgrade(db, { id: 'u1', serverId, targetVersion: '9.9.9' }, clock.now())
      const features = [...FEATURES]
      using early = await peer.link({ features })
      await early.frame('maintenance')
      // told without a word
      await db.updateTable('agents.upgrade').set({ told_at: clock.now() }).where('id', '=', 'u1').execute()
      const caughtUp: (string | null)[] = []
      const link = {
        takeHeard: () => true,
        catchUp: (wanted: { upgrade_id: string | null }) => void caughtUp.push(wanted.upgrade_id),
        cutOff: () => {},
      }
      await new Presence({ db, clock, log, silenceSeconds: 90, links: new Map([[serverId, link]]) }).beat()
      assert.deepEqual(caughtUp, ['u1'])
      for (const boot_id of ['boot-2', 'boot-3']) {
        using socket = await peer.link({ features, boot_id })
        await socket.frame('maintenance')
        assert.deepEqual(await socket.frame('upgrade'), { type: 'upgrade', id: 'u1', target_version: '9.9.9' })
      }
      await endUpgrade(db, 'u1', 'SUCCESS', clock.now())
      using late = await peer.link({ features, boot_id: 'boot-4' })
      await late.frame('maintenance')
      await links.want(1, 2)
      await late.frame('desired')
    },
  )
})

describe('a server under maintenance', () => {
  it('takes no new session, keeps those it has, and remembers it over a restart', TIMEOUT, async () => {
    const serverId = links.fleet.serverIds[3] ?? ''
    const virtual_ip = {
      enable: true,
      addresses: ['10.1.0.20', '10.1.0.21'],
      cidr: '10.1.0.0/24',
      gateway_ip: '10.1.0.1',
      managed_uids: { first: 20_000, last: 29_999 },
    }
    const desired = { generation: 1, virtual_ip, reboot: null, probe: null }
    await sql`UPDATE agents.agent SET generation = 1, desired = ${JSON.stringify(desired)}::jsonb
              WHERE server_id = ${serverId}`.execute(links.db)
    const host = await testAgent(links, 3)
    const reported = links.observed.length
    let agent = await host.start('boot-1')
    try {
      await links.untilObserved(reported + 1)
      const first = await agent.startSession(ANNA)
      const marked = host.untilLogged('the maintenance mark changed')
      await mark(3, true)
      await marked
      await assert.rejects(agent.startSession(BERT), { status: 503, message: /under maintenance/ })
      assert.deepEqual(await agent.startSession(ANNA), first)

      await agent.stop()
      agent = await host.start('boot-2')
      await assert.rejects(agent.startSession(BERT), { status: 503, message: /under maintenance/ })
      await agent.stop()
      await mark(3, false)
      const unmarked = host.untilLogged('the maintenance mark changed')
      agent = await host.start('boot-3')
      await unmarked
      assert.equal((await agent.startSession(BERT)).user_name, 'bert')
    } finally {
      await agent.stop()
    }
  })
})
