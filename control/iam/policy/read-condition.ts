import type { Condition, Effect } from './document.ts'
import { fitsKey, isKey } from './key.ts'
import { findOperator, listOperators, type Operator } from './operator.ts'
import { insist, isObject, type Reading, refuse } from './reading.ts'
import { isComparable } from './value.ts'

/** `{operator: {key: [values…]}}` as a list, in the order of the text. */
export function readConditions(reading: Reading, value: unknown, where: string, effect: Effect): readonly Condition[] {
  if (!isObject(value)) {
    refuse(reading, 'condition', where, 'must be an object of operators.')
    return []
  }
  const { isClassic, mostConditions } = reading.grammar
  const operators = Object.entries(value)
  const fits = operators.length <= mostConditions && (!isClassic || operators.length > 0)
  insist(fits, reading, 'conditions', where, `has ${operators.length} operators. Give it 1 to ${mostConditions}.`)
  return operators.flatMap(([name, attributes]) => {
    const operator = findOperator(name, reading.version)
    const place = `${where}.${name}`
    if (operator) return readAttributes(reading, operator, attributes, place, effect)
    const known = listOperators(reading.version).join(', ')
    refuse(reading, 'operator', place, `is not an operator of a ${reading.version} document. Use one of ${known}.`)
    return []
  })
}

function readAttributes(
  reading: Reading,
  operator: Operator,
  value: unknown,
  where: string,
  effect: Effect,
): readonly Condition[] {
  if (!isObject(value)) {
    refuse(reading, 'attributes', where, 'must be an object of condition keys.')
    return []
  }
  const { mostAttributes } = reading.grammar
  const attributes = Object.entries(value)
  const fits = attributes.length >= 1 && attributes.length <= mostAttributes
  insist(fits, reading, 'attributes', where, `has ${attributes.length} keys. Give it 1 to ${mostAttributes}.`)
  return attributes.flatMap(([key, given]) => {
    const place = `${where}.${key}`
    insist(isKey(key), reading, 'key', place, 'is not a condition key. Use a global key (g:…) or service:Name.')
    const fitting = effect === 'Allow' || fitsKey(operator.family, key)
    insist(fitting, reading, 'key', place, `${operator.name} never matches a key of this type: it would deny nothing.`)
    const values = readValues(reading, operator, given, place)
    return values === null ? [] : [{ operator, key, values }]
  })
}

/** Null when they are of no shape that we know. */
function readValues(reading: Reading, operator: Operator, value: unknown, where: string): readonly string[] | null {
  const { isClassic } = reading.grammar
  insist(!isClassic || Array.isArray(value), reading, 'values', where, 'must be an array of texts.')
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  insist(values.length > 0, reading, 'values', where, 'is empty. Give at least one value.')
  if (!values.every(isScalar)) {
    refuse(reading, 'values', where, 'must hold texts only.')
    return null
  }
  for (const [at, each] of values.entries()) checkValue(reading, operator, each, `${where}[${at}]`)
  return values.map(String)
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function checkValue(reading: Reading, operator: Operator, value: string | number | boolean, where: string): void {
  const { isClassic, mostValueCharacters } = reading.grammar
  insist(!isClassic || typeof value === 'string', reading, 'values', where, `must be a text: "${value}".`)
  const { length } = String(value)
  const fits = !isClassic || (length >= 1 && length <= mostValueCharacters)
  insist(fits, reading, 'valueLength', where, `has ${length} characters. Give it 1 to ${mostValueCharacters}.`)
  const detail = `is nothing that ${operator.name} can compare with. Give ${EXAMPLES[operator.family]}.`
  insist(isComparable(operator, String(value)), reading, 'value', where, detail)
}

const EXAMPLES: Readonly<Record<Operator['family'], string>> = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a variable of a policy looks
  string: "a text in which each ${ is a variable: ${g:UserName} or ${g:UserName, 'default'}",
  number: 'a number, such as 300',
  date: 'an instant, such as 2026-05-21T08:00:00Z',
  bool: 'true or false',
  ip: 'an address or a range, such as 10.0.0.0/8',
  any: 'true or false',
}
