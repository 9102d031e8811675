import { parse } from 'secure-json-parse'
import type { Dependency, Document, PolicyKind, Statement } from './document.ts'
import {
  grammarOf,
  MOST_DEPENDENCIES,
  MOST_SESSION_VALUE_CHARACTERS,
  MOST_SESSION_VALUES,
  WRITABLE,
} from './grammar.ts'
import { PolicyError } from './policy-error.ts'
import { readStatement } from './read-statement.ts'
import { fail, insist, isObject, type Members, newReading, type Reading, refuseUnknown } from './reading.ts'
import { VERSIONS, type Version } from './version.ts'

/**
 * Reads a document that somebody writes. Throws a PolicyError with the code of the IAM reference, section 4.3, for
 * everything that this version does not do as it says, and for what could never have an effect where one is hoped for.
 */
export function parseDocument(kind: PolicyKind, value: unknown): Document {
  const reading = openDocument(kind, value, true)
  const { length } = JSON.stringify(value)
  insistLength(reading, length)
  return readDocument(reading, value as Members)
}

/** The same for the text of a document, as identity policies are sent. */
export function parseDocumentText(kind: PolicyKind, text: string): Document {
  const [version = '5.0'] = WRITABLE[kind].versions
  const { codes, mostCharacters } = grammarOf(kind === 'session' ? '5.0' : version)
  if (text.length === 0 || text.length > mostCharacters) {
    throw new PolicyError(codes.length, 'document', lengthRule(text.length, mostCharacters))
  }
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PolicyError(codes.object, 'document', `is not valid JSON: ${why}. Send one JSON object.`, {
      cause: error,
    })
  }
  return parseDocument(kind, value)
}

/**
 * Reads a document that is stored already, perhaps by a newer version: limits do not count, and what is not understood
 * makes an Allow never match and a Deny match. Throws a PolicyError when not even that can be told.
 */
export function readStoredDocument(kind: PolicyKind, value: unknown): Document {
  return readDocument(openDocument(kind, value, false), value as Members)
}

/** Sees to it that the value is an object of a version that we read. */
function openDocument(kind: PolicyKind, value: unknown, isWrite: boolean): Reading {
  const { versions, code } = WRITABLE[kind]
  const allowed: readonly Version[] = isWrite ? versions : VERSIONS
  if (!isObject(value)) {
    const [version = '5.0'] = versions
    throw new PolicyError(grammarOf(version).codes.object, 'document', 'must be an object with Version and Statement.')
  }
  const version = allowed.find((each) => each === value.Version)
  if (version === undefined) {
    throw new PolicyError(code, 'Version', `must be ${allowed.join(' or ')} for a document of kind ${kind}.`)
  }
  return newReading(kind, version, isWrite)
}

function lengthRule(length: number, most: number): string {
  return `has ${length} characters. Give it 1 to ${most}.`
}

function insistLength(reading: Reading, length: number): void {
  const { mostCharacters } = reading.grammar
  insist(length <= mostCharacters, reading, 'length', 'document', lengthRule(length, mostCharacters))
}

function readDocument(reading: Reading, value: Members): Document {
  const { version, grammar } = reading
  const members = version === '1.0' ? ['Version', 'Statement', 'Depends'] : ['Version', 'Statement']
  refuseUnknown(reading, value, members, 'document')
  const understood = reading.understood
  const given = value.Statement
  const list = !grammar.isClassic && isObject(given) ? [given] : given
  if (!Array.isArray(list)) fail(reading, 'statement', 'Statement', 'must be an array of statements.')
  const most = grammar.mostStatements
  const fits = list.length >= 1 && list.length <= most
  const rule = Number.isFinite(most) ? `1 to ${most}` : 'at least 1'
  insist(fits, reading, 'statements', 'Statement', `has ${list.length} statements. Give it ${rule}.`)
  const statements = list
    .map((statement, at) => readStatement(reading, statement, `Statement[${at}]`))
    .map((statement) => (understood ? statement : { ...statement, understood }))
  if (reading.kind === 'session') insistFewValues(reading, statements)
  return { version, statements, depends: version === '1.0' ? readDepends(reading, value.Depends) : [] }
}

function insistFewValues(reading: Reading, statements: readonly Statement[]): void {
  const values = statements.flatMap(({ conditions }) => conditions.flatMap((each) => each.values))
  const characters = values.reduce((sum, { length }) => sum + length, 0)
  const fits = values.length <= MOST_SESSION_VALUES && characters <= MOST_SESSION_VALUE_CHARACTERS
  const most = `up to ${MOST_SESSION_VALUES} of up to ${MOST_SESSION_VALUE_CHARACTERS} together`
  const detail = `has ${values.length} values of ${characters} characters in its conditions. Give a session policy ${most}.`
  insist(fits, reading, 'values', 'Statement', detail)
}

function readDepends(reading: Reading, value: unknown): readonly Dependency[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) fail(reading, 'depends', 'Depends', 'must be an array of {catalog, display_name}.')
  const rule = `has ${value.length} roles. Give it up to ${MOST_DEPENDENCIES}.`
  insist(value.length <= MOST_DEPENDENCIES, reading, 'depends', 'Depends', rule)
  return value.map((each: unknown, at) => {
    const where = `Depends[${at}]`
    if (!isObject(each) || typeof each.catalog !== 'string' || typeof each.display_name !== 'string') {
      fail(reading, 'depends', where, 'must have the texts catalog and display_name.')
    }
    refuseUnknown(reading, each, ['catalog', 'display_name'], where)
    return { catalog: each.catalog, displayName: each.display_name }
  })
}
