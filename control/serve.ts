import { parseArgs } from 'node:util'
import { startControl } from './compose.ts'
import { type Environment, parseConfig, SERVE_OPTIONS } from './config.ts'
import { createLog } from './log.ts'

export const SERVE_HELP = `berth serve: the control plane

  --host ADDRESS               where the API listens (default 127.0.0.1; put a TLS proxy before anything wider)
  --port N                     port of the API, 0 picks a free one (default 8600)
  --trusted-proxy ADDRESS      proxy or range whose X-Forwarded-For and -Proto are believed; may be repeated
  --region NAME                region of catalogue and URNs (default local-1)
  --data DIR                   embedded database and master key (default .berth)
  --agent-host ADDRESS         where agents connect, over TLS (default 127.0.0.1)
  --agent-port N               (default 8601)
  --agent-public-host NAME     name or address under which agents reach it (default: --agent-host)
  --compute-socket PATH        socket of the local compute provider; without it servers are enrolled by hand
  --probe HOST:PORT            far end of the probe that verifies an update (default: a reflector of our own)
  --outside-iam URL            Keystone-compatible identity service whose tokens are accepted too (https)
  --outside-iam-ca FILE        certificates to trust for it, in PEM form, instead of the usual ones
  --outside-role NAME=POLICY   system policy that a role there stands for here; may be repeated
  --world FILE                 JSON with an account, a network and servers to have at the start
  --catalog FILE               YAML with packages, images, zones, quotas and limits instead of those that Berth has
  --bootstrap FILE             YAML with accounts, users and what they may do; applied at every start
  --no-workers                 serve the API only; another replica does the durable work
  --until-stdin-closes         end when standard input does

  DATABASE_URL                 PostgreSQL; without it PGlite in --data, which survives a crash of the process,
                               not of the machine
  BERTH_MASTER_KEY             32 bytes in base64; without it a file in --data
  BERTH_OUTSIDE_IAM_USER, _USER_DOMAIN, _PASSWORD, _PROJECT, _PROJECT_DOMAIN
                               who validates tokens at --outside-iam (domain 'Default'; without project: the domain)
  BERTH_OUTSIDE_IAM_CREDENTIAL_ID, _CREDENTIAL_SECRET
                               an application credential instead of user and password
  BERTH_OUTSIDE_IAM_CACHE_SECONDS
                               how long its answer is believed, 1 to 60 (default 60)
  BERTH_QUARANTINE_SECONDS     how long a released address rests (default 900, at least 120)
  BERTH_SILENCE_SECONDS        after how long a silence of its agent a server is shown as NONE (default 90, at least 60)
  BERTH_METRICS_SECONDS        how long what servers measured is kept (default 15552000: 180 days; at least 259200)
  BERTH_LOG_LEVEL              debug, info, warn or error (default info); JSON lines on stderr
`

/** What a command may touch besides the network. */
export interface ServeWorld {
  readonly environment: Environment
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  /** Resolves when standard input closes; reading it begins with the call. */
  readonly stdinClosed: () => Promise<void>
  /** Resolves when the process is asked to end. */
  readonly ended: Promise<void>
}

/** Runs the control plane until it is asked to end; returns the exit code. */
export async function serve(args: readonly string[], world: ServeWorld): Promise<number> {
  const { print, complain, environment } = world
  try {
    const options = { ...SERVE_OPTIONS, help: { type: 'boolean', short: 'h', default: false } } as const
    const { values } = parseArgs({ args: [...args], options })
    if (values.help) {
      print(SERVE_HELP)
      return 0
    }
    const log = createLog(environment.BERTH_LOG_LEVEL ?? 'info')
    const control = await startControl(parseConfig(values, environment), log)
    log.info({ endpoint: control.endpoint }, 'the control plane serves')
    print(`${JSON.stringify({ ready: true, endpoint: control.endpoint })}\n`)
    await Promise.race(values['until-stdin-closes'] ? [world.ended, world.stdinClosed()] : [world.ended])
    await control.close()
    return 0
  } catch (error) {
    complain(`berth serve: ${describe(error)}\n`)
    return 1
  }
}

/** What went wrong and what caused it, in one line. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`
}
