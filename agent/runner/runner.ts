import type { DesiredState, VirtualIp } from '../../contract/agent/desired-state.ts'
import type { Observed, Probe } from '../../contract/agent/messages.ts'
import { type Clock, every } from '../clock.ts'
import type { ProbeDriver } from '../drivers/probe.ts'
import type { RebootDriver } from '../drivers/reboot.ts'
import type { SessionIpDriver } from '../drivers/session-ip.ts'
import type { Journal } from '../journal/journal.ts'
import { type Log, reasonOf } from '../log.ts'
import {
  confirmEnded,
  EMPTY_LEDGER,
  endAssignments,
  forgetForeign,
  type Ledger,
  ledgerAfterBoot,
  sessionStateOf,
} from '../plan/ledger.ts'
import { isServed, planSessionIps, problemOf } from '../plan/virtual-ip.ts'
import { consolidate } from './consolidate.ts'

/** Heals what others changed on the host and repeats what failed. */
const REPEAT_MS = 30_000
const MAX_ERROR_CHARS = 1024

export type RunnerDeps = {
  readonly bootId: string
  readonly journal: Journal
  readonly sessionIp: SessionIpDriver
  readonly probe: ProbeDriver
  readonly reboot: RebootDriver
  readonly clock: Clock
  readonly log: Log
}

/** What the control plane is told; the link adds who tells it. */
export type Report = Pick<Observed, 'generation' | 'error' | 'probe' | 'sessions'>

/** Where reports go: nowhere while there is no link. */
export interface Reporter {
  report(report: Report): void
  /** Resolves when the reports so far have arrived, or when that cannot be had. */
  flush(): Promise<void>
}

type Outcome = { readonly generation: number; readonly error: string | null; readonly probe: Probe | null }

/**
 * Level-triggered: keeps what is wanted and what came of it, and moves the system from one to the other, one apply at
 * a time. `#work` treats a wish of the control plane whole, `converge` only the addresses.
 */
export class Runner {
  readonly #deps: RunnerDeps
  readonly #reporter: Reporter
  #desired: DesiredState | undefined
  /** Reboots and probes follow a living word of the control plane, never the journal's. */
  #isFromLink = false
  #isApplied = false
  #isRebootOrdered = false
  #isInMaintenance = false
  #isStopped = false
  #appliedGeneration = 0
  #outcome: Outcome = { generation: 0, error: null, probe: null }
  #ledger: Ledger = EMPTY_LEDGER
  #journalledLedger: Ledger = EMPTY_LEDGER
  #probeAddress: string | undefined
  #probing = new AbortController()
  #stopRepeating = () => {}

  /** Makes the system carry the present ledger; rejects when it does not. */
  readonly converge: () => Promise<void>
  readonly #work: () => Promise<void>
  readonly #saveMaintenance: () => Promise<void>

