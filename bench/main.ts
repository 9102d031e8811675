import { cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { type Postgres, startPostgres } from '../tools/postgres.ts'
import { credentials } from './credentials.ts'
import { jobs } from './jobs.ts'
import { lists } from './lists.ts'
import { memory } from './memory.ts'
import { policies } from './policies.ts'
import { requests } from './requests.ts'
import type { Benchmark, DatabaselessBenchmark } from './support/benchmark.ts'
import { isMet, renderTarget, round } from './support/table.ts'

const BENCHMARKS: Readonly<Record<string, Benchmark>> = { requests, jobs, memory, lists }
/** These run where no PostgreSQL is installed. */
const WITHOUT_DATABASE: Readonly<Record<string, DatabaselessBenchmark>> = { policies, credentials }
const NAMES = [...Object.keys(BENCHMARKS), ...Object.keys(WITHOUT_DATABASE)]

const HELP = `npm run bench -- [--only NAME] [--seconds N]

  --only NAME   ${NAMES.join(', ')}; all when left out
  --seconds N   how long each contender of 'requests' and 'lists' is under load (default 8)
`

const OPTIONS = {
  only: { type: 'string' },
  seconds: { type: 'string', default: '8' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const MOST_SECONDS = 120

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds
  throw new Error(`--seconds takes a number up to ${MOST_SECONDS}, not '${text}'`)
}

function chosen(only: string | undefined): readonly string[] {
  if (only === undefined) return NAMES
  if (NAMES.includes(only)) return [only]
  throw new Error(`--only takes one of ${NAMES.join(', ')}, not '${only}'`)
}

/** A figure that misses its target is reported, never an error: a machine may be slow. */
async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const print = (text: string) => void process.stdout.write(text)
  if (values.help) return print(HELP)
  const seconds = secondsOf(values.seconds)
  const names = chosen(values.only)
  await using stack = new AsyncDisposableStack()
  let postgres: Postgres | undefined
  print(`${cpus().length} × ${cpus()[0]?.model.trim()}, ${process.platform} ${release()}, Node ${process.version}\n`)
  for (const name of names) {
    print(`\n── ${name}\n`)
    const benchmark = BENCHMARKS[name]
    if (benchmark) postgres ??= stack.use(await startPostgres())
    const report = postgres && benchmark ? benchmark({ seconds, postgres, print }) : WITHOUT_DATABASE[name]?.({ print })
    if (!report) throw new Error(`${name} is no benchmark`)
    const { targets, figures } = await report
    for (const target of targets) print(`${renderTarget(target)}\n`)
    const results = targets.map((target) => ({ ...target, value: round(target.value), met: isMet(target) }))
    print(`${JSON.stringify({ benchmark: name, results, ...figures })}\n`)
  }
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exitCode = 1
}
