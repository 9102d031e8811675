import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** A PostgreSQL server of our own in a temporary folder, with its durability as it is by default. */
export interface Postgres {
  /** Of the database `postgres`; loopback only, no password. */
  readonly url: string
  /** Starts it again after `stop`; does nothing while it runs. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Stops it and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>
}

export const POSTGRES_HINT = 'install PostgreSQL 15 or newer (Debian package postgresql)'

/** Folder of `initdb` and `postgres`, or undefined when no server is installed. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/** PostgreSQL refuses to run as root; whoever we are, it runs as somebody who owns its folder. */
function owner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** A folder in memory that has room for the databases of the tests; undefined where there is none. */
export function memoryFolder(): string | undefined {
  const folder = '/dev/shm'
  if (process.platform !== 'linux' || !existsSync(folder)) return undefined
  const { type, bavail, bsize } = statfsSync(folder)
  return type === TMPFS && bavail * bsize >= ROOM_BYTES ? folder : undefined
}

const TMPFS = 0x01021994
const ROOM_BYTES = 4 * 2 ** 30

/** In `parent` or else where temporary files are. */
export async function startPostgres(parent: string = tmpdir()): Promise<Postgres> {
  const bin = findPostgres()
  if (bin === undefined) throw new Error(`there is no PostgreSQL here: ${POSTGRES_HINT}`)
  const as = owner()
  const folder = mkdtempSync(join(parent, 'berth-pg-'))
  if (as) chownSync(folder, as.uid, as.gid)
  const data = join(folder, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8'], {
    ...as,
    stdio: 'ignore',
  })
  const port = await freePort()
  let stopServer: (() => Promise<void>) | undefined
  const start = async () => {
    stopServer ??= await launch(bin, data, folder, port, as)
  }
  const stop = async () => {
    await stopServer?.()
    stopServer = undefined
  }
  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const START_MS = 20_000

async function launch(
  bin: string,
  data: string,
  folder: string,
  port: number,
  as: ReturnType<typeof owner>,
): Promise<() => Promise<void>> {
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=300']
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const server = spawn(join(bin, 'postgres'), args, { ...as, stdio: 'ignore' })
  const ended = new Promise<void>((done) => server.once('exit', () => done()))
  const until = Date.now() + START_MS
  while (!(await accepts(port))) {
    if (Date.now() > until || server.exitCode !== null) throw new Error(`PostgreSQL did not start on port ${port}`)
    await delay(50)
  }
  return async () => {
    // fast shutdown: connections are cut, everything committed is kept
    server.kill('SIGINT')
    await ended
  }
}

/** The port is open before the server is ready: until then it answers that it is starting up. */
async function accepts(port: number): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  // cut before it answers: the attempt failed, and so says its promise
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** Does some work on a connection of its own. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The URL of another database of the same server. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
