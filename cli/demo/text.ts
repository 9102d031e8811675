import type { ComputeStatus } from '../../contract/compute/machine.ts'
import { renderTable } from '../output/table.ts'
import type { DevFile } from './dev-file.ts'
import { type FarEnd, isOwn, isProven, type Seen } from './proof.ts'

export function renderWelcome(status: ComputeStatus, dev: DevFile, embedded: boolean): string {
  const hosts =
    status.kind === 'netns'
      ? `app servers: ${dev.server_ids.length} network namespaces on ${status.cidr}, a real agent in each`
      : `app servers: ${dev.server_ids.length} in memory (${status.reason ?? 'as asked'}); no packet leaves this process`
  const database = embedded
    ? 'database:    PGlite in process. It survives a crash of the process, not of the machine: for production set DATABASE_URL'
    : 'database:    PostgreSQL of DATABASE_URL'
  return `Berth serves ${dev.endpoint}\n  ${hosts}\n  ${database}\n`
}

export function renderProof(seen: readonly Seen[], names: ReadonlyMap<string, string>, farEnd: FarEnd): string {
  const rows = seen.map((one) => [
    names.get(one.serverId) ?? one.serverId,
    one.userName,
    one.virtualIp,
    one.sighting.tcp ?? `none: ${one.sighting.detail}`,
    one.sighting.udp ?? `none: ${one.sighting.detail}`,
    isOwn(one) ? 'its own' : 'WRONG',
  ])
  const table = renderTable(['server', 'user', 'given', 'seen by TCP', 'seen by UDP', ''], rows)
  const verdict = isProven(seen)
    ? `Proven: ${seen.length} sessions, ${seen.length} addresses, each its own.`
    : 'NOT proven: a session was seen under an address that is not its own.'
  return `\nWhat the licence server ${farEnd.host}:${farEnd.port} saw\n\n${table}\n${verdict}\n`
}

/** Ready to paste: a token by password, then the operation with it. */
export function renderEndpoint(dev: DevFile): string {
  const auth = {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: dev.user, password: dev.password, domain: { name: dev.domain } } },
      },
      scope: { project: { id: dev.project_id } },
    },
  }
  const items = dev.server_ids.slice(0, 2).map((id) => ({ id, enable: true }))
  return `
endpoint    ${dev.endpoint}
project id  ${dev.project_id}
domain      ${dev.domain}    user ${dev.user}    password ${dev.password}
access key  ${dev.access_key}    secret key ${dev.secret_key}

TOKEN=$(curl -sS -D - -o /dev/null '${dev.endpoint}/v3/auth/tokens?nocatalog=true' -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(auth)}' | awk 'tolower($1)=="x-subject-token:"{printf "%s", $2}' | tr -d '\\r')
curl -sS -X PATCH '${dev.endpoint}/v1/${dev.project_id}/app-servers/actions/batch-update-tsvi' \\
  -H "X-Auth-Token: $TOKEN" -H 'Content-Type: application/json' -d '${JSON.stringify({ items })}'
`
}
