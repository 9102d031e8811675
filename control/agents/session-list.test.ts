import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { SessionState } from '../../contract/agent/messages.ts'
import { type TestLinks, testLinks } from './test-peer.ts'

const TIMEOUT = { timeout: 30_000 }

let links: TestLinks
before(async () => {
  links = await testLinks({ servers: 6 })
})
after(() => links[Symbol.asyncDispose]())

function sessionsOf(count: number): SessionState[] {
  return Array.from({ length: count }, (_, index) => ({
    session_id: `s${index}`,
    user_name: `user-${index}`,
    uid: 20_000 + index,
    virtual_ip: '10.1.0.20',
    started_at: '2026-05-21T08:00:00.000Z',
  }))
}

describe('a list of sessions', () => {
  it('is passed on once it is whole, of however many frames', TIMEOUT, async () => {
    const peer = await links.enrolled(0)
    using socket = await peer.link()
    const all = sessionsOf(1024)
    socket.send(peer.report({ session_count: 1024, sessions: all.slice(0, 300) }))
    socket.send(peer.more(2, all.slice(300, 600)))
    const before = links.lists.length
    socket.send(peer.more(3, all.slice(600)))
    await links.untilListed(before + 1)
    const list = links.lists.at(-1)
    assert.deepEqual([list?.serverId, list?.bootId, list?.linkNumber], [peer.serverId, 'boot-1', 1])
    assert.deepEqual(list?.sessions, all)
  })

  it('that another report overtakes is given up for the new one', TIMEOUT, async () => {
    const peer = await links.enrolled(1)
    using socket = await peer.link()
    const all = sessionsOf(3)
    const before = links.lists.length
    socket.send(peer.report({ session_count: 3, sessions: all.slice(0, 1) }))
    socket.send(peer.report({ seq: 2, session_count: 2, sessions: all.slice(1) }))
    await links.untilListed(before + 1)
    assert.deepEqual(links.lists.at(-1)?.sessions, all.slice(1))
  })

  it('that goes on beyond its count, or names one twice, ends the connection', TIMEOUT, async () => {
    const all = sessionsOf(4)
    const cases = [
      { more: all.slice(1), reason: 'more sessions' },
      { more: all.slice(0, 1), reason: 'twice' },
    ]
    for (const [index, { more, reason }] of cases.entries()) {
      const peer = await links.enrolled(2 + index)
      using socket = await peer.link()
      const before = links.lists.length
      socket.send(peer.report({ session_count: 2, sessions: all.slice(0, 1) }))
      socket.send(peer.more(2, more))
      const { code, reason: said } = await socket.closed
      assert.deepEqual([code, said.includes(reason)], [1008, true], said)
      assert.equal(links.lists.length, before)
    }
  })

  it('carries the number of its connection, larger with each', TIMEOUT, async () => {
    const peer = await links.enrolled(4)
    const before = links.lists.length
    using former = await peer.link()
    former.send(peer.report())
    await links.untilListed(before + 1)
    using socket = await peer.link()
    socket.send(peer.report())
    await links.untilListed(before + 2)
    assert.deepEqual(
      links.lists.slice(before).map(({ linkNumber }) => linkNumber),
      [1, 2],
    )
  })
})

describe('an order to log off', () => {
  it('is sent with the link, and when it is announced, as often as that is', TIMEOUT, async () => {
    const peer = await links.enrolled(5)
    const order = {
      session_id: 's1',
      started_at: '2026-05-21T08:00:00.000Z',
      delay_seconds: 5,
      severity: 1,
      title: 'Maintenance',
      message: 'Save your work.',
    }
    links.logoffs.set(peer.serverId, [order])
    using socket = await peer.link({ features: ['logoff'] })
    assert.deepEqual(await socket.next(), { type: 'logoff', ...order })
    for (const delay_seconds of [4, 3]) {
      links.logoffs.set(peer.serverId, [{ ...order, delay_seconds }])
      await links.announceLogoffs(5)
      assert.deepEqual(await socket.next(), { type: 'logoff', ...order, delay_seconds })
    }
  })
})
