import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContextValue } from './context.ts'
import { ACTION, decideBy, grant, holds, identity, request } from './test-grants.ts'

type Row = readonly [operator: string, key: string, values: unknown, given: ContextValue, expected: boolean]

function testRows(rows: readonly Row[], version: '5.0' | '1.1' = '5.0'): void {
  for (const [operator, key, values, given, expected] of rows) {
    const of = given === null ? 'nothing' : JSON.stringify(given)
    it(`${operator} ${JSON.stringify(values)} ${expected ? 'holds' : 'fails'} for ${of} of ${key}`, () => {
      assert.equal(holds({ [operator]: { [key]: values } }, { [key]: given }, version), expected)
    })
  }
}

const TAG = 'g:ResourceTag/env'
const AGE = 'g:MFAAge'
const NOW = 'g:CurrentTime'
const PEER = 'g:SourceIp'
const KEYS = 'g:TagKeys'
const NOON = '2026-05-21T12:00:00Z'

describe('operators for text', () => {
  testRows([
    ['StringEquals', TAG, 'prod', 'prod', true],
    ['StringEquals', TAG, 'prod', 'Prod', false],
    ['StringEquals', TAG, ['dev', 'prod'], 'prod', true],
    ['StringEquals', TAG, 'p*', 'prod', false],
    ['StringEquals', TAG, 'p*', 'p*', true],
    ['StringEquals', TAG, 'prod', null, false],
    ['stringequals', TAG, 'prod', 'prod', true],
    ['StringNotEquals', TAG, ['dev', 'test'], 'prod', true],
    ['StringNotEquals', TAG, ['dev', 'prod'], 'prod', false],
    ['StringNotEquals', TAG, 'prod', null, true],
    ['StringEqualsIgnoreCase', TAG, 'PROD', 'prod', true],
    ['StringEqualsIgnoreCase', TAG, 'prod', 'test', false],
    ['StringNotEqualsIgnoreCase', TAG, 'PROD', 'prod', false],
    ['StringNotEqualsIgnoreCase', TAG, 'PROD', 'dev', true],
    ['StringMatch', TAG, 'p?o*', 'prod', true],
    ['StringMatch', TAG, 'P*', 'prod', false],
    ['StringMatch', TAG, '*', '', true],
    ['StringMatch', TAG, 'pro', 'prod', false],
    ['StringNotMatch', TAG, ['d*', 't*'], 'prod', true],
    ['StringNotMatch', TAG, ['d*', 'p*'], 'prod', false],
    ['StringLike', TAG, 'pro', 'prod', false],
    ['StringLike', TAG, 'pr*', 'prod', true],
    ['StringNotLike', TAG, 'pr*', 'prod', false],
  ])
})

describe('operators of 1.1', () => {
  testRows(
    [
      ['StringLike', TAG, ['ro'], 'prod', true],
      ['StringLike', TAG, ['r*'], 'prod', false],
      ['StringLike', TAG, ['p*d'], 'prod', true],
      ['StringNotLike', TAG, ['ro'], 'prod', false],
      ['StringStartWith', TAG, ['pr'], 'prod', true],
      ['StringStartWith', TAG, ['od'], 'prod', false],
      ['StringStartWith', TAG, ['p*'], 'prod', false],
      ['StringEndWith', TAG, ['od'], 'prod', true],
      ['StringEndWith', TAG, ['pr'], 'prod', false],
      ['StringMatch', TAG, ['pr*'], 'prod', true],
      ['StringEqualsAnyOf', TAG, ['dev', 'prod'], 'prod', true],
      ['StringLikeAnyOf', TAG, ['dev', 'ro'], 'prod', true],
      ['StringEndWithAnyOfIfExists', TAG, ['x'], null, true],
      ['IsNullOrEmpty', TAG, ['true'], null, true],
      ['IsNullOrEmpty', TAG, ['true'], '', true],
      ['IsNullOrEmpty', TAG, ['true'], 'prod', false],
      ['IsNullOrEmpty', TAG, ['false'], 'prod', true],
      ['IsNullOrEmpty', TAG, ['false'], '', false],
      ['NumberLessThan', AGE, ['300'], '299', true],
      ['IpAddress', PEER, ['10.0.0.0/8'], '10.1.2.3', true],
      ['ForAnyValue:StringEquals', KEYS, ['env'], ['env'], false],
      ['Null', TAG, ['true'], null, false],
    ],
    '1.1',
  )
})

