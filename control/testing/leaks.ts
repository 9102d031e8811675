import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db } from '#db'
import type { Answer, TestApi } from './api.ts'
import type { RecordingLog } from './log.ts'

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
function secretsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (typeof member === 'string') return SECRET_MEMBERS.has(name) ? [member] : []
    const id = name === 'token' ? (member as { readonly id?: unknown } | null)?.id : undefined
    return [...(typeof id === 'string' ? [id] : []), ...secretsIn(member)]
  })
}

/** A good answer without the members that are there to tell a secret; a refusal as it is, for it may tell none. */
function publicPart({ status, text, body }: Answer): string {
  if (status >= 400 || body === undefined) return text
  return JSON.stringify(body, (name, member) => (SECRET_MEMBERS.has(name) ? undefined : member))
}

const SECRET_HEADERS: ReadonlySet<string> = new Set(['x-auth-token', 'x-subject-token', 'x-security-token'])

function secretHeaders(headers: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(headers).flatMap(([name, value]) => (SECRET_HEADERS.has(name.toLowerCase()) ? [value] : []))
}

/** What was said in calls. */
export interface Overheard {
  /** Everything secret that was sent or answered. */
  readonly secrets: Set<string>
  /** Secrets of keys as often as an answer told them: once is right. */
  readonly told: string[]
  /** What answers say beside the secrets that they are there to tell. */
  readonly answers: string[]
  call: TestApi['call']
}

/** Keeps everything that is said from now on. */
export function overhear(call: TestApi['call']): Overheard {
  const secrets = new Set<string>()
  const told: string[] = []
  const answers: string[] = []
  return {
    ...{ secrets, told, answers },
    call: async (method, path, options = {}) => {
      const answer = await call(method, path, options)
      const { headers = {}, body, token, sign } = options
      const found = secretsIn(answer.body)
      const headerValues = [...secretHeaders(headers), ...secretHeaders(answer.headers)]
      const sent = [token, sign === false ? undefined : sign?.secret, ...secretsIn(body), ...headerValues]
      for (const secret of [...sent, ...found]) if (typeof secret === 'string' && secret !== '') secrets.add(secret)
      told.push(...found)
      answers.push(`${method} ${path} ${answer.status} ${publicPart(answer)}`)
      return answer
    },
  }
}

/** All lines, errors with their message, their stack, whatever they carry and what caused them. */
export function logText({ lines }: RecordingLog): string {
  return JSON.stringify(lines, (_name, value: unknown) => {
    if (!(value instanceof Error)) return value
    const { name, message, stack, cause } = value
    return { ...value, name, message, stack, cause }
  })
}

/** Fails if anything secret is in a row, in a line of the log, in an answer that was not asked for it, or told twice. */
export async function assertNoLeak({ db, log }: TestApi, { secrets, told, answers }: Overheard): Promise<void> {
  const all = [...secrets]
  assert.deepEqual(findLeaks(all, await everyRow(db)), [], 'in a row')
  assert.deepEqual(findLeaks(all, logText(log)), [], 'in the log')
  assert.deepEqual(findLeaks(all, answers.join('\n')), [], 'in an answer')
  assert.equal(new Set(told).size, told.length, 'told twice')
}
