import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program of ours that runs inside a namespace and speaks JSON lines. */
export interface NetnsProcess {
  /** The next line it prints. */
  nextLine(): Promise<Readonly<Record<string, unknown>>>
  send(value: object): void
  readonly ended: Promise<void>
  /** Asks it to end. */
  terminate(): void
  kill(): void
}

export interface ProcessSpec {
  readonly namespace: string
  /** Path below this repository, without `.ts`: in the package it is `.js`. */
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly logFile: string
}

export function startInNamespace({ namespace, program, args, environment, logFile }: ProcessSpec): NetnsProcess {
  const path = fileURLToPath(new URL(`../${program}${extname(import.meta.filename)}`, import.meta.url))
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, path, ...args], {
    stdio: ['pipe', 'pipe', log],
    env: { PATH: process.env.PATH ?? '', ...environment },
  })
  closeSync(log)
  const ended = new Promise<void>((done) => {
    child.once('close', () => done())
    child.once('error', () => done())
  })
  return {
    nextLine: lineReader(child, ended, program),
    send: writer(child),
    ended,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  }
}

function writer(child: ChildProcess): (value: object) => void {
  child.stdin?.on('error', () => {})
  return (value) => void child.stdin?.write(`${JSON.stringify(value)}\n`)
}

/** Lines are kept until somebody asks; who asks after the end is told so. */
function lineReader(child: ChildProcess, ended: Promise<void>, program: string): NetnsProcess['nextLine'] {
  const lines: string[] = []
  const waiting: ((line: string) => void)[] = []
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  reader.on('line', (line) => {
    const next = waiting.shift()
    if (next) next(line)
    else lines.push(line)
  })
  const gone = ended.then(() => {
    throw new Error(`${program} ended`)
  })
  gone.catch(() => {})
  return async () => {
    const kept = lines.shift()
    return JSON.parse(kept ?? (await Promise.race([new Promise<string>((done) => waiting.push(done)), gone])))
  }
}
