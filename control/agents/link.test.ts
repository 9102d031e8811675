import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Db } from '#db'
import { type Desired, MAX_FRAME_BYTES } from '../../contract/agent/messages.ts'
import { type Peer, type PeerSocket, type TestLinks, testLinks } from './test-peer.ts'

const TIMEOUT = { timeout: 30_000 }

function agentRow(db: Db, serverId: string) {
  return db.selectFrom('agents.agent').selectAll().where('server_id', '=', serverId).executeTakeFirstOrThrow()
}

/** The reasons that stand in the log for refusing a frame, after the lines that were there before. */
function refusals({ log }: TestLinks, earlier = 0): readonly string[] {
  return log.lines
    .slice(earlier)
    .filter((line) => line.level === 'warn' && line.message === 'a frame of an agent was refused')
    .map((line) => String((line.fields as { reason?: unknown }).reason))
}

interface BadFrame {
  readonly name: string
  readonly frame: (peer: Peer, socket: PeerSocket, other: Peer) => unknown
  readonly reason: RegExp
  readonly code?: number
}

describe('a hello that is refused', () => {
  let links: TestLinks
  let replayed: unknown
  const BAD: readonly BadFrame[] = [
    { name: 'text that is not JSON', frame: () => '{', reason: /not JSON/ },
    { name: 'a binary frame', frame: (peer, { nonce }) => bytes(peer.hello(nonce)), reason: /binary/ },
    { name: 'a frame over the limit', frame: () => 'x'.repeat(MAX_FRAME_BYTES + 1), reason: /payload/, code: 1009 },
    { name: 'bytes that are no UTF-8', frame: () => '', reason: /UTF-?8/i, code: 1007 },
    { name: 'a report first', frame: (peer) => peer.report(), reason: /no hello/ },
    { name: 'an unknown field', frame: (peer, { nonce }) => ({ ...peer.hello(nonce), more: 1 }), reason: /no hello/ },
    {
      name: 'a signature that is none',
      frame: (peer, { nonce }) => peer.hello(nonce, {}, { signature: 'A'.repeat(86) }),
      reason: /signature/,
    },
    {
      name: 'a boot that was not signed',
      frame: (peer, { nonce }) => peer.hello(nonce, {}, { boot_id: 'boot-2' }),
      reason: /signature/,
    },
    {
      name: "another server's name under one's own key",
      frame: (peer, { nonce }, other) => peer.hello(nonce, { server_id: other.serverId }),
      reason: /signature/,
    },
    {
      name: 'a server that is unknown',
      frame: (peer, { nonce }) => peer.hello(nonce, { server_id: 'nobody' }),
      reason: /not enrolled/,
    },
    { name: 'a hello of an earlier connection', frame: () => replayed, reason: /signature/ },
  ]

  before(async () => {
    links = await testLinks({ servers: 2 * BAD.length })
  })
  after(() => links[Symbol.asyncDispose]())

  for (const [row, { name, frame, reason, code = 1008 }] of BAD.entries()) {
    it(`refuses ${name}, says why in the log, and believes nothing of it`, TIMEOUT, async () => {
      const earlier = links.log.lines.length
      const [peer, other] = [await links.enrolled(2 * row), await links.enrolled(2 * row + 1)]
      using former = await peer.connect()
      replayed = peer.hello(former.nonce)
      using socket = await peer.connect()
      if (name.includes('UTF-8')) socket.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })
      else socket.send(frame(peer, socket, other))
      assert.equal((await socket.closed).code, code)
      assert.match(refusals(links, earlier).join(), reason)
      assert.ok(links.linked.every((each) => each.serverId !== peer.serverId && each.serverId !== other.serverId))
      assert.equal((await agentRow(links.db, peer.serverId)).boot_id, null)
    })
  }
})

function bytes(frame: unknown): Buffer {
  return Buffer.from(JSON.stringify(frame))
}

