import { parseArgs } from 'node:util'
import { administer, createLog, type Environment, installationOf } from '../../control/index.ts'
import type { Terminal } from '../terminal.ts'

const HELP = `berth join-token SERVER_ID --agent-public-host NAME

Prints one line with which a host that you bring enrols as the server: berth agent enrol takes it. It works once, within
24 hours; a later one does not end an earlier one.

  --agent-public-host NAME   name or address under which the host reaches the control plane, as berth serve
                             has it; must be given
  --agent-port N             (default 8601) as berth serve has it
  --data DIR                 embedded database (default .berth); the control plane must not be running on it
  --help                     this text

DATABASE_URL names a PostgreSQL instead; replicas may go on running.

Exit code: 0; 1 when there is no such server; 2 for a bad option.
`

const OPTIONS = {
  'agent-public-host': { type: 'string' },
  'agent-port': { type: 'string', default: '8601' },
  data: { type: 'string', default: '.berth' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

interface Wish {
  readonly serverId: string
  readonly host: string
  readonly port: number
  readonly data: string
}

/** What is wished, or null for help; throws for a bad option. */
function parseWish(args: readonly string[]): Wish | null {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  if (values.help) return null
  const [serverId, ...more] = positionals
  if (serverId === undefined || more.length > 0) throw new Error('give the id of one server')
  const host = values['agent-public-host']
  // of a default the host would learn only that nobody answers there
  if (!host) throw new Error('give with --agent-public-host where the host reaches the control plane')
  const port = Number(values['agent-port'])
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error('--agent-port takes 1 to 65535')
  return { serverId, port, host, data: values.data }
}

/** `berth join-token`. Returns the exit code. */
export async function joinToken(
  args: readonly string[],
  terminal: Terminal,
  environment: Environment = process.env,
): Promise<number> {
  let wish: Wish | null
  try {
    wish = parseWish(args)
  } catch (error) {
    return complain(terminal, error, 2)
  }
  if (wish === null) {
    terminal.print(HELP)
    return 0
  }
  const { serverId, host, port, data } = wish
  try {
    const token = await administer(installationOf(data, environment), createLog('warn'), (administration) =>
      administration.createJoinToken(serverId, { host, port }),
    )
    terminal.print(`${token}\n`)
    return 0
  } catch (error) {
    return complain(terminal, error, 1)
  }
}

function complain(terminal: Terminal, error: unknown, code: number): number {
  terminal.complain(`berth join-token: ${error instanceof Error ? error.message : String(error)}\n`)
  return code
}
