import { parse } from 'secure-json-parse'
import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { AppError } from '#kernel'
import { describeInvalid } from './invalid.ts'

/** `application/json`, with or without a charset; `;charset=utf8` and `;charset=UTF-8` are both met in practice. */
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i

const NO_BOM = /^\uFEFF/

/** Reads one JSON document; refuses other types, broken text and `__proto__` members. */
export function parseJson(contentType: string | undefined, body: Buffer, operationId: string): unknown {
  if (body.length === 0) throw new AppError('http.body_missing', { operation: operationId })
  if (contentType === undefined || !JSON_TYPE.test(contentType)) throw contentTypeError(contentType)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return parse(text.replace(NO_BOM, ''), { protoAction: 'error', constructorAction: 'error' })
  } catch (error) {
    throw new AppError('http.body_malformed', { detail: error instanceof Error ? sentenceOf(error) : 'unreadable' })
  }
}

/** The parser quotes a piece of the body, which may be a password: that piece is left out. */
const EXCERPT = /(, )?(\.{3})?".*"(\.{3})? is not valid JSON$/s

function sentenceOf({ message }: Error): string {
  return message.replace(EXCERPT, '').replace(/\s+/g, ' ').slice(0, 100) || 'unreadable'
}

export function contentTypeError(contentType: string | undefined): AppError {
  return new AppError('http.content_type', { contentType: (contentType || 'none').slice(0, 80) })
}

/** Checks a value against a schema, throwing the first thing wrong as what, where and what to do. */
export function checker<T extends TSchema>(schema: T, where: string): (value: unknown) => Static<T> {
  const validator: Validator = Compile(schema)
  return (value) => {
    if (!validator.Check(value)) throw new AppError('http.invalid', describeInvalid(validator.Errors(value), where))
    if (holdsNul(value)) throw new AppError('http.invalid', { where, detail: 'contains a NUL character; remove it' })
    return value as Static<T>
  }
}

/** No text of the database can hold one. Without recursion: nobody limits how deep a body goes. */
function holdsNul(value: unknown): boolean {
  const rest = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next === 'string' && next.includes('\0')) return true
    if (typeof next === 'object' && next !== null) for (const member of Object.values(next)) rest.push(member)
  }
  return false
}