describe('a report that is refused', () => {
  let links: TestLinks
  const BAD: readonly BadFrame[] = [
    { name: 'text that is not JSON', frame: () => 'null and void', reason: /not JSON/ },
    { name: 'a binary frame', frame: (peer) => bytes(peer.report({ seq: 2 })), reason: /binary/ },
    { name: 'a frame over the limit', frame: () => 'x'.repeat(MAX_FRAME_BYTES + 1), reason: /payload/, code: 1009 },
    { name: 'a second hello', frame: (peer, { nonce }) => peer.hello(nonce), reason: /schema/ },
    { name: 'an unknown field', frame: (peer) => peer.report({ seq: 2, more: 1 }), reason: /schema/ },
    { name: 'a missing field', frame: (peer) => peer.report({ seq: 2, sessions: undefined }), reason: /schema/ },
    {
      name: 'an address that is none',
      frame: (peer) => peer.report({ seq: 2, probe: { address: '10.1.0.300', seen: null, detail: '' } }),
      reason: /schema/,
    },
    {
      name: 'more sessions than it counts',
      frame: (peer) => peer.report({ seq: 2, generation: 3, session_count: 0, sessions: [session(1)] }),
      reason: /more sessions/,
    },
    {
      name: 'one session twice',
      frame: (peer) => peer.report({ seq: 2, generation: 3, session_count: 2, sessions: [session(1), session(1)] }),
      reason: /twice/,
    },
    { name: 'sessions that no report counts', frame: (peer) => peer.more(2, [session(1)]), reason: /no report began/ },
    {
      name: 'sessions of another boot',
      frame: (peer) => ({ ...peer.more(2, [session(1)]), boot_id: 'boot-0' }),
      reason: /another boot/,
    },
    {
      name: 'a user whose name no database holds',
      frame: (peer) =>
        peer.report({ seq: 2, generation: 3, session_count: 1, sessions: [{ ...session(1), user_name: 'a\0' }] }),
      reason: /schema/,
    },
    { name: 'a list of no sessions', frame: (peer) => peer.more(2, []), reason: /schema/ },
    {
      name: 'another server',
      frame: (peer, _socket, other) => peer.report({ seq: 2, server_id: other.serverId }),
      reason: /speaks for server/,
    },
    { name: 'another boot', frame: (peer) => peer.report({ seq: 2, boot_id: 'boot-0' }), reason: /another boot/ },
    { name: 'a repeated frame', frame: (peer) => peer.report({ generation: 3 }), reason: /repeated or replayed/ },
    {
      name: 'a generation older than one applied',
      frame: (peer) => peer.report({ seq: 2, generation: 2 }),
      reason: /generation 2 after 3/,
    },
    {
      name: 'a generation that was never sent',
      frame: (peer) => peer.report({ seq: 2, generation: 4 }),
      reason: /4 was never sent/,
    },
  ]

  before(async () => {
    links = await testLinks({ servers: 2 * BAD.length })
  })
  after(() => links[Symbol.asyncDispose]())

  for (const [row, { name, frame, reason, code = 1008 }] of BAD.entries()) {
    it(`refuses ${name}, says why in the log, and changes nothing`, TIMEOUT, async () => {
      const earlier = links.log.lines.length
      const [peer, other] = [await links.enrolled(2 * row), await links.enrolled(2 * row + 1)]
      await links.want(2 * row, 3)
      using socket = await peer.link()
      await socket.frame('desired')
      const count = links.observed.length + 1
      socket.send(peer.report({ generation: 3 }))
      await links.untilObserved(count)
      // rows as the good report left them
      const good = [await agentRow(links.db, peer.serverId), await agentRow(links.db, other.serverId)]
      socket.send(frame(peer, socket, other))
      assert.equal((await socket.closed).code, code)
      assert.match(refusals(links, earlier).join(), reason)
      assert.equal(links.observed.length, count)
      const then = [await agentRow(links.db, peer.serverId), await agentRow(links.db, other.serverId)]
      assert.deepEqual(then, good)
    })
  }
})

