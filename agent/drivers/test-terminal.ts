import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { until } from '../../e2e/support/wait.ts'

/** For tests only: a process of a user at a terminal of its own, on a host of `test-network.ts`. */
export type TestTerminal = AsyncDisposable & {
  /** Resolves once the terminal shows this. */
  shows(text: string): Promise<void>
  /** Everything it has shown. */
  shown(): string
  /** The user presses Ctrl-S: nothing is shown any more, and who writes to it is put off. */
  hold(): Promise<void>
}

const AT_TERMINAL = `
const tty = require('node:fs').readlinkSync('/proc/self/fd/0'), uid = Number(process.env.TERMINAL_USER)
require('node:fs').chownSync(tty, uid, 0)
process.setgroups([]); process.setgid(uid); process.setuid(uid)
setInterval(() => {}, 1000); console.log('at ' + tty)
`

export async function testTerminal(namespace: string, uid: number): Promise<TestTerminal> {
  const env = {
    ...process.env,
    TERMINAL_NODE: process.execPath,
    TERMINAL_CODE: AT_TERMINAL,
    TERMINAL_USER: String(uid),
  }
  const args = ['netns', 'exec', namespace, 'script', '-qfec', '"$TERMINAL_NODE" -e "$TERMINAL_CODE"', '/dev/null']
  const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const closed = once(child, 'close')
  let shown = ''
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    shown += `${line}\n`
  })
  const terminal: TestTerminal = {
    shown: () => shown,
    shows: async (text) => {
      while (!shown.includes(text)) await once(lines, 'line')
    },
    hold: async () => {
      child.stdin.write('\x13')
      const path = /at (\S+)/.exec(shown)?.[1] ?? ''
      await until('the terminal to be held', () => isHeld(path))
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
  await terminal.shows('at /dev/pts/')
  return terminal
}

async function isHeld(path: string): Promise<boolean> {
  await using terminal = await open(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  return terminal.write('.').then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EAGAIN',
  )
}
