import { ERRORS } from '../errors.ts'
import type { Operation } from '../operation.ts'
import { type JsonSchema, normal } from './normal.ts'
import type { PublishedOperation, PublishedParameter } from './published.ts'

/** One fact in which our contract and the published one are not the same. */
export interface Difference {
  readonly operation: string
  /** `query.limit`, `body.items[].id`, `response.items[].host_id`, `answers.409`, `path`, … */
  readonly at: string
  /**
   * `missing`: published and not ours; `extra`: ours and not published; else the rule that differs: `-rule` is only
   * published, `+rule` only ours.
   */
  readonly what: string
  readonly published: unknown
  readonly ours: unknown
}

type Report = (at: string, what: string, published: unknown, ours: unknown) => void

/** How deep rules go: answers have no limits to promise, and of some operations only names are known. */
type Depth = 'limits' | 'shape'

/** Both directions, in the order of the operation's parts. */
export function differences(published: PublishedOperation, ours: Operation): readonly Difference[] {
  const found: Difference[] = []
  const report: Report = (at, what, theirs, own) =>
    found.push({ operation: ours.id, at, what, published: theirs, ours: own })
  if (published.method !== ours.method) report('method', 'method', published.method, ours.method)
  if (published.path !== ours.path) report('path', 'path', published.path, ours.path)
  const depth = published.source === 'definition' ? 'limits' : 'shape'
  compareParameters(published, ours, depth, report)
  compareBodies(published, ours, depth, report)
  compareAnswers(published, ours, report)
  return found
}

function compareParameters(published: PublishedOperation, ours: Operation, depth: Depth, report: Report): void {
  const places = { path: ours.params, query: ours.query, header: ours.headers ?? {} }
  for (const [place, own] of Object.entries(places)) {
    const theirs = published.parameters.filter((parameter) => parameter.in === place)
    compareObjects(place, objectOf(theirs), plain(own), depth, report)
  }
}

function objectOf(parameters: readonly PublishedParameter[]): JsonSchema {
  const nameOf = (one: PublishedParameter) => (one.in === 'header' ? one.name.toLowerCase() : one.name)
  const entries = parameters.map((one): [string, JsonSchema] => [nameOf(one), one.schema ?? {}])
  const required = parameters.filter((one) => one.required).map(nameOf)
  return { type: 'object', properties: Object.fromEntries(entries), required }
}

function compareBodies(published: PublishedOperation, ours: Operation, depth: Depth, report: Report): void {
  const { body } = published
  if (body === null && ours.body !== null) report('body', 'extra', null, 'a body')
  if (body !== null && ours.body === null) report('body', 'missing', 'a body', null)
  if (body?.schema && ours.body) compareSchemas('body', body.schema, plain(ours.body), depth, report)
}

function compareAnswers(published: PublishedOperation, ours: Operation, report: Report): void {
  if (published.status !== ours.status) report('status', 'status', published.status, ours.status)
  const { response } = published
  if (response === null && ours.response !== null) report('response', 'extra', null, 'a body')
  if (response !== null && ours.response === null) report('response', 'missing', 'a body', null)
  if (response && ours.response) compareSchemas('response', response, plain(ours.response), 'shape', report)
  if (published.statuses.length === 0) return
  const own = new Set(ours.errors.map((word): number => ERRORS[word].status))
  const theirs = new Set(published.statuses)
  for (const status of theirs.difference(own)) report(`answers.${status}`, 'missing', status, null)
  for (const status of own.difference(theirs)) report(`answers.${status}`, 'extra', null, status)
}

/** A schema without what only TypeBox sees. */
function plain(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema))
}

function compareSchemas(at: string, published: JsonSchema, own: JsonSchema, depth: Depth, report: Report): void {
  const [theirs, ours] = [normal(published), normal(own)]
  if (theirs.type === 'any') return
  if (theirs.type !== ours.type) {
    report(at, 'type', theirs.type, ours.type)
    return
  }
  compareRule(at, 'enum', theirs.enum, ours.enum, report)
  if (depth === 'limits') compareLimits(at, theirs.limits, ours.limits, report)
  if (theirs.items && ours.items) compareSchemas(`${at}[]`, theirs.items, ours.items, depth, report)
  if (theirs.values && ours.values) compareSchemas(`${at}{}`, theirs.values, ours.values, depth, report)
  if (theirs.type === 'object') compareObjects(at, published, own, depth, report)
}

type Limits = Readonly<Record<string, unknown>>

function compareLimits(at: string, theirs: Limits, ours: Limits, report: Report): void {
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    compareRule(at, name, theirs[name], ours[name], report)
  }
}

function compareRule(at: string, name: string, theirs: unknown, ours: unknown, report: Report): void {
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return
  const sign = theirs === undefined ? '+' : ours === undefined ? '-' : ''
  report(at, `${sign}${name}`, theirs, ours)
}

function compareObjects(at: string, published: JsonSchema, own: JsonSchema, depth: Depth, report: Report): void {
  const [theirs, ours] = [normal(published), normal(own)]
  // an object of which nothing is published may hold anything
  if (Object.keys(theirs.properties).length === 0 && published.properties === undefined) return
  for (const name of Object.keys({ ...theirs.properties, ...ours.properties })) {
    const [a, b] = [theirs.properties[name], ours.properties[name]]
    const place = `${at}.${name}`
    if (b === undefined) report(place, 'missing', a, undefined)
    else if (a === undefined) reportExtra(place, b, report)
    else {
      const required = [theirs.required.has(name), ours.required.has(name)] as const
      if (depth === 'limits' && required[0] !== required[1])
        report(place, required[0] ? '-required' : '+required', ...required)
      compareSchemas(place, a, b, depth, report)
    }
  }
}

/** What is marked as an addition is one, and needs no other reason. */
function reportExtra(at: string, own: JsonSchema, report: Report): void {
  if (!normal(own).isAddition) report(at, 'extra', undefined, own)
}
