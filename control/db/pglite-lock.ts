import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface DirectoryLock {
  release(): Promise<void>
}

/** The longest wait after each attempt; at random below it, so that two who meet do not meet again. */
const WAITS_MS = [20, 40, 80, 160, 320, 640]

/**
 * PGlite does not notice a second process on its directory, and two of them destroy it. So each has a listening socket
 * of its own in the directory, which the kernel drops with the process, however that dies: no process number can be
 * taken for another's, and containers that share the directory see each other, as all processes of one kernel do.
 *
 * One listens first and looks at the others then, and has the lock when nobody else listens; else it withdraws, and
 * tries again unless somebody has it. Of two that start at once the one that looks later sees the other. A name is
 * never used twice, so one that is dead may be removed without a fear that it is somebody's by then.
 *
 * Throws a sentence that names the directory when another control plane has it.
 */
export async function lockDirectory(dataDir: string): Promise<DirectoryLock> {
  const folder = join(dataDir, 'berth.lock')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  using short = shortNameOf(folder)
  for (const waitMs of WAITS_MS) {
    const outcome = await tryLock(folder, short.path)
    if (outcome === 'held') break
    if (outcome !== 'contended') return outcome
    await delay(randomInt(1, waitMs))
  }
  throw new Error(`the data directory ${dataDir} is in use by another control plane`)
}

async function tryLock(folder: string, short: string): Promise<DirectoryLock | 'held' | 'contended'> {
  const name = randomBytes(6).toString('hex')
  const { server, hold } = await listen(join(short, name))
  const withdraw = async () => {
    rmSync(join(folder, name), { force: true })
    await new Promise((done) => server.close(done))
  }
  const others = readdirSync(folder).filter((other) => other !== name)
  const states = await Promise.all(others.map((other) => ask(join(short, other))))
  for (const [index, other] of others.entries()) {
    if (states[index] === 'dead') rmSync(join(folder, other), { force: true })
  }
  // who looked between our bind and our listen took us for dead and removed our name: then others cannot see us
  if (states.every((state) => state === 'dead') && existsSync(join(folder, name))) {
    hold()
    return { release: withdraw }
  }
  await withdraw()
  return states.includes('holds') ? 'held' : 'contended'
}

/** The name of a socket has at most about 100 bytes: a longer folder is reached through a link. */
function shortNameOf(folder: string): Disposable & { readonly path: string } {
  if (Buffer.byteLength(folder) < 80) return { path: folder, [Symbol.dispose]: () => {} }
  const own = mkdtempSync(join(tmpdir(), 'berth-'))
  symlinkSync(folder, join(own, 'd'))
  return { path: join(own, 'd'), [Symbol.dispose]: () => rmSync(own, { recursive: true, force: true }) }
}

interface Sign {
  readonly server: Server
  /** From now on it tells who asks that the lock is had. */
  hold(): void
}

function listen(path: string): Promise<Sign> {
  return new Promise((done, fail) => {
    let word = ''
    const server = createServer((socket) => socket.on('error', () => {}).end(word))
    server.once('error', (cause) => fail(new Error('the data directory cannot be locked by a socket in it', { cause })))
    const hold = () => {
      word = HOLDS
    }
    server.listen(path, () => done({ server: server.unref(), hold }))
  })
}

const HOLDS = 'holds'

/** A process that is frozen, or busy for so long, has the lock for all we know: the kernel accepts for it. */
const ANSWER_MS = 500

function ask(path: string): Promise<'dead' | 'tries' | 'holds'> {
  return new Promise((done) => {
    let said = ''
    const socket = connect(path)
    socket.setTimeout(ANSWER_MS, () => {
      done('holds')
      socket.destroy()
    })
    socket.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    socket.once('close', () => done(said === HOLDS ? 'holds' : 'tries'))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED' || code === 'ENOENT') done('dead')
    })
  })
}
