import fc from 'fast-check'
import type { ContextValue } from './context.ts'

/** Small worlds, so that what is drawn often meets what is asked. */
const SERVICES = ['workspace', 'vpc'] as const
const TYPES = ['server', 'port'] as const
const OPERATIONS = ['get', 'list', 'update'] as const
const REGIONS = ['north', 'south'] as const
const ACCOUNTS = ['111111111111', '222222222222'] as const
const IDS = ['a', 'ab', 'b1'] as const

const part = (words: readonly string[], patterns: readonly string[]) => fc.constantFrom(...words, ...patterns)

export const action = fc
  .tuple(fc.constantFrom(...SERVICES), fc.constantFrom(...TYPES), fc.constantFrom(...OPERATIONS))
  .map((parts) => parts.join(':'))

export const actionPattern = fc.oneof(
  { weight: 1, arbitrary: fc.constant('*') },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        part(SERVICES, ['*', 'w*']),
        part([...TYPES, 'Server'], ['*', 's?rver']),
        part(OPERATIONS, ['*', '*t', 'L*']),
      )
      .map((parts) => parts.join(':')),
  },
)

export const urn = fc
  .tuple(
    ...([fc.constantFrom(...SERVICES), fc.constantFrom(...REGIONS), fc.constant(ACCOUNTS[0])] as const),
    ...([fc.constantFrom(...TYPES), fc.constantFrom(...IDS)] as const),
  )
  .map((parts) => parts.join(':'))

export const urnPattern = fc.oneof(
  { weight: 1, arbitrary: fc.constant('*') },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        ...([part(SERVICES, ['*']), part(REGIONS, ['*', '*th']), part(ACCOUNTS, ['*'])] as const),
        ...([part(TYPES, ['*', 'p*']), part(IDS, ['*', 'a*', '?', '?1'])] as const),
      )
      .map((parts) => parts.join(':')),
  },
)

const TEXTS = ['env', 'Env', 'prod', 'p*', 'zone'] as const
const PATTERNS = ['*', 'p*', '?nv', '*o*', 'zone'] as const
const NUMBERS = ['-1', '0', '5', '5.5', '300'] as const
const INSTANTS = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2027-06-30T23:59:59Z'] as const
const RANGES = ['10.0.0.0/8', '10.1.0.0/16', '192.0.2.7', '0.0.0.0/1'] as const
const ADDRESSES = ['10.1.2.3', '10.2.2.3', '192.0.2.7'] as const
const TRUTH = ['true', 'false'] as const

export const TAG = 'g:ResourceTag/env'
export const TAG_KEYS = 'g:TagKeys'

const text = (...operators: readonly string[]) => ({ operators, keys: [TAG, 'g:UserName'], values: TEXTS })

/** Operators with the keys and values that they are for. */
const FAMILIES = [
  text('StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'),
  { ...text('StringMatch', 'StringNotMatch'), values: PATTERNS },
  {
    operators: ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
      (name) => `Number${name}`,
    ),
    ...{ keys: ['g:MFAAge'], values: NUMBERS },
  },
  {
    operators: ['LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((name) => `Date${name}`),
    ...{ keys: ['g:CurrentTime'], values: INSTANTS },
  },
  { operators: ['IpAddress', 'NotIpAddress'], keys: ['g:SourceIp'], values: RANGES },
  { operators: ['Bool'], keys: ['g:MFAPresent'], values: TRUTH },
] as const

const plainTest = fc.constantFrom(...FAMILIES).chain(({ operators, keys, values }) =>
  fc.record({
    operator: fc
      .tuple(fc.constantFrom(...operators), fc.boolean())
      .map(([name, ifExists]) => (ifExists ? `${name}IfExists` : name)),
    key: fc.constantFrom(...keys),
    values: fc.uniqueArray(fc.constantFrom(...(values as readonly string[])), { minLength: 1, maxLength: 3 }),
  }),
)

const listTest = fc.record({
  operator: fc
    .tuple(
      fc.constantFrom('ForAllValues', 'ForAnyValue'),
      fc.constantFrom('StringEquals', 'StringNotEquals', 'StringMatch'),
    )
    .map((parts) => parts.join(':')),
  key: fc.constant(TAG_KEYS),
  values: fc.uniqueArray(fc.constantFrom('env', 'zone', 'prod'), { minLength: 1, maxLength: 2 }),
})

const nullTest = fc.record({
  operator: fc.constant('Null'),
  key: fc.constantFrom(TAG, 'g:MFAAge', TAG_KEYS),
  values: fc.constantFrom(...TRUTH).map((value) => [value]),
})

export const condition = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: plainTest },
      { weight: 2, arbitrary: listTest },
      { weight: 1, arbitrary: nullTest },
    ),
    {
      maxLength: 3,
    },
  )
  .map((tests) => {
    const condition: Record<string, Record<string, readonly string[]>> = {}
    for (const { operator, key, values } of tests) condition[operator] = { ...condition[operator], [key]: values }
    return condition
  })

export interface StatementText {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

const listOf = (each: fc.Arbitrary<string>) => fc.uniqueArray(each, { minLength: 1, maxLength: 3 })

export const statement: fc.Arbitrary<StatementText> = fc
  .record({
    effect: fc.oneof(
      { weight: 3, arbitrary: fc.constant('Allow' as const) },
      { weight: 1, arbitrary: fc.constant('Deny' as const) },
    ),
    actions: listOf(actionPattern),
    notAction: fc.integer({ min: 0, max: 4 }).map((draw) => draw === 0),
    resources: listOf(urnPattern),
    resource: fc.constantFrom('Resource', 'Resource', 'NotResource'),
    condition: fc.option(condition),
  })
  .map(({ effect, actions, notAction, resources, resource, condition }) => ({
    Effect: effect,
    [notAction ? 'NotAction' : 'Action']: actions,
    [resource]: resources,
    ...(condition && Object.keys(condition).length > 0 && { Condition: condition }),
  }))

export const context: fc.Arbitrary<Readonly<Record<string, ContextValue>>> = fc.record(
  {
    [TAG]: fc.constantFrom(...TEXTS),
    'g:UserName': fc.constantFrom(...TEXTS),
    'g:MFAAge': fc.constantFrom(...NUMBERS),
    'g:CurrentTime': fc.constantFrom(...INSTANTS),
    'g:SourceIp': fc.constantFrom(...ADDRESSES),
    'g:MFAPresent': fc.constantFrom(...TRUTH),
    [TAG_KEYS]: fc.uniqueArray(fc.constantFrom('env', 'zone', 'owner'), { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
)

export const statements = fc.array(statement, { minLength: 1, maxLength: 5 })
