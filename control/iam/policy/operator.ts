import type { Version } from './version.ts'

/** How a request value is held against a policy value; the negated operators are a negation of one of these. */
export type Comparison =
  | 'equals'
  | 'matches'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | 'less'
  | 'lessOrEqual'
  | 'greater'
  | 'greaterOrEqual'
  | 'within'
  | 'isAbsent'
  | 'isEmpty'

/** The data type an operator is for; `any` fits every key. */
export type Family = 'string' | 'number' | 'date' | 'bool' | 'ip' | 'any'

export type Quantifier = 'any' | 'all'

export interface Operator {
  readonly name: string
  readonly family: Family
  readonly comparison: Comparison
  readonly negated: boolean
  readonly ignoresCase: boolean
  readonly ifExists: boolean
  /** `ForAllValues:` and `ForAnyValue:`. */
  readonly quantifier: Quantifier | null
}

type Grammars = 'both' | 'classic' | 'identity'
type Row = readonly [
  name: string,
  grammars: Grammars,
  family: Family,
  comparison: Comparison,
  negated?: 'negated' | undefined,
  ignoresCase?: 'ignores case',
]

/** IAM reference, sections 3.2 (grammar 1.1) and 3.4 (grammar 5.0). */
const ROWS: readonly Row[] = [
  ['StringEquals', 'both', 'string', 'equals'],
  ['StringNotEquals', 'both', 'string', 'equals', 'negated'],
  ['StringEqualsIgnoreCase', 'both', 'string', 'equals', undefined, 'ignores case'],
  ['StringNotEqualsIgnoreCase', 'both', 'string', 'equals', 'negated', 'ignores case'],
  ['StringMatch', 'both', 'string', 'matches'],
  ['StringNotMatch', 'identity', 'string', 'matches', 'negated'],
  // the same words mean a little more in 1.1: text without a wildcard may stand anywhere in the value
  ['StringLike', 'classic', 'string', 'contains'],
  ['StringNotLike', 'classic', 'string', 'contains', 'negated'],
  ['StringLike', 'identity', 'string', 'matches'],
  ['StringNotLike', 'identity', 'string', 'matches', 'negated'],
  ['StringStartWith', 'classic', 'string', 'startsWith'],
  ['StringEndWith', 'classic', 'string', 'endsWith'],
  ['NumberEquals', 'both', 'number', 'equals'],
  ['NumberNotEquals', 'both', 'number', 'equals', 'negated'],
  ['NumberLessThan', 'both', 'number', 'less'],
  ['NumberLessThanEquals', 'both', 'number', 'lessOrEqual'],
  ['NumberGreaterThan', 'both', 'number', 'greater'],
  ['NumberGreaterThanEquals', 'both', 'number', 'greaterOrEqual'],
  ['DateLessThan', 'both', 'date', 'less'],
  ['DateLessThanEquals', 'both', 'date', 'lessOrEqual'],
  ['DateGreaterThan', 'both', 'date', 'greater'],
  ['DateGreaterThanEquals', 'both', 'date', 'greaterOrEqual'],
  ['Bool', 'both', 'bool', 'equals'],
  ['IpAddress', 'both', 'ip', 'within'],
  ['NotIpAddress', 'both', 'ip', 'within', 'negated'],
  ['Null', 'identity', 'any', 'isAbsent'],
  ['IsNullOrEmpty', 'classic', 'any', 'isEmpty'],
]

const QUANTIFIERS: Readonly<Record<string, Quantifier>> = { forallvalues: 'all', foranyvalue: 'any' }

type Table = ReadonlyMap<string, Operator>

function tableOf(grammar: 'classic' | 'identity'): Table {
  const table = new Map<string, Operator>()
  const add = (operator: Operator) => table.set(operator.name.toLowerCase(), operator)
  for (const [name, grammars, family, comparison, negated, ignoresCase] of ROWS) {
    if (grammars !== 'both' && grammars !== grammar) continue
    const plain: Operator = {
      ...{ name, family, comparison, negated: negated !== undefined, ignoresCase: ignoresCase !== undefined },
      ...{ ifExists: false, quantifier: null },
    }
    const spellings = grammar === 'classic' && family === 'string' ? [name, `${name}AnyOf`] : [name]
    for (const spelling of spellings) {
      add({ ...plain, name: spelling })
      // 'Null, if it exists' would say nothing
      if (comparison !== 'isAbsent') add({ ...plain, name: `${spelling}IfExists`, ifExists: true })
    }
  }
  return table
}

const CLASSIC = tableOf('classic')
const IDENTITY = tableOf('identity')

/** Undefined for a name that the grammar of this version does not have. Names compare without case. */
export function findOperator(name: string, version: Version): Operator | undefined {
  if (version !== '5.0') return CLASSIC.get(name.toLowerCase())
  const colon = name.indexOf(':')
  if (colon === -1) return IDENTITY.get(name.toLowerCase())
  const quantifier = QUANTIFIERS[name.slice(0, colon).toLowerCase()]
  const operator = IDENTITY.get(name.slice(colon + 1).toLowerCase())
  if (quantifier === undefined || operator === undefined || operator.family === 'any') return undefined
  return { ...operator, name, quantifier }
}

/** Without modifiers, for a sentence that tells which there are. */
export function listOperators(version: Version): readonly string[] {
  const table = version === '5.0' ? IDENTITY : CLASSIC
  return [...table.values()].map(({ name }) => name).filter((name) => !/(IfExists|AnyOf)$/.test(name))
}
