import type { Logoff } from '../../contract/agent/messages.ts'
import type { Clock } from '../clock.ts'
import type { SessionEndDriver } from '../drivers/session-end.ts'
import { type Log, reasonOf } from '../log.ts'
import { findAssignment } from '../plan/ledger.ts'
import type { Runner } from './runner.ts'
import { endSession } from './sessions.ts'

export type LogoffsDeps = { readonly clock: Clock; readonly sessionEnd: SessionEndDriver; readonly log: Log }

const REPORT_MS = 200

/** What kind of word it is, by its severity; the API gives the others no meaning. */
const KINDS = ['Info', 'Warning', 'Serious']

/**
 * Orders to end sessions. The control plane repeats an order until the session is reported no more, so nothing is kept
 * on disk and a failure is only logged: a repeated order sets the time anew, or tries again.
 *
 *   (none) ── order: the user is told ──▶ pending ── time is up ──▶ ending ── processes gone, address off ──▶ (none)
 */
export class Logoffs {
  readonly #runner: Runner
  readonly #deps: LogoffsDeps
  /** What calls off the end of a session that waits for its time. */
  readonly #pending = new Map<string, () => void>()
  /** When the sessions began whose users were told: an order that comes again tells nothing again. */
  readonly #told = new Map<string, string>()
  readonly #ending = new Map<string, Promise<void>>()
  #isReportDue = false
  #isStopped = false

  constructor(runner: Runner, deps: LogoffsDeps) {
    this.#runner = runner
    this.#deps = deps
  }

  take(order: Logoff): void {
    const { session_id: sessionId, started_at: startedAt } = order
    if (this.#isStopped || this.#ending.has(sessionId)) return
    if (!this.#isOn(sessionId, startedAt)) {
      // it ended already, and the word of it got lost
      this.#reportSoon()
      return
    }
    this.#pending.get(sessionId)?.()
    this.#warnOnce(order)
    const cancel = this.#deps.clock.after(order.delay_seconds * 1000, () => this.#begin(order))
    this.#pending.set(sessionId, cancel)
  }

  /** Sessions outlive the agent: what is pending is ordered again when it is back. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const cancel of this.#pending.values()) cancel()
    await Promise.all(this.#ending.values())
  }

  /** Once for all orders of the moment. */
  #reportSoon(): void {
    if (this.#isReportDue) return
    this.#isReportDue = true
    this.#deps.clock.after(REPORT_MS, () => {
      this.#isReportDue = false
      if (!this.#isStopped) this.#runner.report()
    })
  }

  #isOn(sessionId: string, startedAt: string): boolean {
    return findAssignment(this.#runner.ledger, sessionId)?.started_at === startedAt
  }

  #warnOnce(order: Logoff): void {
    for (const [sessionId, startedAt] of this.#told) if (!this.#isOn(sessionId, startedAt)) this.#told.delete(sessionId)
    if (this.#told.has(order.session_id)) return
    this.#told.set(order.session_id, order.started_at)
    this.#warn(order)
  }

  #warn(order: Logoff): void {
    const session = findAssignment(this.#runner.ledger, order.session_id)
    const text = [order.title, order.message].filter((part) => part !== '').join('\n')
    if (session === undefined || text === '') return
    const kind = KINDS[order.severity]
    this.#deps.sessionEnd.warn(session, kind === undefined ? text : `${kind}: ${text}`).catch((error: unknown) => {
      this.#deps.log('warn', 'a user could not be told', { session_id: order.session_id, reason: reasonOf(error) })
    })
  }

  #begin(order: Logoff): void {
    const { session_id: sessionId } = order
    this.#pending.delete(sessionId)
    const ending = this.#end(order).finally(() => this.#ending.delete(sessionId))
    this.#ending.set(sessionId, ending)
  }

  async #end({ session_id: sessionId, started_at }: Logoff): Promise<void> {
    const { log, sessionEnd } = this.#deps
    const session = findAssignment(this.#runner.ledger, sessionId)
    if (session?.started_at !== started_at) return
    try {
      await sessionEnd.end(session)
      await endSession(this.#runner, sessionId)
      log('info', 'a session was logged off', { session_id: sessionId })
    } catch (error) {
      log('warn', 'a session could not be logged off; waiting for the order to come again', {
        session_id: sessionId,
        reason: reasonOf(error),
      })
    }
  }
}