  constructor(deps: RunnerDeps, reporter: Reporter) {
    this.#deps = deps
    this.#reporter = reporter
    this.converge = consolidate(() => this.#convergeOnce())
    this.#work = consolidate(() => this.#workOnce())
    this.#saveMaintenance = consolidate(() => deps.journal.saveMaintenance({ maintain_status: this.#isInMaintenance }))
  }

  /** Puts the journalled state in force; a failure is logged, reported later and repeated. */
  async start(): Promise<void> {
    const { journal, bootId, clock } = this.#deps
    this.#desired = await journal.loadDesired()
    this.#isInMaintenance = (await journal.loadMaintenance())?.maintain_status ?? false
    const sessions = await journal.loadSessions()
    if (sessions !== undefined) {
      const isSameBoot = sessions.boot_id === bootId
      this.#ledger = isSameBoot ? sessions.ledger : ledgerAfterBoot(sessions.ledger, this.#nowText())
    }
    await this.#work()
    this.#stopRepeating = every(clock, REPEAT_MS, () => this.#repeat())
  }

  /** The control plane's present wish. Older than what is known, or impossible: refused, nothing changes. */
  want(next: DesiredState): void {
    const { log } = this.#deps
    const known = this.#desired?.generation ?? 0
    if (next.generation < known) {
      log('warn', 'refused a desired state older than the known one', { generation: next.generation, known })
      return
    }
    const problem = problemOf(next.virtual_ip)
    if (problem !== undefined) {
      this.#fail(next.generation, new Error(problem))
      return
    }
    this.#desired = next
    this.#isFromLink = true
    this.#probing.abort()
    void this.#work()
  }

  /** The mark holds at once; written down, it holds after a reboot too, before there is a link. */
  async setMaintenance(maintainStatus: boolean): Promise<void> {
    const { log } = this.#deps
    if (maintainStatus !== this.#isInMaintenance) log('info', 'the maintenance mark changed', { maintainStatus })
    this.#isInMaintenance = maintainStatus
    try {
      await this.#saveMaintenance()
    } catch (error) {
      log('warn', 'the maintenance mark could not be written down', { reason: reasonOf(error) })
    }
  }

  get isInMaintenance(): boolean {
    return this.#isInMaintenance
  }

  report(): void {
    this.#reporter.report({ ...this.#outcome, sessions: this.#ledger.assignments.map(sessionStateOf) })
  }

  get virtualIp(): VirtualIp | undefined {
    return this.#desired?.virtual_ip
  }

  get appliedGeneration(): number {
    return this.#appliedGeneration
  }

  get ledger(): Ledger {
    return this.#ledger
  }

  /** In force with the next `converge`. */
  changeLedger(change: (ledger: Ledger) => Ledger): void {
    this.#ledger = change(this.#ledger)
  }

  /** Addresses that must not be given to anybody now. */
  addressesInUse(): ReadonlySet<string> {
    const used = new Set(this.#ledger.assignments.map((assignment) => assignment.virtual_ip))
    return this.#probeAddress === undefined ? used : used.add(this.#probeAddress)
  }

  /** Leaves the system as it is: sessions outlive the agent. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopRepeating()
    this.#probing.abort()
    await this.#work()
    await this.converge()
  }

  async #convergeOnce(): Promise<void> {
    // Nothing is known: leave the system as it is, its catch-all keeps users closed in.
    if (this.#desired === undefined || this.#isStopped) return
    const { virtual_ip } = this.#desired
    this.#ledger = endAssignments(this.#ledger, (assignment) => !isServed(virtual_ip, assignment))
    this.#ledger = forgetForeign(this.#ledger, virtual_ip.enable ? virtual_ip.addresses : [])
    const { assignments } = this.#ledger
    // Written before it is done: after a crash the next start finishes it.
    await this.#saveLedger()
    if (virtual_ip.enable) {
      await this.#deps.sessionIp.apply(planSessionIps(virtual_ip, assignments, this.#probeAddress))
    } else {
      await this.#deps.sessionIp.cleanUp()
    }
    const ended = assignments.filter((assignment) => assignment.ending)
    if (ended.length === 0) return
    this.#ledger = confirmEnded(this.#ledger, ended, this.#nowText())
    await this.#saveLedger()
    this.report()
  }

  async #saveLedger(): Promise<void> {
    const ledger = this.#ledger
    if (ledger === this.#journalledLedger) return
    const { assignments, releases } = ledger
    await this.#deps.journal.saveSessions({
      boot_id: this.#deps.bootId,
      ledger: { assignments: [...assignments], releases: [...releases] },
    })
    this.#journalledLedger = ledger
  }

  async #workOnce(): Promise<void> {
    const desired = this.#desired
    if (desired === undefined || this.#isStopped) return
    const { generation } = desired
    this.#isApplied = false
    try {
      if (this.#isFromLink) await this.#deps.journal.saveDesired(desired)
      await this.converge()
      this.#isApplied = true
      this.#appliedGeneration = generation
      const isRebootDue = this.#isFromLink && desired.reboot?.if_boot_id === this.#deps.bootId
      if (isRebootDue) return await this.#orderReboot(generation)
      const probe = this.#isFromLink ? await this.#runProbe(desired) : null
      if (this.#desired === desired) this.#conclude({ generation, error: null, probe })
    } catch (error) {
      // A newer wish has its own round, which reports for itself.
      if (this.#desired === desired) this.#fail(generation, error)
    }
  }

  async #orderReboot(generation: number): Promise<void> {
    this.#conclude({ generation, error: null, probe: null })
    if (this.#isRebootOrdered) return
    this.#deps.log('info', 'rebooting as the control plane wants', { generation, boot_id: this.#deps.bootId })
    await this.#reporter.flush()
    await this.#deps.reboot.reboot()
    this.#isRebootOrdered = true
  }

  async #runProbe({ probe, virtual_ip }: DesiredState): Promise<Probe | null> {
    const from = virtual_ip.enable ? virtual_ip.addresses[0] : undefined
    if (probe === null || from === undefined) return null
    this.#probing = new AbortController()
    this.#probeAddress = from
    try {
      await this.converge()
      return await this.#deps.probe.probe(from, probe, this.#probing.signal)
    } finally {
      this.#probeAddress = undefined
      await this.converge()
    }
  }

  #repeat(): void {
    const { generation, error } = this.#outcome
    const hasFailed = error !== null && generation === this.#desired?.generation
    if (!this.#isApplied || hasFailed) void this.#work()
    else this.converge().catch((reason: unknown) => this.#fail(this.#appliedGeneration, reason))
  }

  #fail(generation: number, error: unknown): void {
    const reason = reasonOf(error)
    this.#deps.log('warn', 'could not apply what is wanted; trying again later', { generation, reason })
    this.#conclude({ generation, error: reason.slice(0, MAX_ERROR_CHARS) || 'no reason', probe: null })
  }

  #conclude(outcome: Outcome): void {
    this.#outcome = outcome
    this.report()
  }

  #nowText(): string {
    return new Date(this.#deps.clock.now()).toISOString()
  }
}
