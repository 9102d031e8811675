import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child {
  /** The first line it printed: what it says of itself once it is ready. */
  readonly ready: Readonly<Record<string, unknown>>
  /** Settles when the process is gone, however. */
  readonly ended: Promise<void>
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
}

const START_MS = 30_000
const STOP_MS = 15_000

/**
 * Starts one of our programs, named without `.ts` (in the package it is `.js`). It reports readiness by a JSON line on stdout, logs to a file, and ends by itself when
 * this process dies, because its stdin then closes.
 */
export async function startChild(program: string, args: readonly string[], logFile: string): Promise<Child> {
  const path = fileURLToPath(new URL(`../../${program}${extname(import.meta.filename)}`, import.meta.url))
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(process.execPath, [path, ...args, '--until-stdin-closes'], { stdio: ['pipe', 'pipe', log] })
  closeSync(log)
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const ready = await firstLine(child, program, logFile)
  return { ready, ended, stop: () => stop(child, ended) }
}

async function firstLine(child: ChildProcess, program: string, logFile: string): Promise<Record<string, unknown>> {
  const failed = new Promise<never>((_, fail) => {
    const complain = (what: string) => fail(new Error(`${program} ${what}; see ${logFile}`))
    child.once('error', (error) => complain(`could not be started (${error.message})`))
    child.once('exit', (code) => complain(`ended with code ${code} before it was ready`))
    setTimeout(() => complain(`was not ready within ${START_MS / 1000} s`), START_MS).unref()
  })
  failed.catch(() => {})
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const line = new Promise<string>((done) => lines.once('line', done))
  return JSON.parse(await Promise.race([line, failed]))
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}
