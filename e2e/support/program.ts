import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of ours as a process of its own, started as anybody would start it. */
export interface Program {
  readonly name: string
  readonly pid: number
  /** What it said on stdout and on stderr so far, line by line. */
  readonly output: readonly string[]
  readonly log: readonly string[]
  readonly ended: Promise<Ending>
  /** The first line of either, past or to come, that fits; rejects when the process ends without it. */
  line(what: string | RegExp, limitMs?: number): Promise<string>
  /** The JSON line that says it is ready. */
  ready(): Promise<Readonly<Record<string, unknown>>>
  write(text: string): void
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ending>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProgramSpec {
  readonly name: string
  /** Path below this repository. */
  readonly path: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** A process group of its own, as a shell gives to a command line: Ctrl-C is a signal to all of it. */
  readonly ownGroup?: boolean
}

const LINE_MS = 30_000

/** Settings of whoever runs the tests must not reach into the stories. */
function environmentWith(own: ProgramSpec['environment']): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, BERTH_MASTER_KEY: __, BERTH_JOIN_TOKEN: ___, ...inherited } = process.env
  return { ...inherited, ...own }
}

export function startProgram({ name, path, args, environment, ownGroup = false }: ProgramSpec): Program {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  const env = environmentWith(environment)
  const child = spawn(process.execPath, [file, ...args], { stdio: 'pipe', env, detached: ownGroup })
  const { lines: output, watch: watchOutput } = readLines(child.stdout)
  const { lines: log, watch: watchLog } = readLines(child.stderr)
  const ended = new Promise<Ending>((done) => child.once('close', (code, signal) => done({ code, signal })))
  child.stdin.on('error', () => {})
  const line = (what: string | RegExp, limitMs = LINE_MS) =>
    awaitLine(`${name}: no line like ${what}`, limitMs, ended, (fits) => [watchOutput(fits), watchLog(fits)], what)
  return {
    name,
    pid: child.pid ?? -1,
    output,
    log,
    ended,
    line,
    ready: async () => JSON.parse(await line(/^\{"ready":true/)),
    write: (text) => void child.stdin.write(text),
    end: (signal) => end(child, signal, ended),
  }
}

type Fits = (line: string) => void
type Unwatch = () => void

function readLines(stream: NodeJS.ReadableStream): { lines: string[]; watch: (onLine: Fits) => Unwatch } {
  const lines: string[] = []
  const watchers = new Set<Fits>()
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line)
    for (const watcher of watchers) watcher(line)
  })
  const watch = (onLine: Fits) => {
    lines.forEach(onLine)
    watchers.add(onLine)
    return () => void watchers.delete(onLine)
  }
  return { lines, watch }
}

async function awaitLine(
  complaint: string,
  limitMs: number,
  ended: Promise<Ending>,
  watch: (onLine: Fits) => Unwatch[],
  what: string | RegExp,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const fits = (line: string) => (typeof what === 'string' ? line.includes(what) : what.test(line))
  const unwatch = watch((line) => fits(line) && resolve(line))
  const timer = setTimeout(() => reject(new Error(`${complaint} within ${limitMs} ms`)), limitMs)
  void ended.then(({ code, signal }) => reject(new Error(`${complaint} until its end (${signal ?? code})`)))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    for (const stop of unwatch) stop()
  }
}

const END_MS = 15_000

async function end(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<Ending>): Promise<Ending> {
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
  const ending = await ended
  clearTimeout(timer)
  return ending
}
