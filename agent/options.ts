import { parseArgs } from 'node:util'

export type DriverKind = 'linux' | 'memory'
export type Command =
  | { readonly name: 'enrol'; readonly state: string; readonly join: string }
  | {
      readonly name: 'run'
      readonly state: string
      /** Used when the state directory holds no identity yet. */
      readonly join: string | null
      readonly bootIdFile: string
      readonly rebootCommand: readonly [string, ...string[]]
      /** Null: the interface that lies in the wanted network. */
      readonly nic: string | null
      readonly driver: DriverKind
    }
  | { readonly name: 'status'; readonly state: string }
  | { readonly name: 'cleanup' }

export const USAGE = `usage: berth agent <command>
  enrol   --join TOKEN --state DIR
  run     --state DIR [--join TOKEN] [--interface NAME] [--driver linux|memory]
          [--boot-id-file FILE] [--reboot-command JSON-ARRAY]
  status  --state DIR
  cleanup
A join token is also taken from the environment variable BERTH_JOIN_TOKEN, where other users cannot read it.
`

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const OPTIONS = {
  state: { type: 'string' },
  join: { type: 'string' },
  interface: { type: 'string' },
  driver: { type: 'string' },
  'boot-id-file': { type: 'string' },
  'reboot-command': { type: 'string' },
} as const
type Values = { readonly [K in keyof typeof OPTIONS]?: string | undefined }

const ALLOWED: Record<Command['name'], readonly (keyof typeof OPTIONS)[]> = {
  enrol: ['state', 'join'],
  run: ['state', 'join', 'interface', 'driver', 'boot-id-file', 'reboot-command'],
  status: ['state'],
  cleanup: [],
}

/** Throws `UsageError` on anything it does not know. */
export function parseCommand(args: readonly string[], joinFromEnvironment: string | undefined): Command {
  const { values, name } = split(args)
  const extra = Object.keys(values).find((key) => !ALLOWED[name].some((allowed) => allowed === key))
  if (extra !== undefined) throw new UsageError(`${name} takes no --${extra}`)
  const join = values.join ?? joinFromEnvironment
  switch (name) {
    case 'enrol':
      return { name, state: requireOption(values, 'state'), join: join ?? requireOption(values, 'join') }
    case 'run':
      return {
        name,
        state: requireOption(values, 'state'),
        join: join ?? null,
        bootIdFile: values['boot-id-file'] ?? '/proc/sys/kernel/random/boot_id',
        rebootCommand: parseRebootCommand(values['reboot-command'] ?? '["systemctl","reboot"]'),
        nic: values.interface ?? null,
        driver: parseDriver(values.driver ?? 'linux'),
      }
    case 'status':
      return { name, state: requireOption(values, 'state') }
    case 'cleanup':
      return { name }
  }
}

function split(args: readonly string[]): { values: Values; name: Command['name'] } {
  let parsed: { values: Values; positionals: string[] }
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'unknown arguments', { cause })
  }
  const [name, ...rest] = parsed.positionals
  if (rest.length > 0) throw new UsageError(`one command at a time, not also ${rest.join(' ')}`)
  if (name !== 'enrol' && name !== 'run' && name !== 'status' && name !== 'cleanup') {
    throw new UsageError(name === undefined ? 'a command is missing' : `unknown command ${name}`)
  }
  return { values: parsed.values, name }
}

function requireOption(values: Values, name: keyof typeof OPTIONS): string {
  const value = values[name]
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`)
  return value
}

function parseDriver(text: string): DriverKind {
  if (text !== 'linux' && text !== 'memory') throw new UsageError(`--driver is linux or memory, not ${text}`)
  return text
}

function parseRebootCommand(text: string): readonly [string, ...string[]] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new UsageError('--reboot-command is not JSON', { cause })
  }
  const words = Array.isArray(value) ? value.filter((word) => typeof word === 'string') : []
  const [file, ...rest] = words
  if (!Array.isArray(value) || file === undefined || words.length !== value.length) {
    throw new UsageError('--reboot-command is a JSON array of strings, such as ["systemctl","reboot"]')
  }
  return [file, ...rest]
}
