import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { systemClock } from '../../agent/clock.ts'
import { memoryJournal } from '../../agent/journal/journal.memory.ts'
import { enrol } from '../../agent/link/enrol.ts'
import { Link } from '../../agent/link/link.ts'
import { silentLog } from '../../agent/log.ts'
import { type TestLinks, testLinks } from './test-peer.ts'

const TIMEOUT = { timeout: 30_000 }

let links: TestLinks
before(async () => {
  links = await testLinks({ servers: 6 })
})
after(() => links[Symbol.asyncDispose]())

const rowsOf = (serverId: string) =>
  links.db.selectFrom('agents.metric').selectAll().where('server_id', '=', serverId).execute()

/** What is stored, once something is: nobody is told, because nobody waits for it. */
async function stored(serverId: string) {
  for (;;) {
    const rows = await rowsOf(serverId)
    if (rows.length > 0) return rows
    await setImmediate()
  }
}

describe('a frame of measurements', () => {
  it('is stored once, however often it is sent, and reports are heard beside it', TIMEOUT, async () => {
    const peer = await links.enrolled(0)
    using socket = await peer.link()
    const heard = links.observed.length
    for (let n = 0; n < 100; n += 1) socket.send({ type: 'metrics', values: { cpu_util: [n] } })
    socket.send(peer.report())
    await links.untilObserved(heard + 1)
    const rows = await stored(peer.serverId)
    assert.deepEqual(
      rows.map((row) => [row.count, row.sum]),
      [
        [1, 0],
        [1, 0],
      ],
    )
  })

  for (const [index, [what, values]] of (
    [
      ['an unknown metric', { gpu: [1] }],
      ['a negative value', { cpu_util: [-1] }],
      ['more than all of a processor', { cpu_util: [101] }],
      ['more looks than go into one', { mem_util: Array.from({ length: 13 }, () => 1) }],
    ] as const
  ).entries()) {
    it(`with ${what} is refused and ends the connection`, TIMEOUT, async () => {
      const peer = await links.enrolled(index + 1)
      using socket = await peer.link()
      socket.send({ type: 'metrics', values })
      assert.equal((await socket.closed).code, 1008)
      assert.deepEqual(await rowsOf(peer.serverId), [])
    })
  }
})

describe('the agent end of the link', () => {
  it('sends measurements once it is linked, and drops them before', TIMEOUT, async () => {
    const journal = memoryJournal()
    await enrol(await links.joinToken(5), journal, silentLog)
    const identity = (await journal.loadIdentity()) ?? assert.fail('it is not enrolled')
    const linked = Promise.withResolvers<void>()
    const link = new Link({
      identity,
      bootId: 'boot-1',
      appliedGeneration: () => 0,
      onDesired: () => {},
      onMaintenance: () => {},
      onLogoff: () => {},
      onUpgrade: () => {},
      version: '1.2.3',
      clock: systemClock,
      random: () => 0,
      log: (_level, message) => message === 'linked' && linked.resolve(),
    })
    try {
      link.sendMetrics({ type: 'metrics', values: { mem_util: [1] } })
      await linked.promise
      link.sendMetrics({ type: 'metrics', values: { mem_util: [2, 3] } })
      const rows = await stored(identity.server_id)
      assert.deepEqual(
        rows.map((row) => [row.metric, row.count, row.sum]),
        [
          ['mem_util', 2, 5],
          ['mem_util', 2, 5],
        ],
      )
    } finally {
      await link.stop()
    }
  })
})
