import type { Kysely, Transaction } from 'kysely'
import type { ConstructorOptions } from 'pg-boss'
import type { Tables } from './tables.ts'

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>

export interface Subscription {
  close(): Promise<void>
}

/** An open database, whichever of the two; everything above this file sees one dialect. */
export interface Database {
  readonly kind: 'pglite' | 'postgres'
  readonly db: Db
  /** How the job queue reaches the same database. */
  readonly bossOptions: ConstructorOptions
  /** Runs several statements without parameters: migrations. */
  exec(text: string): Promise<void>
  /**
   * Payloads of NOTIFY on a channel. A payload of `''` says that some may have been missed: look at the tables.
   * It comes once at the start and after every reconnect; `onLost` is called when payloads stop coming until then.
   */
  listen(channel: string, onPayload: (payload: string) => void, onLost?: () => void): Promise<Subscription>
  /** PGlite only: the whole data directory, for the snapshot of the tests. */
  dump?(): Promise<Blob>
  close(): Promise<void>
}
