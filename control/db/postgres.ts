import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '#kernel'
import type { Database, Subscription } from './database.ts'
import type { Tables } from './tables.ts'

/** One name per text, so that PostgreSQL plans each statement once per connection. */
const names = new Map<string, string>()

function statementName(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
  if (names.size < 1000) names.set(text, name)
  return name
}

type QueryArguments = [text: unknown, values?: unknown, callback?: unknown]

class NamingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    // lost inside a transaction but between two statements, nobody else listens: the next statement tells its caller
    this.on('error', () => {})
  }

  // pg declares eight overloads; the one Kysely uses is (text, values)
  override query(...[text, values, callback]: QueryArguments): never {
    const query = super.query as unknown as (...parts: QueryArguments) => never
    if (text === 'begin') return this.#begin(query)
    if (typeof text !== 'string' || !Array.isArray(values)) return query.call(this, text, values, callback)
    return query.call(this, { name: statementName(text), text, values }, callback)
  }

  /**
   * Nobody waits for the answer to BEGIN: it travels with the statement that follows. It fails only with the
   * connection, and then so does that statement.
   */
  #begin(query: (...parts: QueryArguments) => never): never {
    ;(query.call(this, 'begin') as Promise<unknown>).catch(() => {})
    return Promise.resolve({ command: 'BEGIN', rowCount: null, rows: [] }) as never
  }
}

/** How long the database is waited for, in milliseconds, before it counts as unavailable. */
export interface Patience {
  readonly connectMs: number
  /** A statement the server has not ended by then is cancelled by it. */
  readonly statementMs: number
  /** Longer: a server that answers at all answers by then. One that does not loses the connection. */
  readonly answerMs: number
  /** How often a connection that only listens is asked whether it is alive. */
  readonly aliveMs: number
}

const PATIENCE: Patience = { connectMs: 5_000, statementMs: 10_000, answerMs: 12_000, aliveMs: 10_000 }

/** The queue's own housekeeping may take longer than what a caller waits for. */
const QUEUE_ANSWER_MS = 20_000

/** The kernel asks idle peers; without it a connection the network forgot looks open for hours. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 }

/**
 * Statements of one transaction that do not need each other's answers share a round trip; a connection without an
 * answer in time is dropped, with everything that waits on it.
 */
const PIPELINE = { pipeline: true }

/** Locks of a transaction whose process or network is gone are let go after this. */
const ABANDONED_MS = 15_000

function optionsOf(url: string, { connectMs, answerMs }: Patience): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
    ...KEEP_ALIVE,
    ...PIPELINE,
  }
}

export function openPostgres(url: string, log: Log, patience: Patience = PATIENCE): Database {
  const pool = new pg.Pool({
    ...optionsOf(url, patience),
    max: 12,
    statement_timeout: patience.statementMs,
    idle_in_transaction_session_timeout: ABANDONED_MS,
    application_name: 'berth',
    Client: NamingClient,
  } as pg.PoolConfig)
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection was lost'))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const queue = { connectionString: url, max: 4, application_name: 'berth-jobs', query_timeout: QUEUE_ANSWER_MS }
  return {
    kind: 'postgres',
    db,
    bossOptions: { ...queue, ...KEEP_ALIVE },
    exec: (text) => execAlone(url, text),
    listen: (channel, onPayload, onLost = () => {}) => listen(url, { channel, onPayload, onLost }, log, patience),
    close: () => db.destroy(),
  }
}

/** On a connection of its own: a failed script must not leave an aborted transaction in the pool. */
async function execAlone(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE.connectMs, ...KEEP_ALIVE })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

const RELISTEN_MS = 1_000

interface Listener {
  readonly channel: string
  readonly onPayload: (payload: string) => void
  readonly onLost: () => void
}

/**
 * A connection of its own that listens and comes back; after each (re)connect it reports a payload of `''`. It says
 * nothing by itself, so it is asked: one without an answer in time is dropped.
 */
async function listen(
  url: string,
  { channel, onPayload, onLost }: Listener,
  log: Log,
  patience: Patience,
): Promise<Subscription> {
  let closed = false
  /** Of a first attempt that fails the caller hears, and nobody could end another. */
  let wasListening = false
  let client: pg.Client | undefined
  let alive: NodeJS.Timeout | undefined
  let timer: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ ...optionsOf(url, patience), application_name: 'berth-listen' })
    client = next
    next.on('notification', (message) => onPayload(message.payload ?? ''))
    next.on('error', (error) => log.warn({ error: error.message, channel }, 'the listening connection was lost'))
    next.on('end', () => {
      clearInterval(alive)
      onLost()
      if (!closed && wasListening) timer = setTimeout(() => connect().catch(() => {}), RELISTEN_MS)
    })
    try {
      await next.connect()
      await next.query(`LISTEN "${channel}"`)
    } catch (error) {
      await next.end().catch(() => {})
      throw error
    }
    wasListening = true
    alive = setInterval(() => next.query('SELECT 1').catch(() => {}), patience.aliveMs)
    onPayload('')
  }

  await connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