describe('operators for numbers, instants and truth', () => {
  testRows([
    ['NumberEquals', AGE, '300', 300, true],
    ['NumberEquals', AGE, '3e2', '300.0', true],
    ['NumberEquals', AGE, '300', '301', false],
    ['NumberEquals', AGE, '300', null, false],
    ['NumberNotEquals', AGE, '300', '301', true],
    ['NumberNotEquals', AGE, '300', null, true],
    ['NumberNotEquals', AGE, '300', 'many', false],
    ['NumberNotEquals', AGE, ['300', 'few'], '301', false],
    ['NumberLessThan', AGE, '300', '300', false],
    ['NumberLessThan', AGE, '300', '-1', true],
    ['NumberLessThanEquals', AGE, '300', '300', true],
    ['NumberGreaterThan', AGE, '300', '300', false],
    ['NumberGreaterThan', AGE, '300', '300.5', true],
    ['NumberGreaterThanEquals', AGE, '300', '300', true],
    ['NumberEquals', AGE, '0x10', '16', false],
    ['DateLessThan', NOW, NOON, '2026-05-21T11:59:59Z', true],
    ['DateLessThan', NOW, NOON, NOON, false],
    ['DateLessThanEquals', NOW, NOON, '2026-05-21T14:00:00+02:00', true],
    ['DateGreaterThan', NOW, NOON, '2026-05-21T12:00:00.001Z', true],
    ['DateGreaterThanEquals', NOW, NOON, NOON, true],
    ['DateGreaterThan', NOW, NOON, '2027-02-30T12:00:00Z', false],
    ['DateGreaterThan', NOW, NOON, 'later', false],
    ['DateGreaterThan', NOW, NOON, null, false],
    ['Bool', 'g:MFAPresent', 'true', true, true],
    ['Bool', 'g:MFAPresent', true, 'TRUE', true],
    ['Bool', 'g:MFAPresent', 'true', false, false],
    ['Bool', 'g:MFAPresent', 'false', null, false],
    ['Bool', 'g:MFAPresent', 'true', 'yes', false],
    ['Null', TAG, 'true', null, true],
    ['Null', TAG, 'true', '', false],
    ['Null', TAG, 'false', null, false],
    ['Null', TAG, false, 'prod', true],
    ['Null', KEYS, 'true', [], true],
  ])
})

