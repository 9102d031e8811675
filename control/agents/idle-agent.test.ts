import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent } from '../../agent/agent.ts'
import { memoryProbe } from '../../agent/drivers/probe.ts'
import { memoryReboot } from '../../agent/drivers/reboot.ts'
import { memorySessionEnd } from '../../agent/drivers/session-end.memory.ts'
import { memorySessionIp } from '../../agent/drivers/session-ip.memory.ts'
import { memoryJournal } from '../../agent/journal/journal.memory.ts'
import { enrol } from '../../agent/link/enrol.ts'
import { silentLog } from '../../agent/log.ts'
import { testClock } from '../../agent/test-clock.ts'
import { testLinks } from './test-peer.ts'

test('an agent of which nothing was ever desired keeps its one connection', { timeout: 30_000 }, async () => {
  await using links = await testLinks()
  const journal = memoryJournal()
  await enrol(await links.joinToken(0), journal, silentLog)
  const clock = testClock()
  const linked = Promise.withResolvers<void>()
  const ended: string[] = []
  const sessionIp = memorySessionIp('10.1.0.9')
  const agent = await startAgent(
    { bootId: 'boot-1', socketPath: null },
    {
      journal,
      sessionIp,
      probe: memoryProbe(sessionIp.hasAddress),
      reboot: memoryReboot(() => {}),
      sessionEnd: memorySessionEnd(() => {}),
      clock,
      random: () => 0,
      log: (_level, message) => {
        if (message === 'linked') linked.resolve()
        if (message === 'the link is closed') ended.push(message)
      },
    },
  )
  try {
    await linked.promise
    // past the time within which a link must have been taken up, short of the second ping
    clock.advance(19_000)
    await links.want(0, 1)
    await links.untilObserved(1)
    assert.equal(links.observed[0]?.generation, 1)
    assert.deepEqual(ended, [])
    assert.equal(links.linked.length, 1)
  } finally {
    await agent.stop()
  }
})
