import { spawn } from 'node:child_process'

const TIMEOUT_MS = 10_000
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024
const MAX_REASON_CHARS = 400

/** Runs a program to its end and returns what it printed. */
export type Exec = (file: string, args: readonly string[], input?: string) => Promise<string>

export class ExecError extends Error {
  readonly code: number | null
  readonly stderr: string
  constructor(file: string, args: readonly string[], code: number | null, stderr: string, why: string) {
    const said = stderr.trim().replace(/\s+/g, ' ').slice(0, MAX_REASON_CHARS)
    super(`${[file, ...args].join(' ')} ${why}${said === '' ? '' : `: ${said}`}`)
    this.name = 'ExecError'
    this.code = code
    this.stderr = stderr
  }
}

/** The one door to processes: no shell, a time limit, what the program complained about in the error. */
export const exec: Exec = (file, args, input = '') =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: searchPath(), LC_ALL: 'C' },
      // a group of its own: a signal to ours, as Ctrl-C is, must not stop what takes our traces away
      detached: true,
    })
    const output: Buffer[] = []
    const complaints: Buffer[] = []
    let size = 0
    let stopped = ''
    const stop = (why: string) => {
      stopped = why
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => stop(`did not end within ${TIMEOUT_MS} ms`), TIMEOUT_MS)
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_OUTPUT_BYTES) stop('printed too much')
      else into.push(chunk)
    }
    child.stdout.on('data', collect(output))
    child.stderr.on('data', collect(complaints))
    child.stdin.on('error', () => {}) // The program may end without reading; its exit code tells.
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new ExecError(file, args, null, '', `cannot be started (${error.message}); is it installed?`))
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      if (code === 0 && stopped === '') return resolve(Buffer.concat(output).toString('utf8'))
      const stderr = Buffer.concat(complaints).toString('utf8')
      reject(new ExecError(file, args, code, stderr, stopped || `failed with ${code}`))
    })
    child.stdin.end(input)
  })

/** `ip`, `nft` and `ss` live in sbin, which is not in everybody's path. */
function searchPath(): string {
  return `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`
}