describe('operators for addresses', () => {
  testRows([
    ['IpAddress', PEER, '10.0.0.0/8', '10.1.2.3', true],
    ['IpAddress', PEER, '10.0.0.0/8', '11.1.2.3', false],
    ['IpAddress', PEER, '10.1.2.3', '10.1.2.3', true],
    ['IpAddress', PEER, '10.1.2.3/8', '10.9.9.9', true],
    ['IpAddress', PEER, '0.0.0.0/0', '255.255.255.255', true],
    ['IpAddress', PEER, '192.0.2.128/25', '192.0.2.127', false],
    ['IpAddress', PEER, '10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['IpAddress', PEER, '::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['IpAddress', PEER, '2001:db8::/33', '2001:db8:7fff::1', true],
    ['IpAddress', PEER, '2001:db8::/33', '2001:db8:8000::1', false],
    ['IpAddress', PEER, '::/0', '10.1.2.3', false],
    ['IpAddress', PEER, '10.0.0.0/33', '10.0.0.1', false],
    ['IpAddress', PEER, '10.0.0.0/8', '010.1.2.3', false],
    ['IpAddress', PEER, '10.0.0.0/8', null, false],
    ['NotIpAddress', PEER, '10.0.0.0/8', '11.0.0.1', true],
    ['NotIpAddress', PEER, '10.0.0.0/8', '10.0.0.1', false],
    ['NotIpAddress', PEER, ['10.0.0.0/8', '11.0.0.0/8'], '11.0.0.1', false],
    ['NotIpAddress', PEER, '10.0.0.0/8', 'somewhere', false],
    ['NotIpAddress', PEER, '10.0.0.0/8', null, true],
  ])
})

describe('modifiers and lists', () => {
  testRows([
    ['StringEqualsIfExists', TAG, 'prod', null, true],
    ['StringEqualsIfExists', TAG, 'prod', '', true],
    ['StringEqualsIfExists', TAG, 'prod', 'dev', false],
    ['NumberLessThanIfExists', AGE, '300', null, true],
    ['NotIpAddressIfExists', PEER, '10.0.0.0/8', '10.0.0.1', false],
    ['ForAllValues:StringEquals', KEYS, ['env', 'owner'], ['env'], true],
    ['ForAllValues:StringEquals', KEYS, ['env'], ['env', 'zone'], false],
    ['ForAllValues:StringEquals', KEYS, ['env'], null, true],
    ['ForAllValues:StringEquals', KEYS, ['env'], [], true],
    ['ForAllValues:StringNotEquals', KEYS, ['env'], ['zone', 'env'], false],
    ['ForAnyValue:StringEquals', KEYS, ['env'], ['zone', 'env'], true],
    ['ForAnyValue:StringMatch', KEYS, ['e*'], ['zone', 'env'], true],
    ['ForAnyValue:StringEquals', KEYS, ['env'], ['zone'], false],
    ['ForAnyValue:StringEquals', KEYS, ['env'], [], false],
    ['ForAnyValue:StringNotEquals', KEYS, ['env'], ['env', 'zone'], true],
    ['ForAnyValue:StringNotEquals', KEYS, ['env'], ['env'], false],
    ['ForAnyValue:StringNotEquals', KEYS, ['env'], null, false],
    ['foranyvalue:stringequalsifexists', KEYS, ['env'], null, true],
    ['StringEquals', KEYS, ['env'], ['zone', 'env'], true],
    ['StringNotEquals', KEYS, ['env'], ['zone', 'env'], false],
    ['StringNotEquals', KEYS, ['env'], ['zone'], true],
  ])
})

describe('keys and their types', () => {
  testRows([
    ['NumberEquals', 'g:UserName', '7', '7', false],
    ['NumberNotEquals', 'g:UserName', '7', '8', false],
    ['NumberNotEqualsIfExists', 'g:UserName', '7', null, false],
    ['StringEquals', 'g:MFAPresent', 'true', true, false],
    ['StringNotEquals', PEER, 'x', '10.0.0.1', false],
    ['Null', 'g:MFAPresent', 'false', true, true],
    ['NumberEquals', 'ecs:Cores', '4', '4', true],
  ])

  it('an operator of the wrong type matches in a Deny as little as in an Allow', () => {
    const deny = { Effect: 'Deny', Action: '*', Condition: { NumberNotEquals: { 'g:UserName': '7' } } }
    assert.equal(decideBy([identity({ Effect: 'Allow', Action: '*' }, deny)]).reason, 'allow')
  })

  it('compare without case', () => {
    assert.ok(holds({ StringEquals: { 'G:RESOURCETAG/ENV': 'prod' } }, { 'g:ResourceTag/Env': 'prod' }))
  })

  it('two tags that differ in case only are both looked at', () => {
    const context = { 'g:ResourceTag/Env': 'prod', 'g:ResourceTag/env': 'dev' }
    for (const value of ['prod', 'dev']) {
      assert.ok(holds({ StringEquals: { [TAG]: value } }, context))
      assert.ok(!holds({ StringNotEquals: { [TAG]: value } }, context))
    }
  })

  it('of the resource come before those of the request, and null hides them', () => {
    const statement = { Effect: 'Allow', Action: '*', Condition: { StringEquals: { [TAG]: 'own' } } }
    const outcome = (own: ContextValue) => {
      const base = request({ [TAG]: 'own' })
      const resource = request({ [TAG]: own }).context
      const checks = base.checks.map((check) => ({ ...check, context: resource }))
      return decideBy([identity(statement)], { ...base, checks }).decision
    }
    assert.deepEqual([outcome('own'), outcome('other'), outcome(null)], ['Allow', 'Deny', 'Deny'])
  })

  it('of every operator and every key must hold', () => {
    const condition = { StringEquals: { [TAG]: 'a', 'g:UserName': 'b' }, Bool: { 'g:MFAPresent': 'true' } }
    const context = { [TAG]: 'a', 'g:UserName': 'b', 'g:MFAPresent': true }
    assert.ok(holds(condition, context))
    for (const key of Object.keys(context)) assert.ok(!holds(condition, { ...context, [key]: 'false' }), key)
  })
})

describe('an operator of a newer version', () => {
  const everything = { Effect: 'Allow', Action: ['*'] }
  const with_ = (effect: string, condition: object) => ({ Effect: effect, Action: [ACTION], Condition: condition })
  const fresh = { StringSoundsLike: { [TAG]: ['x'] } }

  it('never lets an Allow match', () => {
    assert.equal(decideBy([identity(with_('Allow', fresh))]).reason, 'implicitDeny')
  })

  it('lets a Deny match, unless something that we know speaks against it', () => {
    assert.equal(decideBy([identity(everything, with_('Deny', fresh))]).reason, 'explicitDeny')
    const known = { ...fresh, StringEquals: { [TAG]: 'other' } }
    assert.equal(decideBy([identity(everything, with_('Deny', known))]).reason, 'allow')
  })

  it('is nothing else than a member that we do not know', () => {
    const narrowed = (effect: string) => ({ Effect: effect, Action: ['*'], Weekday: ['Monday'] })
    assert.equal(decideBy([identity(narrowed('Allow'))]).reason, 'implicitDeny')
    assert.equal(decideBy([identity(everything, narrowed('Deny'))]).reason, 'explicitDeny')
    const document = { Version: '5.0', Weekday: 'Monday', Statement: [everything] }
    assert.equal(decideBy([grant('identity', document)]).reason, 'implicitDeny')
  })
})

describe('a value of more than 1,024 characters', () => {
  const AGENT = 'g:UserAgent'
  const long = 'a'.repeat(1_025)
  const operators = [
    { StringLike: { [AGENT]: 'a*' } },
    { StringNotLike: { [AGENT]: 'b*' } },
    { StringLikeIfExists: { [AGENT]: 'a*' } },
    { 'ForAllValues:StringLike': { [AGENT]: 'a*' } },
    { StringEquals: { [AGENT]: 'b' } },
    { StringEqualsIgnoreCase: { [AGENT]: 'b' } },
  ]

  it('opens no Allow, and one of 1,024 is compared', () => {
    for (const condition of operators) assert.ok(!holds(condition, { [AGENT]: long }), JSON.stringify(condition))
    assert.ok(holds({ StringLike: { [AGENT]: 'a*' } }, { [AGENT]: long.slice(1) }))
  })

  it('spares nobody a Deny', () => {
    const everything = { Effect: 'Allow', Action: '*' }
    for (const Condition of operators) {
      const granted = identity(everything, { Effect: 'Deny', Action: '*', Condition })
      const { reason } = decideBy([granted], request({ [AGENT]: long }))
      assert.equal(reason, 'explicitDeny', JSON.stringify(Condition))
    }
  })

  it('is there all the same, for who asks only that', () => {
    assert.ok(holds({ Null: { [AGENT]: 'false' } }, { [AGENT]: long }))
  })

  it('is no text for a variable', () => {
    const condition = { StringEquals: { [TAG]: `\${${AGENT}, 'none'}` } }
    assert.ok(!holds(condition, { [AGENT]: long, [TAG]: long }))
    assert.ok(holds(condition, { [AGENT]: long, [TAG]: 'none' }))
  })
})
