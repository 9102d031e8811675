import type { Terminal } from '../terminal.ts'
import { applyCommand } from './iam/apply.ts'
import { explainSignatures } from './iam/explain-signature.ts'
import { rotateMasterKeyCommand, rotateTokenKeyCommand } from './iam/rotate-key.ts'
import { simulateCommand } from './iam/simulate.ts'

type Command = (args: readonly string[], terminal: Terminal) => Promise<number>

const COMMANDS: Readonly<Record<string, readonly [Command, string]>> = {
  apply: [applyCommand, 'bring accounts, users and what they may do in line with a file'],
  simulate: [simulateCommand, 'decide policy questions of a file, without a server'],
  'explain-signature': [explainSignatures, 'why a signature is refused, without a server'],
  'rotate-token-key': [rotateTokenKeyCommand, 'seal tokens with a new key; nobody is logged out'],
  'rotate-master-key': [rotateMasterKeyCommand, 'a new master key in the place of the old one'],
}

function renderHelp(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((command) => command.length))
  const list = Object.entries(COMMANDS).map(
    ([command, [, about]]) => `  berth iam ${command.padEnd(width)}   ${about}\n`,
  )
  return `berth iam: accounts, keys and what they may do\n\n${list.join('')}\nberth iam COMMAND --help says more.\n`
}

/** `berth iam COMMAND`. Returns the exit code. */
export async function iam(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = args
  const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (found) return found[0](rest, terminal)
  if (['help', '--help', '-h'].includes(name)) {
    terminal.print(renderHelp())
    return 0
  }
  terminal.complain(name === '' ? renderHelp() : `berth iam: there is no command '${name}'\n\n${renderHelp()}`)
  return 2
}
