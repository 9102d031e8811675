import { readFileSync } from 'node:fs'

/** JSON schema as far as facts go: no sentences. A `$ref` is the name of a schema of the same file. */
export interface Facts {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly (string | number)[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly default?: unknown
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Facts>>
  readonly items?: Facts
  readonly additionalProperties?: Facts
}

export interface PublishedParameter {
  readonly in: 'path' | 'query' | 'header' | 'formData'
  readonly name: string
  readonly required?: boolean
  readonly schema?: Facts
}

/** What is publicly known about one operation. */
export interface PublishedOperation {
  readonly id: string
  /** Of operations that belong together, where the service has many. */
  readonly group?: string
  readonly method: string
  readonly path: string
  /** `definition`: published with all its limits; `client`: names and shapes only, from what the clients know. */
  readonly source: 'definition' | 'client'
  readonly parameters: readonly PublishedParameter[]
  /** Null: none. Without a schema, only that there is one is known. */
  readonly body: { readonly required?: boolean; readonly schema?: Facts } | null
  readonly status: number
  /** Null: no body. */
  readonly response: Facts | null
  /** Error statuses; none where they are not known. */
  readonly statuses: readonly number[]
}

export const SERVICES = ['workspace-app', 'workspace', 'iam', 'eps', 'vpc'] as const
export type Service = (typeof SERVICES)[number]

interface PublishedFile {
  readonly schemas: Readonly<Record<string, Facts>>
  readonly operations: readonly PublishedOperation[]
}

/** The operations of a service with every shared schema put in its place. */
export function publishedOperations(service: Service): readonly PublishedOperation[] {
  const file: PublishedFile = JSON.parse(readFileSync(new URL(`${service}.json`, import.meta.url), 'utf8'))
  return inlined(file.operations, file.schemas)
}

function inlined<T>(value: T, schemas: PublishedFile['schemas']): T {
  const text = JSON.stringify(value, (_key, part) => {
    if (typeof part?.$ref !== 'string') return part
    const schema = schemas[part.$ref]
    if (schema === undefined) throw new Error(`published: there is no schema ${part.$ref}`)
    return schema
  })
  return JSON.parse(text)
}
