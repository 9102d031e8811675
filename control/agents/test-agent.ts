import { EventEmitter, once } from 'node:events'
import { type RunningAgent, startAgent } from '../../agent/agent.ts'
import { type Clock, systemClock } from '../../agent/clock.ts'
import { memoryMetrics } from '../../agent/drivers/metrics.memory.ts'
import { memoryProbe } from '../../agent/drivers/probe.ts'
import { memoryReboot } from '../../agent/drivers/reboot.ts'
import { memorySessionEnd } from '../../agent/drivers/session-end.memory.ts'
import { memorySessionIp } from '../../agent/drivers/session-ip.memory.ts'
import { memoryJournal } from '../../agent/journal/journal.memory.ts'
import { enrol } from '../../agent/link/enrol.ts'
import { silentLog } from '../../agent/log.ts'
import type { TestLinks } from './test-peer.ts'

/** The agent's own code on an in-memory host, enrolled, and started as often as the test likes. */
export interface TestAgent {
  start(bootId: string): Promise<RunningAgent>
  /** Waits for a line of the agent's log from now on. */
  untilLogged(message: string): Promise<void>
}

export async function testAgent(links: TestLinks, index = 0, clock: Clock = systemClock): Promise<TestAgent> {
  const journal = memoryJournal()
  await enrol(await links.joinToken(index), journal, silentLog)
  const sessionIp = memorySessionIp('10.1.0.9')
  const lines = new EventEmitter()
  return {
    start: (bootId) =>
      startAgent(
        { bootId, socketPath: null },
        {
          journal,
          sessionIp,
          probe: memoryProbe(sessionIp.hasAddress),
          reboot: memoryReboot(() => {}),
          metrics: memoryMetrics(),
          sessionEnd: memorySessionEnd(() => {}),
          clock,
          random: () => 0,
          log: (_level, message) => void lines.emit(message),
        },
      ),
    untilLogged: async (message) => void (await once(lines, message)),
  }
}
