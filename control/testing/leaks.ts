import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db } from '#db'

interface Table {
  readonly schema: string
  readonly name: string
}

/** Every row of every table as text: columns of any type, bytes in hexadecimal. */
export async function everyRow(db: Db): Promise<string> {
  const { rows: tables } = await sql<Table>`
    SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`.execute(db)
  assert.ok(tables.some(({ schema, name }) => schema === 'iam' && name === 'access_key'))
  const texts: string[] = []
  for (const { schema, name } of tables) {
    const { rows } = await sql<{
      row: string
    }>`SELECT t::text AS row FROM ${sql.table(`${schema}.${name}`)} AS t`.execute(db)
    texts.push(...rows.map(({ row }) => `${schema}.${name} ${row}`))
  }
  return texts.join('\n')
}

/** A secret as it is, as JSON has it, and as bytes are commonly written. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const plain = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
  return [...plain, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
}

/** Those of the secrets that the text has in it, in whichever spelling. */
export function findLeaks(secrets: readonly string[], text: string): readonly string[] {
  return secrets.filter((secret) => spellings(secret).some((spelling) => text.includes(spelling)))
}

/** Members of requests and answers that hold a secret, whatever they are in. */
const SECRET_MEMBERS: ReadonlySet<string> = new Set([
  'password',
  'original_password',
  'secret',
  'secret_access_key',
  'securitytoken',
  'security_token',
])

/** The secrets in a request or an answer, found by the names of their members; a token is the `id` of a `token`. */
export function secretsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (typeof member === 'string') return SECRET_MEMBERS.has(name) ? [member] : []
    const id = name === 'token' ? (member as { readonly id?: unknown } | null)?.id : undefined
    return [...(typeof id === 'string' ? [id] : []), ...secretsIn(member)]
  })
}

/** An answer as text, without the members that are there to tell a secret. */
export function withoutSecrets(body: unknown): string {
  return JSON.stringify(body, (name, member) => (SECRET_MEMBERS.has(name) && member !== '' ? undefined : member)) ?? ''
}
