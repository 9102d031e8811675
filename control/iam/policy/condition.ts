import { type Entry, findEntry, type Question } from './context.ts'
import type { Condition, Effect } from './document.ts'
import { fitsKey } from './key.ts'
import type { Operator } from './operator.ts'
import { parseBool } from './scalar.ts'
import { compileValue, type ValueSource, type ValueTest } from './value.ts'

export type Test = (question: Question) => boolean

/**
 * One key of one operator: the IAM reference, section 3.4, with its rules for keys that are absent, for lists and for
 * what cannot be read.
 */
export function compileCondition({ operator, key, values }: Condition, effect: Effect): Test {
  if (operator.family === 'any') return existenceTest(operator, key, values)
  // of another type than its key: never, also for a negated operator and also in a Deny
  if (!fitsKey(operator.family, key)) return () => false
  const folded = key.toLowerCase()
  const holds = compileValues(operator, values, effect)
  return (question) => {
    const entry = findEntry(question, folded)
    if (entry === undefined || entry.texts.length === 0) return holdsWhenAbsent(operator)
    // whoever sends it must win nothing by it, and nobody is kept busy by comparing it
    if (entry.isTooLong) return effect === 'Deny'
    if (operator.ifExists && isEmpty(entry)) return true
    return holds(entry, question)
  }
}

function holdsWhenAbsent({ ifExists, quantifier, negated }: Operator): boolean {
  if (ifExists || quantifier === 'all') return true
  return quantifier === null && negated
}

function isEmpty({ texts }: Entry): boolean {
  return texts.every((text) => text === '')
}

/** `Null` and `IsNullOrEmpty`; the values are the answers that are wanted. */
function existenceTest({ comparison, ifExists }: Operator, key: string, values: readonly string[]): Test {
  const folded = key.toLowerCase()
  const wanted = new Set(values.map(parseBool))
  return (question) => {
    const entry = findEntry(question, folded)
    const absent = entry === undefined || entry.texts.length === 0
    const empty = entry === undefined || isEmpty(entry)
    if (ifExists && empty) return true
    return wanted.has(comparison === 'isAbsent' ? absent : empty)
  }
}

type EntryTest = (entry: Entry, question: Question) => boolean

function compileValues(operator: Operator, values: readonly string[], effect: Effect): EntryTest {
  const sources = values.map((value) => compileValue(operator, value))
  const ofOne = operator.negated ? noneTest(sources, effect) : anyTest(sources)
  const some = operator.quantifier === 'any' || (operator.quantifier === null && !operator.negated)
  return (entry, question) => {
    const count = entry.texts.length
    for (let at = 0; at < count; at += 1) {
      if (ofOne(entry, at, question) === some) return some
    }
    return !some
  }
}

type OneTest = (entry: Entry, at: number, question: Question) => boolean

function anyTest(sources: readonly ValueSource[]): OneTest {
  return (entry, at, question) => {
    for (const source of sources) {
      const test = source(question)
      if (test !== null && test(entry, at) === 'yes') return true
    }
    return false
  }
}

/**
 * Negated operators: no value of the policy may match, and one that cannot be compared is no proof of that. A value
 * whose variable is missing matches nothing, which must not open an Allow nor spare anybody a Deny.
 */
function noneTest(sources: readonly ValueSource[], effect: Effect): OneTest {
  const whenMissing: ReturnType<ValueTest> = effect === 'Deny' ? 'no' : 'unknown'
  return (entry, at, question) => {
    for (const source of sources) {
      const test = source(question)
      if ((test === null ? whenMissing : test(entry, at)) !== 'no') return false
    }
    return true
  }
}
