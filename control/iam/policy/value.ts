import { isWithin, parseRange } from './address.ts'
import { addressesOf, type Entry, foldedOf, instantsOf, numbersOf, type Question } from './context.ts'
import { anywhere, hasWildcard, type Pattern, patternTest, textTest } from './glob.ts'
import type { Comparison, Operator } from './operator.ts'
import { parseBool, parseInstant, parseNumber } from './scalar.ts'
import { expandPattern, expandText, hasVariable, parseTemplate, type Template } from './template.ts'

/** How one value of the request compares with one of the policy; `unknown` when either cannot be read. */
export type Outcome = 'yes' | 'no' | 'unknown'

export type ValueTest = (entry: Entry, at: number) => Outcome

const UNKNOWN: ValueTest = () => 'unknown'

function outcome(holds: boolean): Outcome {
  return holds ? 'yes' : 'no'
}

const ORDER: Readonly<Partial<Record<Comparison, (left: number, right: number) => boolean>>> = {
  equals: (left, right) => left === right,
  less: (left, right) => left < right,
  lessOrEqual: (left, right) => left <= right,
  greater: (left, right) => left > right,
  greaterOrEqual: (left, right) => left >= right,
}

function ordered(comparison: Comparison, bound: number, read: (entry: Entry) => readonly number[]): ValueTest {
  const compare = ORDER[comparison]
  if (compare === undefined || Number.isNaN(bound)) return UNKNOWN
  return (entry, at) => {
    const value = read(entry)[at] ?? Number.NaN
    return Number.isNaN(value) ? 'unknown' : outcome(compare(value, bound))
  }
}

function boolTest(text: string): ValueTest {
  const wanted = parseBool(text)
  if (wanted === undefined) return UNKNOWN
  return (entry, at) => {
    const value = parseBool(entry.texts[at] ?? '')
    return value === undefined ? 'unknown' : outcome(value === wanted)
  }
}

function rangeTest(text: string): ValueTest {
  const range = parseRange(text)
  if (range === null) return UNKNOWN
  return (entry, at) => {
    const address = addressesOf(entry)[at] ?? null
    return address === null ? 'unknown' : outcome(isWithin(address, range))
  }
}

function textOutcome(holds: (text: string) => boolean): ValueTest {
  return (entry, at) => outcome(holds(entry.texts[at] ?? ''))
}

function plainTextTest({ comparison, ignoresCase }: Operator, text: string): ValueTest {
  if (comparison === 'startsWith') return textOutcome((value) => value.startsWith(text))
  if (comparison === 'endsWith') return textOutcome((value) => value.endsWith(text))
  if (!ignoresCase) return (entry, at) => outcome(entry.texts[at] === text)
  const folded = text.toLowerCase()
  return (entry, at) => outcome(foldedOf(entry)[at] === folded)
}

function placedTest(comparison: Comparison, pattern: Pattern): ValueTest {
  return textOutcome(patternTest(comparison === 'contains' ? anywhere(pattern) : pattern))
}

function isPatterned({ comparison }: Operator): boolean {
  return comparison === 'matches' || comparison === 'contains'
}

function textFamilyTest(operator: Operator, text: string): ValueTest {
  switch (operator.family) {
    case 'number':
      return ordered(operator.comparison, parseNumber(text), numbersOf)
    case 'date':
      return ordered(operator.comparison, parseInstant(text), instantsOf)
    case 'bool':
      return boolTest(text)
    case 'ip':
      return rangeTest(text)
    default:
      return plainTextTest(operator, text)
  }
}

/** Null when a variable has no value. */
function expandedTest(operator: Operator, template: Template, question: Question | null): ValueTest | null {
  if (isPatterned(operator)) {
    const pattern = expandPattern(template, question)
    return pattern && placedTest(operator.comparison, pattern)
  }
  const text = expandText(template, question)
  return text === null ? null : textFamilyTest(operator, text)
}

/** What tells whether a value of the policy matches, once the question is known; null when there is no such value. */
export type ValueSource = (question: Question) => ValueTest | null

/** Read as far as possible here, so that only values with variables are read again for each question. */
export function compileValue(operator: Operator, text: string): ValueSource {
  const template = parseTemplate(text)
  if (template === null) return () => null
  if (hasVariable(template)) return (question) => expandedTest(operator, template, question)
  const literal = template.every(({ kind }) => kind === 'text')
  const fast = operator.comparison === 'matches' && literal && simplePattern(text)
  const test = fast || expandedTest(operator, template, null)
  return () => test
}

function simplePattern(text: string): ValueTest | false {
  return hasWildcard(text.slice(0, -1)) ? false : textOutcome(textTest(text))
}

/** Whether text of a document is a value that the operator can compare with at all; one with variables may be. */
export function isComparable(operator: Operator, text: string): boolean {
  const template = parseTemplate(text)
  if (template === null) return false
  if (operator.family === 'any') return parseBool(text) !== undefined
  return hasVariable(template) || textFamilyTest(operator, expandText(template, null) ?? '') !== UNKNOWN
}
