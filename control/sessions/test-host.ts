import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '#db'
import type { Clock } from '#kernel'
import { recordingLog } from '#testing'
import { claimAddresses } from '#vpc'
import type { SessionState } from '../../contract/agent/messages.ts'
import { recordSessions } from './report.service.ts'
import { endFormerBoots } from './session.store.ts'
import { sessionIdOf } from './session-id.ts'

export interface HostPlace {
  readonly db: Db
  readonly clock: Clock
  readonly serverId: string
  readonly subnetId: string
}

/** What a host's link brings, without the link: connections, boots and reports of sessions. */
export interface TestHost {
  readonly serverId: string
  /** The block of the server. */
  readonly addresses: readonly string[]
  readonly log: ReturnType<typeof recordingLog>
  bootId: string
  /** Of the newest connection. */
  linkNumber: number
  /** A connection, of the same boot or a new one, as the agents module and `compose.ts` take it. */
  link(bootId?: string): Promise<void>
  /** A session as the agent reports it: the n-th user with the n-th address, since now. */
  session(n: number, change?: Partial<SessionState>): SessionState
  /** Reports these sessions, by the newest connection unless told. */
  report(sessions: readonly SessionState[], linkNumber?: number): Promise<void>
  idOf(session: SessionState): string
}

export async function testHost({ db, clock, serverId, subnetId }: HostPlace, count = 4): Promise<TestHost> {
  const claim = { subnetId, ownerId: serverId, kind: 'session', count, at: clock.now() } as const
  const addresses = await claimAddresses(db, claim)
  if ('free' in addresses) throw new Error(`the subnet has ${addresses.free} free addresses, not ${count}`)
  const log = recordingLog()
  const host: TestHost = {
    serverId,
    addresses,
    log,
    bootId: randomUUID(),
    linkNumber: 0,
    link: async (bootId = host.bootId) => {
      host.bootId = bootId
      const { rows } = await sql<{ link_number: number }>`
        UPDATE agents.agent SET boot_id = ${bootId}, link_number = link_number + 1, agent_version = '1.2.3', features = '{logoff}'
        WHERE server_id = ${serverId} RETURNING link_number`.execute(db)
      host.linkNumber = rows[0]?.link_number ?? 0
      await endFormerBoots(db, { serverId, bootId }, clock.now())
    },
    session: (n, change = {}) => ({
      session_id: `s${n}`,
      user_name: `user-${n}`,
      uid: 20_000 + n,
      virtual_ip: addresses[n] ?? '',
      started_at: clock.now().toISOString(),
      ...change,
    }),
    report: (sessions, linkNumber = host.linkNumber) =>
      recordSessions({ db, clock, log }, { serverId, bootId: host.bootId, linkNumber, sessions }),
    idOf: ({ session_id: hostSessionId, started_at: startedAt }) =>
      sessionIdOf({ serverId, bootId: host.bootId, hostSessionId, startedAt }),
  }
  await host.link()
  return host
}
