import type { Operation } from '../operation.ts'
import type { JsonSchema } from '../published/normal.ts'
import { exampleFor } from './example.ts'

/** Where an answer holds the value of a path parameter. */
interface Source {
  readonly parameter: string
  /** JSON pointer into the body. */
  readonly pointer: string
}

export type Links = Readonly<Record<string, object>>

/**
 * What may be called next, by operation: an answer of a collection holds the id that paths below it ask for, and so does a
 * member of the parameter's own name. The rest of the path is as in the request.
 */
export function linksOf(operations: readonly Operation[]): ReadonlyMap<string, Links> {
  const places = placesOf(operations)
  return new Map(
    operations.map((producer) => {
      const sources = sourcesOf(producer, places)
      const links = operations.flatMap((consumer) => {
        const link = linkTo(consumer, producer, sources)
        return link === undefined ? [] : [[consumer.id, { operationId: consumer.id, ...link }] as const]
      })
      return [producer.id, Object.fromEntries(links)]
    }),
  )
}

/** Parameters by the collection that is before them: `/v3/users` has `user_id`. */
function placesOf(operations: readonly Operation[]): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>()
  for (const { path } of operations) {
    for (const [place, name = ''] of path.matchAll(/\/\{(\w+)\}/g)) {
      const collection = path.slice(0, path.indexOf(place))
      places.set(collection, (places.get(collection) ?? new Set()).add(name))
    }
  }
  return places
}

function sourcesOf(producer: Operation, places: ReadonlyMap<string, ReadonlySet<string>>): readonly Source[] {
  if (producer.response === null) return []
  const body: JsonSchema = JSON.parse(JSON.stringify(producer.response))
  const below = places.get(producer.path) ?? new Set()
  const everywhere = new Set([...places.values()].flatMap((names) => [...names]))
  return [...everywhere].flatMap((parameter) => {
    const own = below.has(parameter) ? pointerTo(body, ['id', parameter]) : pointerTo(body, [parameter])
    return own === undefined ? [] : [{ parameter, pointer: own }]
  })
}

/** The first member of one of the names: at the top, in the only object there, or in the first of a list. */
function pointerTo(body: JsonSchema, names: readonly string[]): string | undefined {
  const members = Object.entries(body.properties ?? {})
  const inside: (readonly [string, JsonSchema])[] = [
    ['', body],
    ...members.map(([member, rule]) => [`/${member}`, rule] as const),
    ...members.flatMap(([member, rule]) => (rule.items === undefined ? [] : [[`/${member}/0`, rule.items] as const])),
  ]
  for (const [at, rule] of inside) {
    const name = names.find((one) => rule.properties?.[one]?.type === 'string')
    if (name !== undefined) return `${at}/${name}`
  }
  return undefined
}

interface Target {
  readonly parameters: Readonly<Record<string, string>>
  readonly requestBody?: unknown
}

/** A path that asks for the id, or an action below a list whose body does. */
function linkTo(consumer: Operation, producer: Operation, sources: readonly Source[]): Target | undefined {
  const parameters = parametersOf(consumer, producer, sources)
  if (parameters === undefined) return undefined
  if (Object.values(parameters).some((value) => value.startsWith('$response'))) return { parameters }
  const listed = sources.find(({ pointer }) => pointer === '/items/0/id')
  if (listed === undefined || !consumer.path.startsWith(`${producer.path}/`)) return undefined
  const requestBody = bodyWith(consumer, `$response.body#${listed.pointer}`)
  return requestBody === undefined ? undefined : { parameters, requestBody }
}

/** A body whose `items` are ids, or objects with one. */
function bodyWith({ id, body }: Operation, expression: string): unknown {
  const schema: JsonSchema = JSON.parse(JSON.stringify(body ?? {}))
  const items = schema.properties?.items?.items
  if (items?.type !== 'string' && items?.properties?.id === undefined) return undefined
  const example = exampleFor(schema, id, 'what is required') as object
  const item = items.type === 'string' ? expression : { ...(exampleFor(items, 'item') as object), id: expression }
  return { ...example, items: [item] }
}

/** Of the consumer's whole path, out of the answer or the request; undefined where a part is in neither. */
function parametersOf(
  consumer: Operation,
  producer: Operation,
  sources: readonly Source[],
): Readonly<Record<string, string>> | undefined {
  if (consumer.id === producer.id) return undefined
  const known = new Set(Object.keys(propertiesOf(producer)))
  const names = Object.keys(propertiesOf(consumer))
  const entries = names.map((name): [string, string] => {
    const source = sources.find(({ parameter }) => parameter === name)
    if (source !== undefined) return [name, `$response.body#${source.pointer}`]
    return [name, known.has(name) ? `$request.path.${name}` : '']
  })
  return entries.every(([, value]) => value !== '') ? Object.fromEntries(entries) : undefined
}

function propertiesOf({ params }: Operation): Readonly<Record<string, unknown>> {
  return (params as JsonSchema).properties ?? {}
}
