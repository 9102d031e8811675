import { createReadStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Simulation, simulate } from '../../../control/index.ts'
import type { Terminal } from '../../terminal.ts'

const MOST_BYTES = 64 * 1024 * 1024

const HELP = `berth iam simulate --file FILE [--check]

Decides policy questions with the engine of the control plane, without a server. FILE has one case a line (JSON Lines):

  {"id": "1", "grants": [{"kind": "identity", "document": {…}}],
   "request": {"action": "workspace:server:list", "resource": null, "projectId": "…", "context": {"g:UserName": "anna"}}}

  kind       role, policy, identity, session or scp
  scope      of roles and policies: "all", "global", {"project": id} or {"enterpriseProject": id}
  request    action and resource, or checks: a list of these that must all be allowed; also aliases, rootUser
  context    every condition key the request has; null is no value. Nothing is added except g:PrincipalIsRootUser,
             when rootUser says it.

Prints one line a case: {"id", "decision", "reason", "statement"}, where statement is the one that decided, or null.

  --file FILE   the cases; - reads standard input
  --check       compare with "expect" (Allow, Deny) and "reason" of the cases that have them
  --help        this text

Exit code: 0; 1 with --check when an answer differs; 2 for a bad option or a bad line, and then no case is answered.
`

const OPTIONS = {
  file: { type: 'string' },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** `berth iam simulate`. Returns the exit code. */
export async function simulateCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  let simulation: Simulation
  let check: boolean
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false })
    if (values.help) {
      terminal.print(HELP)
      return 0
    }
    check = values.check
    simulation = simulate(await readCases(values.file, terminal))
  } catch (error) {
    terminal.complain(`berth iam simulate: ${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
  terminal.print(simulation.answers.map((answer) => `${answer}\n`).join(''))
  if (!check || simulation.differences.length === 0) return 0
  terminal.complain(simulation.differences.map((sentence) => `berth iam simulate: ${sentence}\n`).join(''))
  return 1
}

async function readCases(file: string | undefined, { input }: Terminal): Promise<string> {
  if (file === undefined) throw new Error('--file is missing. Give the file with the cases, or - for standard input.')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of file === '-' ? input : createReadStream(file)) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MOST_BYTES) throw new Error(`${file} is larger than ${MOST_BYTES} bytes. Split it.`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
