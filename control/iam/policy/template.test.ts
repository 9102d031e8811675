// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how variables of policies look
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideBy, grant, holds, identity, policy, request } from './test-grants.ts'

/** Whether the policy value equals the tag, given a caller. */
function equals(value: string, tag: string, context: Record<string, string | readonly string[]> = {}): boolean {
  return holds({ StringEquals: { 'g:ResourceTag/t': value } }, { 'g:ResourceTag/t': tag, ...context })
}

describe('variables', () => {
  const anna = { 'g:UserName': 'anna' }
  const rows: readonly (readonly [value: string, tag: string, expected: boolean])[] = [
    ['${g:UserName}', 'anna', true],
    ['${G:username}', 'anna', true],
    ['a-${ g:UserName }-${g:UserName}', 'a-anna-anna', true],
    ['${g:UserId}', '', false],
    ["${g:UserId, 'none'}", 'none', true],
    ["${g:UserName, 'none'}", 'anna', true],
    ["${g:UserId,'None'}", 'none', false],
    ["${g:UserId, 'it''s }'}", "it's }", true],
    ["${g:UserId, ''}", '', true],
    ['${*}', '*', true],
    ['${?}${$}', '?$', true],
    ['$', '$', true],
    ['$x{g:UserName}', '$x{g:UserName}', true],
    ['${g:UserName', '${g:UserName', false],
    ['${}', '${}', false],
    ['${g:UserId, none}', 'none', false],
    ["${g:UserId, 'a'b'}", "a'b", false],
    ["${g:UserId, '${g:UserName}'}", '${g:UserName}', true],
  ]
  for (const [value, tag, expected] of rows) {
    it(`${value} is ${expected ? '' : 'not '}${tag || 'empty'}`, () => assert.equal(equals(value, tag, anna), expected))
  }

  it('with several values are none', () => {
    assert.ok(!equals('${g:TagKeys}', 'a', { 'g:TagKeys': ['a', 'b'] }))
    assert.ok(!equals("${g:TagKeys, 'd'}", 'd', { 'g:TagKeys': ['a', 'b'] }))
  })

  it('put in text that is no pattern, while the text around them is one', () => {
    const matches = (value: string, tag: string, user: string) =>
      holds({ StringMatch: { 'g:ResourceTag/t': value } }, { 'g:ResourceTag/t': tag, 'g:UserName': user })
    assert.ok(matches('${g:UserName}*', 'anna-1', 'anna'))
    assert.ok(!matches('${g:UserName}', 'anybody', '*'))
    assert.ok(matches('${g:UserName}', '*', '*'))
    assert.ok(!matches('${*}', 'x', ''))
    assert.ok(!matches('${*}b', 'ab', ''))
    assert.ok(matches('?${*}b', 'a*b', ''))
  })

  it('may be numbers, instants and ranges', () => {
    const context = { 'g:MFAAge': '10', 'g:PrincipalTag/most': '20', 'g:PrincipalTag/net': '10.0.0.0/8' }
    const name = { NumberLessThan: { 'g:MFAAge': '${g:PrincipalTag/most}' } }
    assert.ok(holds(name, context))
    assert.ok(!holds(name, { ...context, 'g:PrincipalTag/most': 'many' }))
    const net = { IpAddress: { 'g:SourceIp': '${g:PrincipalTag/net}' } }
    assert.ok(holds(net, { ...context, 'g:SourceIp': '10.1.1.1' }))
  })

  it('that are missing open no Allow and spare nobody a Deny, also under a negated operator', () => {
    const condition = { StringNotEquals: { 'g:ResourceTag/t': '${g:UserName}' } }
    const context = { 'g:ResourceTag/t': 'x' }
    assert.ok(!holds(condition, context))
    const deny = { Effect: 'Deny', Action: '*', Condition: condition }
    const grants = [identity({ Effect: 'Allow', Action: '*' }, deny)]
    assert.equal(decideBy(grants, request(context)).reason, 'explicitDeny')
  })
})

describe('variables in resources', () => {
  const on = (resource: string) => ({ Effect: 'Allow', Action: ['workspace:*:*'], Resource: [resource] })
  const mine = request({ 'g:UserName': 's1', 'g:DomainId': 'acct' })

  it('stand anywhere in 5.0', () => {
    assert.equal(decideBy([identity(on('workspace:*:${g:DomainId}:server:${g:UserName}'))], mine).decision, 'Allow')
    assert.equal(decideBy([identity(on("workspace:*:${g:UserId, 'acct'}:server:*"))], mine).decision, 'Allow')
  })

  it('stand in the fifth part only in 1.1', () => {
    assert.equal(decideBy([policy(on('workspace:*:*:server:${g:UserName}'))], mine).decision, 'Allow')
    assert.equal(decideBy([policy(on('workspace:*:${g:DomainId}:server:*'))], mine).decision, 'Deny')
  })

  it('are text when put in: a user called * owns one server', () => {
    const grants = [identity(on('workspace:*:*:server:${g:UserName}'))]
    assert.equal(decideBy(grants, request({ 'g:UserName': '*' })).decision, 'Deny')
  })

  it('that are missing spare nothing in NotResource and open nothing', () => {
    const spared = { NotResource: ['workspace:*:*:server:${g:PrincipalTag/x}'], Action: '*' }
    const allow = { Effect: 'Allow', Action: '*' }
    assert.equal(decideBy([identity({ Effect: 'Allow', ...spared })]).reason, 'implicitDeny')
    assert.equal(decideBy([identity(allow, { Effect: 'Deny', ...spared })]).reason, 'explicitDeny')
  })

  it('may have colons in the fifth part', () => {
    const path = request({}, { resource: 'obs:r:a:object:bucket/a:b:c' })
    const action = { action: 'obs:object:get' }
    const asked = { ...path, checks: path.checks.map((check) => ({ ...check, ...action })) }
    const allow = (resource: string) => [identity({ Effect: 'Allow', Action: 'obs:*:*', Resource: resource })]
    assert.equal(decideBy(allow('obs:*:*:object:bucket/*:c'), asked).decision, 'Allow')
    assert.equal(decideBy(allow('obs:*:*:object:bucket/a'), asked).decision, 'Deny')
  })

  it('agencies are named by their path in 1.x', () => {
    const document = {
      Version: '1.1',
      Statement: [{ Effect: 'Allow', Action: ['iam:agencies:assume'], Resource: { uri: ['/iam/agencies/a1'] } }],
    }
    const of = (id: string) => request({}, { action: 'iam:agencies:assume', resource: `iam::acct:agency:${id}` })
    assert.equal(decideBy([grant('policy', document)], of('a1')).decision, 'Allow')
    assert.equal(decideBy([grant('policy', document)], of('a2')).decision, 'Deny')
  })
})
