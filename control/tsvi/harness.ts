import { sql } from 'kysely'
import type { Database } from '#db'
import type { Payload, Work } from '#jobs'
import type { Clock } from '#kernel'
import { FakeHost, type FleetOptions, insertFleet, silentLog, type TestFleet, testDatabase } from '#testing'
import { embeddedPorts, type PortDriver } from '#vpc'
import { checkDeadlines } from './deadline.service.ts'
import type { TsviDeps } from './deps.ts'
import { driveUpdate, startJob } from './drive.service.ts'
import { onLinked, onObserved } from './event.service.ts'
import { createRequestUpdate } from './request.service.ts'
import { DEFAULT_TIMING } from './update.ts'

/** A clock the test moves. */
export class TestClock implements Clock {
  #now = new Date('2026-05-21T08:00:00.000Z')

  now(): Date {
    return new Date(this.#now)
  }

  advance(seconds: number): void {
    this.#now = new Date(this.#now.getTime() + seconds * 1000)
  }
}

interface Queued {
  readonly name: string
  readonly id: string
}

/** What the tables say of one server's session addresses, each in order; at rest and in agreement they are the same. */
export interface Account {
  readonly owned: readonly string[]
  readonly open: readonly string[]
  readonly told: readonly string[]
}

/** The module against a real database, with the queue's deliveries and the hosts' reports in the test's hands. */
export class TsviHarness implements AsyncDisposable {
  readonly clock = new TestClock()
  readonly queued: Queued[] = []
  readonly hardReboots: string[] = []
  readonly database: Database
  readonly fleet: TestFleet
  readonly deps: TsviDeps
  readonly hosts: readonly FakeHost[]
  readonly #dispose: () => Promise<void>

  private constructor(
    database: Database,
    dispose: () => Promise<void>,
    fleet: TestFleet,
    ports: PortDriver | undefined,
  ) {
    this.database = database
    this.#dispose = dispose
    this.fleet = fleet
    this.deps = {
      db: database.db,
      clock: this.clock,
      log: silentLog,
      queue: { enqueue: async (_trx, work, payloads) => this.#enqueue(work, payloads) },
      ports: ports ?? embeddedPorts(database.db),
      power: { hardReboot: async (serverId) => void this.hardReboots.push(serverId) },
      timing: DEFAULT_TIMING,
      managedUids: { first: 20_000, last: 29_999 },
      probe: { host: '10.1.0.1', port: 7 },
      quarantineSeconds: 900,
    }
    const events = {
      linked: (serverId: string, bootId: string) => onLinked(this.deps, serverId, bootId),
      observed: (observed: Parameters<typeof onObserved>[1]) => onObserved(this.deps, observed),
    }
    this.hosts = fleet.serverIds.map((serverId) => new FakeHost(database.db, serverId, events))
  }

  static async start(options: Partial<FleetOptions> = {}, ports?: PortDriver): Promise<TsviHarness> {
    const database = await testDatabase()
    const fleet = await insertFleet(database.db, options)
    const harness = new TsviHarness(database, async () => database[Symbol.asyncDispose](), fleet, ports)
    for (const host of harness.hosts) await host.link()
    return harness
  }

  host(index = 0): FakeHost {
    const host = this.hosts[index]
    if (!host) throw new RangeError(`the fleet has no host ${index}`)
    return host
  }

  request(enable = true, ids: readonly string[] = this.fleet.serverIds): Promise<string> {
    const items = ids.map((id) => ({ id, enable }))
    return createRequestUpdate(this.deps)({ projectId: this.fleet.projectId, items, authorize: async () => {} })
  }

  /** Delivers what is queued. */
  async work(): Promise<void> {
    for (let next = this.queued.shift(); next; next = this.queued.shift()) {
      if (next.name === 'tsvi.start_job') await startJob(this.deps, next.id)
      if (next.name === 'tsvi.drive_update') await driveUpdate(this.deps, next.id)
    }
  }

  /** Request, work and hosts until nothing moves. */
  async run(enable = true): Promise<string> {
    const jobId = await this.request(enable)
    await this.settle()
    return jobId
  }

  async settle(): Promise<void> {
    do {
      await this.work()
      await Promise.all(this.hosts.map((host) => host.settle()))
    } while (this.queued.length > 0)
  }

  /** Lets the deadline of the state every update is in pass. */
  async passDeadlines(seconds: number): Promise<void> {
    this.clock.advance(seconds + 1)
    await checkDeadlines(this.deps)
    await this.work()
  }

  /** Of the newest update of each server. */
  async states(): Promise<readonly string[]> {
    const rows = await this.deps.db.selectFrom('tsvi.update').select(['server_id', 'state']).orderBy('id').execute()
    return this.fleet.serverIds.map((id) => rows.findLast((row) => row.server_id === id)?.state ?? 'none')
  }

  async account(index = 0): Promise<Account> {
    const { serverId } = this.host(index)
    const { rows } = await sql<Account>`
      SELECT ARRAY(SELECT host(address) FROM vpc.address WHERE owner_id = ${serverId} AND kind = 'session' ORDER BY 1) AS owned,
             ARRAY(SELECT pair ->> 'ip_address' FROM vpc.port, jsonb_array_elements(allowed_address_pairs) AS pair
                   WHERE device_id = ${serverId} ORDER BY 1) AS open,
             ARRAY(SELECT jsonb_array_elements_text(desired -> 'virtual_ip' -> 'addresses') FROM agents.agent
                   WHERE server_id = ${serverId} ORDER BY 1) AS told`.execute(this.deps.db)
    return rows[0] ?? { owned: [], open: [], told: [] }
  }

  /** How many addresses were given back and still rest. */
  async resting(): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*)::int AS count FROM vpc.address WHERE quarantined_until > ${this.clock.now()}`.execute(
      this.deps.db,
    )
    return rows[0]?.count ?? 0
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose()
  }

  #enqueue(work: Work, payloads: readonly Payload[]): void {
    for (const { id } of payloads) this.queued.push({ name: work.name, id })
  }
}
