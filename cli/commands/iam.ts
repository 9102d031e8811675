import { type Streams, simulateCommand } from './iam/simulate.ts'

const HELP = `berth iam: identity and access

  berth iam simulate   decide policy questions of a file, without a server

berth iam simulate --help says more.
`

/** `berth iam …`. Returns the exit code. */
export async function iam(args: readonly string[], streams: Streams): Promise<number> {
  const [name = '', ...rest] = args
  if (name === 'simulate') return simulateCommand(rest, streams)
  if (['help', '--help', '-h'].includes(name)) {
    streams.print(HELP)
    return 0
  }
  streams.complain(name === '' ? HELP : `berth iam: there is no command '${name}'\n\n${HELP}`)
  return 2
}
