import { readdirSync } from 'node:fs'
import { DEVIATIONS } from '../contract/deviations.ts'
import type { Operation } from '../contract/operation.ts'
import { OPERATIONS } from '../contract/operations/index.ts'
import type { JsonSchema } from '../contract/published/normal.ts'
import { type PublishedOperation, publishedOperations } from '../contract/published/published.ts'

export const STATES = ['implemented', 'documented error', 'not there'] as const
export type State = (typeof STATES)[number]

const OURS: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((operation) => [operation.id, operation]))

export function stateOf(id: string): State {
  const ours = OURS.get(id)
  if (ours === undefined) return 'not there'
  return ours.availability === 'refused' ? 'documented error' : 'implemented'
}

/** `docs/reference/compatibility.md`: every operation of the service, and what of it is here. */
export function renderCompatibilityPage(): string {
  const published = publishedOperations('workspace-app')
  const counts = STATES.map((state) => row([state, String(published.filter(({ id }) => stateOf(id) === state).length)]))
  return `# Compatibility

Made from \`contract/\` by \`npm run gen\`: the ${published.length} published operations of Workspace Application Streaming
([facts](../../contract/published/README.md)), and what Berth has of them.

| | operations |
|---|---|
${counts.join('\n')}

*Documented error*: the operation makes no sense without a cloud, and always answers an error of the right shape that says so.
*Not there*: 404 \`APIGW.0101\`.

## Operations
${groupsOf(published).join('\n')}

## Differences

Of the operations that are there: every difference between our contract and the published one, and why. A test finds them, and accepts
no other. \`*\` is any text, \`+\` a rule that only we have, \`-\` one that is only published; \`missing\` is what only they have, \`extra\` what
only we have.

| operations | place | what | why |
|---|---|---|---|
${DEVIATIONS.map(({ operations, at, what, reason }) => row([code(operations), code(at), code(what), linked(reason)])).join('\n')}

## Additions

Optional, marked \`x-berth\` in \`/openapi.json\`, and unknown to the official clients. Every write of the service and of the network takes
the header [\`Idempotency-Key\`](../guides/repeating-requests.md) beside these.

| operation | place |
|---|---|
${additions().join('\n')}

## Beside the service

What clients need before they can call it, at the paths of the services they know.

| service | operations | |
|---|---|---|
${services().join('\n')}
`
}

function groupsOf(published: readonly PublishedOperation[]): readonly string[] {
  const groups = Map.groupBy(published, ({ group = '' }) => group)
  return [...groups].map(([group, some]) => {
    const rows = some.map(({ id, method, path }) =>
      row([id, `\`${method} ${path}\``, stateOf(id), OURS.get(id)?.summary ?? '']),
    )
    return `\n### ${group}\n\n| operation | request | here | what it does |\n|---|---|---|---|\n${rows.join('\n')}`
  })
}

function additions(): readonly string[] {
  return OPERATIONS.flatMap((operation) => {
    if (operation.isAddition === true) return [row([operation.id, 'the operation'])]
    const parts = {
      query: operation.query,
      header: operation.headers,
      body: operation.body,
      response: operation.response,
    }
    const members = Object.entries(parts).flatMap(([place, schema]) =>
      schema ? marked(place, JSON.parse(JSON.stringify(schema))) : [],
    )
    return members.map((place) => row([operation.id, code(place)]))
  })
}

/** Places of the marked members of a schema, at any depth. */
function marked(at: string, schema: JsonSchema): readonly string[] {
  if (schema['x-berth'] === true) return [at]
  const inside = [
    ...Object.entries(schema.properties ?? {}).map(([name, rule]) => [`${at}.${name}`, rule] as const),
    ...(schema.items === undefined ? [] : [[`${at}[]`, schema.items] as const]),
    ...(schema.anyOf ?? []).map((rule) => [at, rule] as const),
  ]
  return inside.flatMap(([place, rule]) => marked(place, rule))
}

const SERVICES: Readonly<Record<string, string>> = {
  workspace: 'Workspace (desktops): quotas, tenant and switches',
  'iam.v3': 'IAM, v3 (Keystone)',
  'iam.v3.0': 'IAM, v3.0',
  'iam.v5': 'IAM, v5',
  eps: 'Enterprise projects, v1.0',
  vpc: 'VPC',
}

const DESKTOPS: ReadonlySet<string> = new Set(publishedOperations('workspace').map(({ id }) => id))

/** By family; operations of the desktops have that of the service itself. */
function services(): readonly string[] {
  const others = Map.groupBy(
    OPERATIONS.filter(({ family, id }) => family !== 'workspace' || DESKTOPS.has(id)),
    ({ family }) => family,
  )
  return [...others].map(([family, some]) => {
    return row([SERVICES[family] ?? family, String(some.length), some.map(({ id }) => id).join(', ')])
  })
}

const DECISIONS: readonly string[] = readdirSync(new URL('../docs/decisions', import.meta.url))

/** The number of a decision at the end of a reason leads to it. */
function linked(reason: string): string {
  return reason.replace(/(?<=: )(\d{4})(?=\.$)/, (number) => {
    const file = DECISIONS.find((name) => name.startsWith(`${number}-`))
    if (file === undefined) throw new Error(`there is no decision ${number}: ${reason}`)
    return `[${number}](../decisions/${file})`
  })
}

function code(text: string): string {
  return `\`${text}\``
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
