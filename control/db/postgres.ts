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

/** Statements of one transaction that do not need each other's answers share a round trip. */
const PIPELINE = { pipeline: true }

export function openPostgres(url: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: 12,
    connectionTimeoutMillis: 5_000,
    application_name: 'berth',
    Client: NamingClient,
    ...PIPELINE,
  } as pg.PoolConfig)
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection was lost'))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    kind: 'postgres',
    db,
    bossOptions: { connectionString: url, max: 4, application_name: 'berth-jobs' },
    exec: (text) => execAlone(url, text),
    listen: (channel, onPayload, onLost = () => {}) => listen(url, { channel, onPayload, onLost }, log),
    close: () => db.destroy(),
  }
}

/** On a connection of its own: a failed script must not leave an aborted transaction in the pool. */
async function execAlone(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

const RELISTEN_MS = 1_000

/** A connection of its own that listens and comes back; after each (re)connect it reports a payload of `''`. */
interface Listener {
  readonly channel: string
  readonly onPayload: (payload: string) => void
  readonly onLost: () => void
}

async function listen(url: string, { channel, onPayload, onLost }: Listener, log: Log): Promise<Subscription> {
  let closed = false
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'berth-listen' })
    client = next
    next.on('notification', (message) => onPayload(message.payload ?? ''))
    next.on('error', (error) => log.warn({ error: error.message, channel }, 'the listening connection was lost'))
    next.on('end', () => {
      onLost()
      if (!closed) timer = setTimeout(() => connect().catch(() => {}), RELISTEN_MS)
    })
    await next.connect()
    await next.query(`LISTEN "${channel}"`)
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
