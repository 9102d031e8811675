import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

/** As much of an answer as the contract speaks of. */
export interface Answered {
  readonly status: number
  readonly headers: { readonly 'content-type'?: string | undefined }
  readonly text: string
  /** The text as JSON, undefined when it is none. */
  readonly body: unknown
}

interface Declared {
  /** Absent where the answer has no body. */
  readonly content?: Content
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>
type Schema = Readonly<Record<string, unknown>>
type Responses = Readonly<Record<string, Declared>>

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string; responses: Responses }>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface DeclaredOperation {
  readonly id: string
  readonly method: string
  readonly segments: readonly string[]
  readonly responses: Responses
}

const DOCUMENT: OpenApi = JSON.parse(readFileSync(new URL('../../contract/openapi.json', import.meta.url), 'utf8'))

const OPERATIONS: readonly DeclaredOperation[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId: id, responses }]) => ({
    id,
    method: method.toUpperCase(),
    segments: path.split('/'),
    responses,
  })),
)

const BY_ID: ReadonlyMap<string, DeclaredOperation> = new Map(OPERATIONS.map((operation) => [operation.id, operation]))

/** Fails unless the contract declares the answer of the operation that is called. What is no operation is let pass. */
export function assertFitsContract(method: string, path: string, answer: Answered): void {
  const operation = operationAt(method, path)
  if (operation !== undefined) assertAnswer(operation, answer)
}

/** Fails unless the contract declares the status for the operation, and the body is of the declared shape. */
export function assertDeclared(operationId: string, answer: Answered): void {
  const operation = BY_ID.get(operationId)
  assert.ok(operation, `the contract has no ${operationId}`)
  assertAnswer(operation, answer)
}

function assertAnswer({ id, method, responses }: DeclaredOperation, { status, headers, body, text }: Answered): void {
  const declared = responses[status]
  assert.ok(declared, `${id} declares no ${status}: ${text.slice(0, 200)}`)
  const { content } = declared
  const what = `${id} ${status}`
  if (content === undefined) assert.equal(text, '', `${what} has no body`)
  else if (text === '') assert.ok(method === 'HEAD', `${what} has a body`)
  else assertContent(content, headers['content-type']?.split(';')[0] ?? 'nothing', body, what)
}

function assertContent(content: Content, type: string, body: unknown, what: string): void {
  const media = content[type]
  assert.ok(media, `${what} is ${Object.keys(content)}, not ${type}`)
  if (type === 'application/json') assertFits(media.schema, body, what)
}

/** Words of a path win over places, from the left, as in the server. */
function operationAt(method: string, path: string): DeclaredOperation | undefined {
  const segments = (path.split('?')[0] ?? '').split('/')
  const fitting = OPERATIONS.filter((operation) => operation.method === method && leadsTo(operation.segments, segments))
  return fitting.toSorted((a, b) => placesOf(a).localeCompare(placesOf(b)))[0]
}

function leadsTo(template: readonly string[], segments: readonly string[]): boolean {
  if (template.length !== segments.length) return false
  return template.every((part, index) => (isPlace(part) ? segments[index] !== '' : part === segments[index]))
}

function placesOf({ segments }: DeclaredOperation): string {
  return segments.map((part) => (isPlace(part) ? '1' : '0')).join('')
}

function isPlace(part: string): boolean {
  return part.startsWith('{')
}

export type ErrorSchema = 'ServiceError' | 'GatewayError' | 'IamError' | 'IamServiceError' | 'EpsError' | 'VpcError'

/** Fails unless the body has one of the three error shapes. */
export function assertErrorShape(name: ErrorSchema, body: unknown): void {
  assertFits(DOCUMENT.components.schemas[name] ?? {}, body, name)
}

/** A validator takes longer to make than to use. */
const VALIDATORS = new Map<Schema, Validator>()

function assertFits(schema: Schema, body: unknown, what: string): void {
  const validator = validatorOf(schema)
  const [first] = validator.Check(body) ? [] : validator.Errors(body)
  assert.equal(first, undefined, `${what}: ${first?.instancePath} ${first?.message} in ${JSON.stringify(body)}`)
}

function validatorOf(schema: Schema): Validator {
  const known = VALIDATORS.get(schema)
  if (known !== undefined) return known
  const made = Compile(inlined(schema) as TSchema)
  VALIDATORS.set(schema, made)
  return made
}

/** References to shared schemas replaced by these, and objects closed: clients may get more one day, tests may not. */
function inlined(schema: Schema): Schema {
  const text = JSON.stringify(schema, (_key, value) => {
    const name = typeof value?.$ref === 'string' ? value.$ref.split('/').at(-1) : undefined
    return closed(name === undefined ? value : DOCUMENT.components.schemas[name])
  })
  return JSON.parse(text)
}

function closed(value: unknown): unknown {
  const isOpen = isSchema(value) && value.type === 'object' && isSchema(value.properties)
  return isOpen && value.additionalProperties === undefined ? { ...value, additionalProperties: false } : value
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null
}
