import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findPostgres, memoryFolder, POSTGRES_HINT, startPostgres } from './postgres.ts'

const ROOT = join(import.meta.dirname, '..')

type Environment = Readonly<Record<string, string | undefined>>

/** What ran has said what is wrong: nothing is to be added but the status. */
class Failed extends Error {
  readonly status: number

  constructor(status: number) {
    super(`ended with ${status}`)
    this.status = status
  }
}

/** Runs the pinned Node, prints what it prints, and throws `Failed` when it fails. */
function node(args: readonly string[], environment: Environment = {}, timeout?: number): void {
  const result = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    timeout,
    env: { ...process.env, ...environment },
  })
  if (result.status !== 0) throw new Failed(result.status ?? 1)
}

function bin(name: string): string {
  return join(ROOT, 'node_modules', name)
}

function check(): void {
  heading('types, form and import directions')
  node([bin('typescript/bin/tsc'), '--noEmit'])
  node([bin('@biomejs/biome/bin/biome'), 'check', '.'])
  node([bin('dependency-cruiser/bin/dependency-cruiser.mjs'), '--config', '.dependency-cruiser.cjs', ...FOLDERS])
}

const FOLDERS = ['contract', 'control', 'agent', 'compute', 'cli', 'e2e', 'bench', 'tools']

/** A test that hangs is stopped and named, and so is a file that does not end: nothing here takes this long. */
const TEST_LIMIT_MS = 180_000
/** A story may fetch and build what it is played with. */
const STORY_LIMIT_MS = 600_000
const FILE_LIMIT_MS = 900_000
/** Of all files of a round, for one whose process can no longer end itself. */
const ROUND_LIMIT_MS = 2_400_000

/** What Node has compiled, for the hundreds of processes that load the same modules. */
const COMPILED = join(ROOT, 'node_modules', '.compiled')

interface Round {
  readonly atOnce: number
  readonly limitMs: number
}

const TESTS: Round = { atOnce: 2, limitMs: TEST_LIMIT_MS }
/** More at once than there may be cores: stories wait a good deal, for boots, deadlines and silences. */
const STORIES: Round = { atOnce: 3, limitMs: STORY_LIMIT_MS }

function runTests(folders: readonly string[], { atOnce, limitMs }: Round, environment: Environment = {}): void {
  const limit = ['--import', pathToFileURL(join(ROOT, 'tools', 'test-limit.mjs')).href]
  const options = [`--test-concurrency=${atOnce}`, `--test-timeout=${limitMs}`, '--test-reporter=spec']
  const all = { ...environment, BERTH_TEST_FILE_MS: String(FILE_LIMIT_MS), NODE_COMPILE_CACHE: COMPILED }
  node([...limit, '--test', ...options, ...testFiles(folders)], all, ROUND_LIMIT_MS)
}

function testFiles(folders: readonly string[]): string[] {
  return globSync(
    folders.map((folder) => `${folder}/**/*.test.ts`),
    { cwd: ROOT },
  ).sort()
}

/** Also where another database was named: that one has a round of its own. */
const ON_PGLITE: Environment = { BERTH_TEST_DATABASE_URL: undefined }

async function test(): Promise<void> {
  check()
  heading('tests, on PGlite')
  runTests(
    FOLDERS.filter((folder) => folder !== 'e2e'),
    TESTS,
    ON_PGLITE,
  )
  heading('stories, on PGlite')
  runTests(['e2e'], STORIES, ON_PGLITE)
  await onPostgres()
}

/** The suite again where the other database speaks. */
async function onPostgres(): Promise<void> {
  if (findPostgres() === undefined && process.env.BERTH_TEST_DATABASE_URL === undefined) {
    process.stdout.write(`\nSKIPPED: the suite on PostgreSQL; ${POSTGRES_HINT}, or set BERTH_TEST_DATABASE_URL\n`)
    return
  }
  heading('tests and stories, on PostgreSQL')
  await using server =
    process.env.BERTH_TEST_DATABASE_URL === undefined ? await startPostgres(memoryFolder()) : undefined
  const environment = { BERTH_TEST_DATABASE_URL: server?.url ?? process.env.BERTH_TEST_DATABASE_URL ?? '' }
  runTests(['control'], TESTS, environment)
  runTests(['e2e'], STORIES, environment)
}

function heading(text: string): void {
  process.stdout.write(`\n── ${text}\n`)
}

type Task = (args: readonly string[]) => void | Promise<void>

const TASKS: Readonly<Record<string, Task>> = {
  check,
  test,
  e2e: () => runTests(['e2e'], STORIES),
  gen: () => node([join('tools', 'generate.ts')]),
  package: () => node(['--disable-warning=ExperimentalWarning', join('tools', 'package.ts')]),
  bench: (args) => node([join('bench', 'main.ts'), ...args]),
}

const [name = '', ...args] = process.argv.slice(2)
const task = TASKS[name]
if (task) {
  try {
    await task(args)
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    process.exitCode = error.status
  }
} else {
  process.stderr.write(`tasks: ${Object.keys(TASKS).join(', ')}\n`)
  process.exitCode = 2
}
