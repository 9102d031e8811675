import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** A process under measurement. */
export interface Child extends AsyncDisposable {
  /** The first line it printed that is JSON: what it says of itself once it is ready. */
  readonly ready: Readonly<Record<string, unknown>>
  readonly pid: number
  stop(): Promise<void>
}

export interface Program {
  /** What it is called in a complaint. */
  readonly name: string
  /** Script and arguments for the pinned Node. */
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Makes what `ready` holds out of a line of its output; a line of JSON when left out. */
  readonly isReady?: (line: string) => Record<string, unknown> | undefined
  readonly startMs?: number
}

const START_MS = 60_000
const STOP_MS = 15_000
const KEPT_LINES = 20

/** Starts a program with the Node we run on, and waits until it says that it is ready. */
export async function startChild(program: Program): Promise<Child> {
  const environment = { ...process.env, BERTH_LOG_LEVEL: 'warn', ...program.environment }
  const child = spawn(process.execPath, [...program.args], { stdio: ['ignore', 'pipe', 'pipe'], env: environment })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  // whatever ends this process takes its children along
  const killWithUs = () => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  void ended.then(() => process.off('exit', killWithUs))
  const ready = await untilReady(child, program)
  const stop = () => stopChild(child, ended)
  return { ready, pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stop }
}

async function untilReady(child: ChildProcess, program: Program): Promise<Record<string, unknown>> {
  const { name, isReady = parseLine, startMs = START_MS } = program
  const last: string[] = []
  return new Promise((done, fail) => {
    const complain = (what: string) => {
      child.kill('SIGKILL')
      fail(new Error(`${name} ${what}\n${last.join('\n')}`))
    }
    const timer = setTimeout(() => complain(`was not ready within ${startMs / 1000} s`), startMs)
    child.once('error', (error) => complain(`could not be started: ${error.message}`))
    child.once('exit', (code) => complain(`ended with code ${code} before it was ready`))
    const read = (line: string) => {
      last.push(line)
      if (last.length > KEPT_LINES) last.shift()
      const ready = isReady(line)
      if (!ready) return
      clearTimeout(timer)
      done(ready)
    }
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', read)
    }
  })
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line)
    return value.ready === true ? value : undefined
  } catch {
    return undefined
  }
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}

/** Resident memory of a process in MiB, as Linux counts it; undefined elsewhere. */
export function residentMiB(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) / 1024
  } catch {
    return undefined
  }
}
