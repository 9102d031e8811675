import { start } from './commands/start.ts'

type Command = (args: readonly string[]) => Promise<number>

const COMMANDS: Readonly<Record<string, Command>> = {
  start,
}

const HELP = `berth: every app-streaming session its own IP address

  berth start [--once] [--port N] [--servers N] [--hosts netns|memory] [--data DIR] [--serve-only]
              a whole world on this machine, and the main job proven in it
`

const [name = 'help', ...args] = process.argv.slice(2)
const command = COMMANDS[name]
try {
  process.exitCode = command ? await command(args) : help()
} catch (error) {
  process.stderr.write(`berth ${name}: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

function help(): number {
  process.stdout.write(HELP)
  return ['help', '--help', '-h'].includes(name) ? 0 : 2
}
