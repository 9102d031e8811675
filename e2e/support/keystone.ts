import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { freePort } from '../../tools/postgres.ts'
import type { Stage } from './stage.ts'
import { until } from './wait.ts'

/** Why there is no Keystone to play with; false when there is. */
export const noKeystone: string | false =
  find('keystone-manage') && find('keystone-wsgi-public') ? false : 'install Keystone (Debian package keystone)'

function find(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':')
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

/** A real Keystone on loopback, with its rows and keys in the folder of the story and no user but its administrator. */
export interface Keystone {
  readonly url: string
  readonly adminPassword: string
  /** Resolves when it answers; the same rows and keys as before. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function openKeystone(stage: Stage): Promise<Keystone> {
  const folder = join(stage.folder, 'keystone')
  const adminPassword = randomBytes(12).toString('hex')
  const config = writeConfig(folder)
  await prepare(config, adminPassword)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let server: ChildProcess | undefined
  const stop = async () => {
    const ended = server && new Promise<void>((done) => server?.once('exit', () => done()))
    if (server?.kill('SIGTERM')) await ended
    server = undefined
  }
  stage.defer(stop)
  return {
    url,
    adminPassword,
    start: async () => {
      server = spawn(find('keystone-wsgi-public') ?? '', ['-p', String(port), '-b', '127.0.0.1'], {
        env: { ...process.env, OS_KEYSTONE_CONFIG_FILES: config },
        stdio: ['ignore', 'ignore', openSync(join(folder, 'server.log'), 'a')],
      })
      await until('Keystone answers', async () => (await fetch(`${url}/v3`)).ok, START_MS)
    },
    stop,
  }
}

const START_MS = 60_000

/** Keys as `keystone-manage` makes them, without the seconds that it takes: 0 is the next one, 1 seals. */
function writeKeys(folder: string): void {
  mkdirSync(folder, { mode: 0o700 })
  for (const name of ['0', '1']) {
    const key = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
    writeFileSync(join(folder, name), key, { mode: 0o600 })
  }
}

function writeConfig(folder: string): string {
  mkdirSync(folder, { mode: 0o700 })
  for (const name of ['fernet', 'credential']) writeKeys(join(folder, name))
  const path = join(folder, 'keystone.conf')
  const sections = {
    DEFAULT: [`log_file = ${join(folder, 'keystone.log')}`],
    database: [`connection = sqlite:///${join(folder, 'keystone.db')}`],
    token: ['provider = fernet'],
    fernet_tokens: [`key_repository = ${join(folder, 'fernet')}`],
    credential: [`key_repository = ${join(folder, 'credential')}`],
    // the least that bcrypt takes: nobody guesses here
    identity: ['password_hash_rounds = 4'],
  }
  const text = Object.entries(sections).map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`)
  writeFileSync(path, text.join('\n'), { mode: 0o600 })
  return path
}

async function prepare(config: string, adminPassword: string): Promise<void> {
  const manage = async (...args: readonly string[]) => {
    await promisify(execFile)(find('keystone-manage') ?? '', ['--config-file', config, ...args])
  }
  await manage('db_sync')
  // Keystone leaves read transactions open now and then, and without a write-ahead log these keep it from writing
  const rows = new DatabaseSync(join(dirname(config), 'keystone.db'))
  rows.exec('PRAGMA journal_mode = WAL')
  rows.close()
  await manage('bootstrap', '--bootstrap-password', adminPassword)
}
