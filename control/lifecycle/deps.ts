import type { Db } from '#db'
import type { Queue } from '#jobs'
import type { Clock, Log } from '#kernel'
import type { ManagedUids, Probe } from '#tsvi'
import type { PortDriver } from '#vpc'
import type { Machine, MachineSpec } from '../../contract/compute/machine.ts'
import type { TaskTiming } from './task.ts'

/** What the running of tasks needs of the world. */
export interface LifecycleDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly queue: Pick<Queue, 'enqueue'>
  readonly ports: PortDriver
  /** Null where hosts are brought by hand. */
  readonly machines: MachineDriver | null
  /** A one-time token for the host of a server. */
  createJoinToken(serverId: string): Promise<string>
  readonly timing: TaskTiming
  readonly managedUids: ManagedUids
  /** Far end of the probe that verifies session addresses; null leaves it out. */
  readonly probe: Probe | null
  /** How long a released address rests, in seconds. */
  readonly quarantineSeconds: number
}

/**
 * What makes and ends hosts, and has its hand on their power. Every call may be repeated. Throws `HostRefused` when it
 * says no or cannot be reached.
 */
export interface MachineDriver {
  /** Makes and boots the machine, or leaves it as it is. */
  create(serverId: string, spec: MachineSpec): Promise<Machine>
  start(serverId: string): Promise<Machine>
  stop(serverId: string, type: 'SOFT' | 'HARD'): Promise<Machine>
  /** Pulls the plug and boots again; resolves when it is up. */
  reset(serverId: string): Promise<Machine>
  /** An empty disk, made once for one token. */
  rebuild(serverId: string, joinToken: string): Promise<Machine>
  remove(serverId: string): Promise<void>
}

/** The message is told to whoever asked for the task; `cause` is what happened, for the log. */
export class HostRefused extends Error {
  override readonly name = 'HostRefused'
  /** There is no such machine: it went with its provider, or never was. */
  readonly isMissing: boolean

  constructor(message: string, { isMissing, cause }: { readonly isMissing: boolean; readonly cause: unknown }) {
    super(message, { cause })
    this.isMissing = isMissing
  }
}

/** Refused before, where hosts are brought by hand: whoever asks all the same is told so. */
export function requireMachines({ machines }: Pick<LifecycleDeps, 'machines'>): MachineDriver {
  if (machines) return machines
  throw new HostRefused('there is no compute provider', { isMissing: false, cause: undefined })
}