function session(index: number) {
  return {
    session_id: `session-${index}`,
    user_name: 'anna',
    uid: 20_000 + index,
    virtual_ip: '10.1.0.20',
    started_at: '2026-05-21T08:00:00.000Z',
  }
}

describe('a link', () => {
  it('welcomes an agent of which nothing is desired yet', TIMEOUT, async () => {
    await using links = await testLinks()
    const peer = await links.enrolled(0)
    using socket = await peer.link()
    socket.send(peer.report())
    await links.untilObserved(1)
    assert.deepEqual(links.linked, [{ serverId: peer.serverId, bootId: 'boot-1' }])
  })

  it('is told what is desired after its welcome, and again on every change', TIMEOUT, async () => {
    await using links = await testLinks()
    const peer = await links.enrolled(0)
    await links.want(0, 1)
    using socket = await peer.link()
    assert.equal((await socket.frame<Desired>('desired')).desired.generation, 1)
    await links.want(0, 2)
    assert.equal((await socket.frame<Desired>('desired')).desired.generation, 2)
  })

  it('gives way to a newer one of the same server', TIMEOUT, async () => {
    await using links = await testLinks()
    const peer = await links.enrolled(0)
    using first = await peer.link()
    using second = await peer.link({ boot_id: 'boot-2' })
    assert.equal((await first.closed).code, 4409)
    second.send(peer.report({ boot_id: 'boot-2' }))
    await links.untilObserved(1)
    assert.equal((await agentRow(links.db, peer.serverId)).boot_id, 'boot-2')
  })

  it('takes nothing from a connection whose server has said hello in another boot elsewhere', TIMEOUT, async () => {
    await using links = await testLinks()
    const peer = await links.enrolled(0)
    using socket = await peer.link()
    // another replica took the newer connection; here nobody closed the old one
    const row = { boot_id: 'boot-2', applied_generation: 7 }
    await links.db.updateTable('agents.agent').set(row).where('server_id', '=', peer.serverId).execute()
    socket.send(peer.report())
    assert.equal((await socket.closed).code, 4409)
    assert.deepEqual(links.observed, [])
    const { boot_id, applied_generation } = await agentRow(links.db, peer.serverId)
    assert.deepEqual({ boot_id, applied_generation }, row)
  })

  it('never takes back that a generation was applied', TIMEOUT, async () => {
    await using links = await testLinks()
    const peer = await links.enrolled(0)
    await links.want(0, 3)
    using socket = await peer.link()
    await socket.frame('desired')
    const { db } = links
    await db.updateTable('agents.agent').set({ applied_generation: 5 }).where('server_id', '=', peer.serverId).execute()
    socket.send(peer.report({ generation: 3 }))
    await links.untilObserved(1)
    assert.equal((await agentRow(db, peer.serverId)).applied_generation, 5)
  })

  it('reads no faster than reports are dealt with', TIMEOUT, async () => {
    const gate = Promise.withResolvers<void>()
    let isOpen = false
    await using links = await testLinks({ onObserved: () => gate.promise })
    const peer = await links.enrolled(0)
    using socket = await peer.link()
    const sessions = Array.from({ length: 300 }, (_, index) => session(index))
    const flushed = Promise.withResolvers<boolean>()
    const frames = 400
    for (let seq = 1; seq <= frames; seq += 1) {
      const report = JSON.stringify(peer.report({ seq, session_count: sessions.length, sessions }))
      socket.socket.send(report, () => seq === frames && flushed.resolve(isOpen))
    }
    // time enough for somebody who reads without a limit to have read it all
    setTimeout(() => {
      isOpen = true
      gate.resolve()
    }, 1_000)
    assert.equal(await flushed.promise, true, 'the last frame left before the first was dealt with')
    await links.untilObserved(frames)
  })
})
