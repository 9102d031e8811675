import { type Address, parseAddress } from './address.ts'
import { parseInstant, parseNumber } from './scalar.ts'

type Scalar = string | number | boolean
/** Null says that there is no such value, also where the request has one. */
export type ContextValue = Scalar | null | readonly Scalar[]

/** Nothing that we know of somebody is longer: only what a request says of itself can be, such as its user agent. */
export const MOST_TEXT_CHARACTERS = 1_024

/** The values of a key, and what they are read as, once somebody asked. */
export interface Entry {
  /** Empty when the key is absent. */
  readonly texts: readonly string[]
  readonly isList: boolean
  /** It is compared with nothing: it lets no Allow match, and every Deny. */
  readonly isTooLong: boolean
  folded: readonly string[] | null
  numbers: readonly number[] | null
  instants: readonly number[] | null
  addresses: readonly (Address | null)[] | null
}

/** Condition keys in lower case, because they compare without case. */
export type Context = ReadonlyMap<string, Entry>

/** What a statement is asked about: one action on one resource. */
export interface Question {
  /** Of principal, environment and request. */
  readonly request: Context
  /** Of the resource; comes before the request's. */
  readonly resource: Context | null
  readonly service: string
  readonly projectId: string | null
  readonly urn: string | null
  /** The five parts of the URN; null when it has fewer. */
  readonly segments: readonly string[] | null
  /** What documents of 1.x list by id. */
  readonly resourceId: string | null
}

/** Made once for a request, as reading numbers and addresses is kept in it. */
export function createContext(values: Readonly<Record<string, ContextValue | undefined>>): Context {
  const context = new Map<string, Entry>()
  for (const name in values) {
    const value = values[name]
    if (value === undefined || !Object.hasOwn(values, name)) continue
    const key = name.toLowerCase()
    const entry = entryOf(value)
    const twin = context.get(key)
    // two tags that differ only in case are one key with two values: neither may hide the other
    context.set(key, twin === undefined ? entry : newEntry([...twin.texts, ...entry.texts], true))
  }
  return context
}

function entryOf(value: ContextValue): Entry {
  if (value === null) return newEntry([], false)
  if (typeof value === 'string') return newEntry([value], false)
  return typeof value === 'object' ? newEntry(value.map(String), true) : newEntry([String(value)], false)
}

function newEntry(texts: readonly string[], isList: boolean): Entry {
  const isTooLong = texts.some(({ length }) => length > MOST_TEXT_CHARACTERS)
  return { texts, isList, isTooLong, folded: null, numbers: null, instants: null, addresses: null }
}

/** Undefined or without texts: the key is absent. */
export function findEntry({ request, resource }: Question, key: string): Entry | undefined {
  return resource?.get(key) ?? request.get(key)
}

export function foldedOf(entry: Entry): readonly string[] {
  entry.folded ??= entry.texts.map((text) => text.toLowerCase())
  return entry.folded
}

export function numbersOf(entry: Entry): readonly number[] {
  entry.numbers ??= entry.texts.map(parseNumber)
  return entry.numbers
}

export function instantsOf(entry: Entry): readonly number[] {
  entry.instants ??= entry.texts.map(parseInstant)
  return entry.instants
}

export function addressesOf(entry: Entry): readonly (Address | null)[] {
  entry.addresses ??= entry.texts.map(parseAddress)
  return entry.addresses
}
