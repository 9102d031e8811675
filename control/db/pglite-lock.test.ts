import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { openPglite } from './pglite.ts'
import { lockDirectory } from './pglite-lock.ts'

function testFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'berth-lock-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

interface Starter extends AsyncDisposable {
  readonly pid: number
  /** What it says of each directory that it is told to lock: `locked` or why not. */
  lock(dataDir: string): Promise<string>
  kill(signal: NodeJS.Signals): Promise<void>
}

/** A process that locks what it is told, and unlocks nothing: it can only die. */
async function startStarter(): Promise<Starter> {
  const program = `
    import { createInterface } from 'node:readline'
    import { lockDirectory } from '${join(import.meta.dirname, 'pglite-lock.ts')}'
    console.log('ready')
    for await (const dataDir of createInterface({ input: process.stdin })) {
      console.log(await lockDirectory(dataDir).then(() => 'locked', (error) => error.message))
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  assert.equal(await nextLine(), 'ready')
  const kill = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    lock: (dataDir) => {
      child.stdin.write(`${dataDir}\n`)
      return nextLine()
    },
    kill,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await kill('SIGKILL')
    },
  }
}

const IN_USE = /^the data directory .* is in use by another control plane$/

/** These belong to the suite on PGlite; the other database has no directory of ours. */
const onPglite = process.env.BERTH_TEST_DATABASE_URL === undefined
const suite = onPglite ? describe : () => {}

suite('the lock of a data directory', () => {
  it('is had by one at a time, under whatever name the directory goes', async () => {
    using folder = testFolder()
    const dataDir = join(folder.path, 'data')
    const first = await lockDirectory(dataDir)
    await assert.rejects(lockDirectory(dataDir), { message: IN_USE })
    symlinkSync(dataDir, join(folder.path, 'alias'))
    await assert.rejects(lockDirectory(join(folder.path, 'alias')), { message: IN_USE })
    await first.release()
    const second = await lockDirectory(dataDir)
    await second.release()
    assert.deepEqual(readdirSync(join(dataDir, 'berth.lock')), [], 'and leaves nothing of itself')
  })

  it('holds for a process that is frozen, and ends with one that is killed', async () => {
    using folder = testFolder()
    await using starter = await startStarter()
    assert.equal(await starter.lock(folder.path), 'locked')
    process.kill(starter.pid, 'SIGSTOP')
    await assert.rejects(lockDirectory(folder.path), { message: IN_USE })
    await starter.kill('SIGKILL')
    const lock = await lockDirectory(folder.path)
    await lock.release()
  })

  it('has no length that a path may not have', async () => {
    using folder = testFolder()
    const dataDir = join(folder.path, 'a'.repeat(120), 'b'.repeat(120))
    mkdirSync(dataDir, { recursive: true })
    const lock = await lockDirectory(dataDir)
    await assert.rejects(lockDirectory(dataDir), { message: IN_USE })
    await lock.release()
  })

  it('is never had by two of four that start at once over what a crash left', async () => {
    using folder = testFolder()
    await using stack = new AsyncDisposableStack()
    const dataDirs = Array.from({ length: 25 }, (_, round) => join(folder.path, String(round)))
    const crashed = stack.use(await startStarter())
    for (const dataDir of dataDirs) assert.equal(await crashed.lock(dataDir), 'locked')
    await crashed.kill('SIGKILL')
    const starters: Starter[] = []
    for (let index = 0; index < 4; index += 1) starters.push(stack.use(await startStarter()))
    for (const dataDir of dataDirs) {
      const said = await Promise.all(starters.map((starter) => starter.lock(dataDir)))
      const refused = said.filter((line) => line !== 'locked')
      assert.equal(refused.length, 3, said.join('\n'))
      for (const line of refused) assert.match(line, IN_USE)
    }
  })

  it('is had by a database while it is open', async () => {
    using folder = testFolder()
    const database = await openPglite(folder.path)
    await assert.rejects(openPglite(folder.path), { message: IN_USE })
    await database.close()
    const lock = await lockDirectory(folder.path)
    await lock.release()
  })
})
