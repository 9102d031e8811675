import type { Db } from '#db'
import type { Queue } from '#jobs'
import type { Clock, Log } from '#kernel'
import type { PortDriver } from '#vpc'
import type { ManagedUids, Probe } from './plan.ts'
import type { Timing } from './update.ts'

/** What the running of updates needs of the world. */
export interface TsviDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly queue: Pick<Queue, 'enqueue'>
  readonly ports: PortDriver
  /** Pulls the plug of a server whose soft reboot did not come back. */
  readonly power: PowerDriver
  readonly timing: Timing
  readonly managedUids: ManagedUids
  /** Far end of the probe; null leaves it out, and then an update is verified by the agent's word alone. */
  readonly probe: Probe | null
  /** How long a released address rests, in seconds. */
  readonly quarantineSeconds: number
}

export interface PowerDriver {
  hardReboot(serverId: string): Promise<void>
}
