import { explainSignatures, type Terminal } from './iam/explain-signature.ts'

type Command = (args: readonly string[], terminal: Terminal) => Promise<number>

const COMMANDS: Readonly<Record<string, readonly [Command, string]>> = {
  'explain-signature': [explainSignatures, 'why a signature is refused, without a server'],
}

/** `berth iam COMMAND`. Returns the exit code. */
export async function iam(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '--help', ...rest] = args
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (found) return found[0](rest, terminal)
  const width = Math.max(...Object.keys(COMMANDS).map((command) => command.length))
  const list = Object.entries(COMMANDS).map(
    ([command, [, about]]) => `  berth iam ${command.padEnd(width)}   ${about}\n`,
  )
  terminal.print(
    `berth iam: accounts, keys and what they may do\n\n${list.join('')}\nberth iam COMMAND --help says more.\n`,
  )
  return ['help', '--help', '-h'].includes(name) ? 0 : 2
}
