import { type Questionable, signedDateOf } from '../../../contract/signing/explain.ts'
import { parseSdkDate } from '../../../contract/signing/sdk-date.ts'
import type { Received } from '../../../contract/signing/verify.ts'

/** A request of the file, by its name there. */
export interface Question extends Questionable {
  readonly id: string
}

/** What the options say for all requests of the file. */
export interface Setting {
  readonly at: Date | null
  readonly regions: readonly string[]
  readonly services: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

/** Says what is wrong and where, and never shows the value: it may be a secret. */
export class BadInput extends Error {
  override readonly name = 'BadInput'
}

/** Reads one vector, an array of them, or an object with `vectors`. Throws BadInput. */
export function parseQuestions(text: string, setting: Setting): readonly Question[] {
  const value = jsonOf(text)
  const vectors = isObject(value) && value.vectors !== undefined ? value.vectors : value
  const all = Array.isArray(vectors) ? vectors : [vectors]
  if (all.length === 0) throw new BadInput('there is no request in it')
  return all.map((vector, index) => questionOf(vector, `request ${index + 1}`, setting))
}

/** The message of a parser quotes the text around the mistake, which may be a secret key: only the place is told. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(error instanceof Error ? error.message : '') ?? []
    throw new BadInput(line === undefined ? 'it is not JSON' : `it is not JSON: see line ${line}, column ${column}`)
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function questionOf(vector: unknown, place: string, setting: Setting): Question {
  if (!isObject(vector)) throw new BadInput(`${place} is not an object`)
  const id = textOf(vector, 'id', place) ?? place
  const where = id === place ? place : `${place} (${id})`
  const request = requestOf(vector, where)
  return {
    id,
    request,
    authorization: authorizationOf(vector, request, where),
    secretKey: requireText(vector, 'sk', where),
    at: setting.at ?? clockOf(vector, request, where),
    accepted: acceptedOf(setting),
    claimed: {
      canonicalRequest: textOf(vector, 'canonicalRequest', where) ?? null,
      stringToSign: textOf(vector, 'stringToSign', where) ?? null,
    },
  }
}

function requestOf(vector: Fields, where: string): Received {
  const rawHeaders = headersOf(vector, where)
  const hasDate = rawHeaders.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-sdk-date')
  const date = textOf(vector, 'date', where)
  return {
    method: requireText(vector, 'method', where),
    requestTarget: targetOf(vector, where),
    rawHeaders: hasDate || date === undefined ? rawHeaders : [...rawHeaders, 'X-Sdk-Date', wire(date)],
    body: Buffer.from(textOf(vector, 'bodyUtf8', where) ?? '', 'utf8'),
  }
}

/** Text as the bytes that are on the wire, one character each. */
function wire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

function targetOf(vector: Fields, where: string): string {
  const target = textOf(vector, 'requestTarget', where)
  if (target !== undefined) return wire(target)
  const url = textOf(vector, 'url', where)
  if (url === undefined) throw new BadInput(`${where}: requestTarget or url is missing`)
  // not through a URL parser, which would rewrite what was sent
  const found = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1]
  if (found === undefined) throw new BadInput(`${where}: url is not of the form http://host/path?query`)
  return wire(found.startsWith('/') ? found : `/${found}`)
}

function headersOf(vector: Fields, where: string): readonly string[] {
  const { headers } = vector
  if (!isObject(headers)) throw new BadInput(`${where}: headers is not an object of names and values`)
  return Object.entries(headers).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value]
    return values.flatMap((one: unknown) => {
      if (typeof one === 'string') return [name, wire(one)]
      throw new BadInput(`${where}: the header ${name} is neither text nor a list of texts`)
    })
  })
}

function authorizationOf(vector: Fields, { rawHeaders }: Received, where: string): string {
  const stated = textOf(vector, 'authorization', where)
  if (stated !== undefined) return stated
  const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization')
  const sent = index < 0 ? undefined : rawHeaders[index + 1]
  if (sent === undefined) throw new BadInput(`${where}: neither authorization nor a header of that name is there`)
  return sent
}

/** The clock that the file names; without one the server is taken to agree with the client. */
function clockOf(vector: Fields, request: Received, where: string): Date {
  const text = textOf(vector, 'serverTime', where) ?? signedDateOf(request)
  // a date that is missing or wrong is for the explanation to say
  if (text === undefined) return new Date(0)
  const at = parseSdkDate(text)
  if (at === undefined && vector.serverTime !== undefined) {
    throw new BadInput(`${where}: serverTime is not of the form 20260521T080000Z`)
  }
  return at ?? new Date(0)
}

function acceptedOf({ regions, services }: Setting): Question['accepted'] {
  if (regions.length === 0 && services.length === 0) return null
  return { regions: [...regions, 'globe'], services }
}

function requireText(vector: Fields, name: string, where: string): string {
  const text = textOf(vector, name, where)
  if (text === undefined || text === '') throw new BadInput(`${where}: ${name} is missing`)
  return text
}

function textOf(vector: Fields, name: string, where: string): string | undefined {
  const value = vector[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new BadInput(`${where}: ${name} is not text`)
  return value
}
