import { createSecureContext } from 'node:tls'
import type { Metrics } from '../../contract/agent/metrics.ts'
import { pause } from '../clock.ts'
import { reasonOf } from '../log.ts'
import type { Report, Reporter } from '../runner/runner.ts'
import { backoffMs } from './backoff.ts'
import { Connection, type ConnectionDeps, type TlsMemory } from './connection.ts'

/** A connection that lasted this long was a good one: the next attempt waits as after the first failure. */
const GOOD_MS = 10_000

export type LinkDeps = Omit<ConnectionDeps, 'tls'> & { readonly random: () => number }

/** The lasting link: one connection at a time, a new one after each that ends. */
export class Link implements Reporter {
  readonly #deps: LinkDeps
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>
  #connection: Connection | undefined

  constructor(deps: LinkDeps) {
    this.#deps = deps
    this.#done = this.#run()
  }

  get isLinked(): boolean {
    return this.#connection?.isLinked ?? false
  }

  report(report: Report): void {
    this.#connection?.report(report)
  }

  /** Drops the frame where there is no link, or one that is behind. */
  sendMetrics(metrics: Metrics): void {
    this.#connection?.sendMetrics(metrics)
  }

  async flush(): Promise<void> {
    await this.#connection?.flush()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#connection?.close()
    await this.#done
  }

  async #run(): Promise<void> {
    const { identity, clock, random, log } = this.#deps
    const { signal } = this.#stopping
    let attempt = 0
    let tls: TlsMemory | undefined
    while (!signal.aborted) {
      try {
        tls ??= { secureContext: createSecureContext({ ca: identity.ca_pem }), session: undefined }
        this.#connection = new Connection({ ...this.#deps, tls })
        await this.#connection.closed
        if (this.#connection.linkedMs >= GOOD_MS) attempt = 0
      } catch (error) {
        log('error', 'the link cannot be opened', { reason: reasonOf(error) })
      }
      this.#connection = undefined
      await pause(clock, backoffMs(attempt, random), signal)
      attempt += 1
    }
  }
}
