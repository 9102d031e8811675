import type { Facts } from './published.ts'

/** A schema of either side in one form, in which equal rules look equal. */
export interface Normal {
  /** Alternatives joined by `|`; `any` where nothing is said. */
  readonly type: string
  /** Sorted. */
  readonly enum: readonly string[] | undefined
  readonly limits: Readonly<Record<string, unknown>>
  readonly required: ReadonlySet<string>
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly items: JsonSchema | undefined
  /** Of every member, in an object of which the names are open. */
  readonly values: JsonSchema | undefined
  readonly isAddition: boolean
}

export interface JsonSchema extends Omit<Facts, 'properties' | 'items' | 'additionalProperties'> {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly anyOf?: readonly JsonSchema[]
  readonly const?: string | number | boolean
  readonly 'x-berth'?: boolean
}

const LIMITS = [
  ...['pattern', 'format', 'minLength', 'maxLength', 'minimum', 'maximum'],
  ...['minItems', 'maxItems', 'uniqueItems', 'default'],
] as const

/** The ends of integer types, and what is true without being said. */
const SAYS_NOTHING: Readonly<Record<string, readonly unknown[]>> = {
  minLength: [0],
  maxLength: [2 ** 31 - 1],
  minimum: [-(2 ** 31)],
  maximum: [2 ** 31 - 1],
  minItems: [0],
  maxItems: [2 ** 31 - 1],
  uniqueItems: [false],
  default: [''],
  format: ['int32', 'int64', 'float', 'double', 'enum', 'string', 'integer', 'password'],
}

export function normal(given: JsonSchema): Normal {
  const schema = withoutNull(given)
  const values = schema.patternProperties ? Object.values(schema.patternProperties)[0] : schema.additionalProperties
  const alternatives = enumOf(schema)
  return {
    type: typeOf(schema),
    enum: alternatives,
    limits: limitsOf(schema, alternatives !== undefined),
    required: new Set(schema.required ?? []),
    properties: schema.properties ?? {},
    items: schema.items,
    values: typeof values === 'object' ? values : undefined,
    isAddition: given['x-berth'] === true,
  }
}

/** What may be null is compared as what it is otherwise. */
function withoutNull(schema: JsonSchema): JsonSchema {
  const some = schema.anyOf?.filter((one) => one.type !== 'null')
  const [only, ...others] = some ?? []
  if (only === undefined) return schema
  const { anyOf: _, ...rest } = schema
  return others.length === 0 ? { ...only, ...rest } : { ...rest, anyOf: some ?? [] }
}

function typeOf(schema: JsonSchema): string {
  if (schema.type !== undefined) return schema.type
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].sort().join('|')
  if (schema.enum !== undefined) return typeof schema.enum[0]
  if (schema.const !== undefined) return typeof schema.const
  return schema.properties === undefined ? 'any' : 'object'
}

/** `^(a|b)$` says the same as a list of two, and `^(a|b)?$` as one of three. */
const ALTERNATIVES = /^\^?\(([\w|.-]+)\)(\??)\$?$/

function enumOf(schema: JsonSchema): readonly string[] | undefined {
  const constants = schema.anyOf?.map((one) => one.const).filter((one) => one !== undefined)
  const listed = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  const some = listed ?? (constants?.length === schema.anyOf?.length ? constants : undefined)
  return (some?.map(String) ?? alternativesOf(schema.pattern))?.toSorted()
}

function alternativesOf(pattern = ''): readonly string[] | undefined {
  const [, words, mark] = ALTERNATIVES.exec(pattern) ?? []
  return words === undefined ? undefined : [...words.split('|'), ...(mark === '?' ? [''] : [])]
}

/** A list of values makes limits of the text needless. */
function limitsOf(schema: JsonSchema, isListed: boolean): Normal['limits'] {
  const kept = LIMITS.filter((name) => !(isListed && ['pattern', 'minLength', 'maxLength', 'format'].includes(name)))
  return Object.fromEntries(
    kept
      .map((name): [string, unknown] => [name, schema[name as keyof JsonSchema]])
      .filter(([name, value]) => value !== undefined && !SAYS_NOTHING[name]?.includes(value)),
  )
}
