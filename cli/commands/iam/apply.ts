import { parseArgs } from 'node:util'
import { administer, createLog, type Environment, installationOf, readBootstrap } from '../../../control/index.ts'
import type { Terminal } from '../../terminal.ts'

const HELP = `berth iam apply --file FILE [--dry-run]

Brings accounts, users, groups, agencies, policies and grants in line with FILE (YAML), all of it or nothing. What FILE
does not name is left alone. Prints what was changed, a line each; a second time there is nothing to change. A mistake is
said with its line. docs/guides/accounts.md has an example.

  --file FILE      the same as berth serve --bootstrap takes; secrets come from the environment or from files
  --dry-run        print what would be changed, and change nothing
  --region NAME    the one of berth serve --region (default local-1): projects are called after it
  --data DIR       embedded database and master key (default .berth); the control plane must not be running on it
  --help           this text

DATABASE_URL names a PostgreSQL instead; replicas may go on running. BERTH_MASTER_KEY is the key they have.

Exit code: 0; 1 when FILE was not applied; 2 for a bad option.
`

const OPTIONS = {
  file: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  region: { type: 'string', default: 'local-1' },
  data: { type: 'string', default: '.berth' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false })
  return values
}

/** `berth iam apply`. Returns the exit code. */
export async function applyCommand(
  args: readonly string[],
  terminal: Terminal,
  environment: Environment = process.env,
): Promise<number> {
  let values: ReturnType<typeof parseOptions>
  try {
    values = parseOptions(args)
  } catch (error) {
    return complain(terminal, error, 2)
  }
  if (values.help) {
    terminal.print(HELP)
    return 0
  }
  const { file, data, region, 'dry-run': dryRun } = values
  if (file === undefined) return complain(terminal, new Error('--file is missing. Give the file to apply.'), 2)
  try {
    const bootstrap = readBootstrap(file, environment)
    const changes = await administer(installationOf(data, environment), createLog('warn'), (administration) =>
      administration.applyBootstrap(bootstrap, { region, dryRun }),
    )
    terminal.print(changes.length === 0 ? 'nothing to change\n' : changes.map((line) => `${line}\n`).join(''))
    return 0
  } catch (error) {
    return complain(terminal, error, 1)
  }
}

function complain(terminal: Terminal, error: unknown, code: number): number {
  terminal.complain(`berth iam apply: ${error instanceof Error ? error.message : String(error)}\n`)
  return code
}
