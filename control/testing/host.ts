import { randomUUID } from 'node:crypto'
import type { Db } from '#db'
import type { DesiredState } from '../../contract/agent/desired-state.ts'
import type { Observed } from '../../contract/agent/messages.ts'

/** What a host tells the control plane, as the link would deliver it. */
export interface HostEvents {
  linked(serverId: string, bootId: string): Promise<void>
  observed(observed: Observed): Promise<void>
}

/** How a host misbehaves; everything right when empty. */
export interface HostFaults {
  readonly error?: string
  readonly seen?: string | null
  readonly ignoresReboot?: boolean
}

/** A session host as the control plane sees one, at the contract: it reads its desired state and reports. */
export class FakeHost {
  readonly serverId: string
  readonly #db: Db
  readonly #events: HostEvents
  bootId: string = randomUUID()
  reboots = 0
  applied = 0
  faults: HostFaults = {}

  constructor(db: Db, serverId: string, events: HostEvents) {
    this.#db = db
    this.serverId = serverId
    this.#events = events
  }

  async link(): Promise<void> {
    await this.#db
      .updateTable('agents.agent')
      .set({ boot_id: this.bootId, seen_at: new Date() })
      .where('server_id', '=', this.serverId)
      .execute()
    await this.#events.linked(this.serverId, this.bootId)
  }

  async desired(): Promise<DesiredState | null> {
    const row = await this.#db
      .selectFrom('agents.agent')
      .select('desired')
      .where('server_id', '=', this.serverId)
      .executeTakeFirstOrThrow()
    return row.desired as DesiredState | null
  }

  /** Does what is desired once: applies, and reboots or probes. Returns false when there is nothing new. */
  async step(): Promise<boolean> {
    const desired = await this.desired()
    if (desired === null || desired.generation <= this.applied) return false
    const error = this.faults.error ?? null
    if (desired.reboot?.if_boot_id === this.bootId) {
      if (this.faults.ignoresReboot) return false
      await this.restart()
    }
    if (error === null) await this.#apply(desired.generation)
    await this.report(desired, error)
    return error === null
  }

  /** Steps until nothing new is desired. */
  async settle(): Promise<void> {
    while (await this.step());
  }

  /** A reboot, asked for or not. */
  async restart(): Promise<void> {
    this.reboots += 1
    this.bootId = randomUUID()
    await this.link()
  }

  /** The link notes what was applied before it tells anybody. */
  async #apply(generation: number): Promise<void> {
    this.applied = generation
    await this.#db
      .updateTable('agents.agent')
      .set({ applied_generation: generation })
      .where('server_id', '=', this.serverId)
      .execute()
  }

  async report(desired: DesiredState, error: string | null): Promise<void> {
    const address = desired.virtual_ip.addresses[0] ?? ''
    const probe = { address, seen: this.faults.seen === undefined ? address : this.faults.seen, detail: '' }
    await this.#events.observed({
      type: 'observed',
      seq: 1,
      server_id: this.serverId,
      boot_id: this.bootId,
      generation: desired.generation,
      error,
      probe: desired.probe === null || desired.reboot?.if_boot_id === this.bootId ? null : probe,
      session_count: 0,
      sessions: [],
    })
  }
}
