import { type Agent, findAgent } from '#agents'
import type { Db } from '#db'
import { listServerTargets, maxSessions, type ServerTarget } from '#fleet'
import { getSubnet, listSessionAddresses, type SubnetRow } from '#vpc'
import type { VirtualIp } from '../../contract/agent/desired-state.ts'
import type { Standing } from './plan.ts'
import type { Update } from './update.ts'

/** Everything an action looks at, read when it runs: never remembered. */
export interface Target {
  readonly server: ServerTarget
  readonly agent: Agent
  readonly subnet: SubnetRow
  /** Session addresses that are the server's, in address order. */
  readonly owned: readonly string[]
  /** How many it shall have when virtual IPs are on. */
  readonly count: number
  /** What the agent was last told. */
  readonly current: VirtualIp | null
}

export async function readTarget(db: Db, update: Pick<Update, 'projectId' | 'serverId'>): Promise<Target> {
  const [[server], agent, owned] = await Promise.all([
    listServerTargets(db, update.projectId, [update.serverId]),
    findAgent(db, update.serverId),
    listSessionAddresses(db, update.serverId),
  ])
  if (!server || !agent) throw new Error(`server ${update.serverId} of a running update is gone`)
  const subnet = await getSubnet(db, server.subnet_id)
  return { server, agent, subnet, owned, count: maxSessions(server), current: agent.desired?.virtual_ip ?? null }
}

/** What `isInLine` compares with what is wanted. */
export function standingOf({ server, agent, current }: Pick<Target, 'server' | 'agent' | 'current'>): Standing {
  return {
    enable: server.ip_virtual_enable,
    inDoubt: server.ip_virtual_in_doubt,
    current,
    isApplied: agent.applied_generation === agent.generation,
  }
}
