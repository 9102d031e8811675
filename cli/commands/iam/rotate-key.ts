import { parseArgs } from 'node:util'
import { type Administration, administer, createLog, installationOf } from '../../../control/index.ts'
import type { Terminal } from '../../terminal.ts'

const ABOUT_DATABASE = `
  --data DIR       embedded database and master key (default .berth); the control plane must not be running on it
  --help           this text

DATABASE_URL names a PostgreSQL instead; replicas may go on running.
`

const TOKEN_HELP = `berth iam rotate-token-key: seal tokens with a new key from now on

Tokens that are out keep working until they expire. Replicas take the new key up by themselves.
${ABOUT_DATABASE}`

const MASTER_HELP = `berth iam rotate-master-key: a new master key in the place of the old one

What it opens, the keys in the database, is sealed with the new one in one transaction; nothing else changes. A key in
--data is replaced there, and a run that was cut off can be repeated. A key from BERTH_MASTER_KEY is replaced by the one
in BERTH_NEW_MASTER_KEY: start replicas with it from then on; those that run go on until their next start.
${ABOUT_DATABASE}`

const OPTIONS = {
  data: { type: 'string', default: '.berth' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** `berth iam rotate-token-key`. Returns the exit code. */
export function rotateTokenKeyCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  return run('rotate-token-key', TOKEN_HELP, args, terminal, async (administration) => {
    const id = await administration.rotateTokenKey()
    return `Tokens are sealed with key ${id} from now on.`
  })
}

/** `berth iam rotate-master-key`. Returns the exit code. */
export function rotateMasterKeyCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  return run('rotate-master-key', MASTER_HELP, args, terminal, async (administration) => {
    const count = await administration.replaceMasterKey(process.env.BERTH_NEW_MASTER_KEY)
    return `${count} keys are sealed with the new master key.`
  })
}

type Work = (administration: Administration) => Promise<string>

async function run(
  name: string,
  help: string,
  args: readonly string[],
  terminal: Terminal,
  work: Work,
): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    if (values.help) {
      terminal.print(help)
      return 0
    }
    const installation = installationOf(values.data, process.env)
    terminal.print(`${await administer(installation, createLog('warn'), work)}\n`)
    return 0
  } catch (error) {
    terminal.complain(`berth iam ${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
