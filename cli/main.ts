import { runAgentCommand } from '../agent/index.ts'
import { runComputeCommand } from '../compute/index.ts'
import { serve } from '../control/index.ts'
import { iam } from './commands/iam.ts'
import { joinToken } from './commands/join-token.ts'
import { start } from './commands/start.ts'
import type { Terminal } from './terminal.ts'

type Command = (args: readonly string[]) => Promise<number>

/** What a command that serves until it is told to end may touch. */
function world() {
  return {
    environment: process.env,
    print: (text: string) => process.stdout.write(text),
    complain: (text: string) => process.stderr.write(text),
    stdinClosed: () => new Promise<void>((done) => process.stdin.on('close', () => done()).resume()),
    ended: new Promise<void>((done) => {
      // a second signal must not end the clean-up that the first began
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => done())
    }),
  }
}

/** What a command that does one thing and ends may touch. */
function terminal(): Terminal {
  return {
    input: process.stdin,
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
  }
}

const COMMANDS: Readonly<Record<string, Command>> = {
  start,
  serve: (args) => serve(args, world()),
  compute: (args) => runComputeCommand(args, world()),
  agent: (args) => runAgentCommand(args, world()),
  iam: (args) => iam(args, terminal()),
  'join-token': (args) => joinToken(args, terminal()),
}

const HELP = `berth: every app-streaming session its own IP address

  berth start        a whole world on this machine, and the main job proven in it
  berth serve        the control plane
  berth agent        on an app server: enrol, run, status, cleanup
  berth compute      app servers on this machine, for trying and testing
  berth iam          who may do what, why a signature is refused, new keys
  berth join-token   how a host that you bring becomes a server

berth COMMAND --help says more.
`

function help(name: string): number {
  process.stdout.write(HELP)
  return ['help', '--help', '-h'].includes(name) ? 0 : 2
}

/** A launcher that was killed cannot pass a signal on: then this process ends as if asked to. */
function endWithLauncher(): void {
  const end = () => process.kill(process.pid, 'SIGTERM')
  if (process.send === undefined) return
  if (process.connected) process.once('disconnect', end)
  else end()
}

endWithLauncher()
const [name = 'help', ...args] = process.argv.slice(2)
const command = COMMANDS[name]
let code: number
try {
  code = command ? await command(args) : help(name)
} catch (error) {
  process.stderr.write(`berth ${name}: ${error instanceof Error ? error.message : String(error)}\n`)
  code = 1
}
process.exit(code)
