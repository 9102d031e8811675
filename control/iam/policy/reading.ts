import type { PolicyKind } from './document.ts'
import { type Grammar, grammarOf, type Problem } from './grammar.ts'
import { PolicyError } from './policy-error.ts'
import type { Version } from './version.ts'

/** How a document is being read: as one that somebody writes, or as one that is stored already. */
export interface Reading {
  readonly kind: PolicyKind
  readonly version: Version
  readonly grammar: Grammar
  readonly isWrite: boolean
  /** False once the statement has something that cannot be understood. */
  understood: boolean
}

export function newReading(kind: PolicyKind, version: Version, isWrite: boolean): Reading {
  return { kind, version, grammar: grammarOf(version), isWrite, understood: true }
}

/** Throws: without this part there is no telling what the document says, not even what it denies. */
export function fail({ grammar }: Reading, problem: Problem, where: string, detail: string): never {
  throw new PolicyError(grammar.codes[problem], where, detail)
}

/** Something we do not know: throws on write. What is stored is from a version that knew it. */
export function refuse(reading: Reading, problem: Problem, where: string, detail: string): void {
  if (reading.isWrite) fail(reading, problem, where, detail)
  reading.understood = false
}

/** A rule for writers only, such as a limit: what is stored is read nonetheless. */
export function insist(holds: boolean, reading: Reading, problem: Problem, where: string, detail: string): void {
  if (reading.isWrite && !holds) fail(reading, problem, where, detail)
}

export type Members = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses members that are not listed. */
export function refuseUnknown(reading: Reading, object: Members, known: readonly string[], where: string): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue
    const place = where === 'document' ? name : `${where}.${name}`
    refuse(reading, 'unknown', place, `is not part of a ${reading.version} document here. Use ${known.join(', ')}.`)
  }
}
