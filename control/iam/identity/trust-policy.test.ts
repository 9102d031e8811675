import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseTrustPolicy } from './trust-policy.ts'

const STATEMENT = { Effect: 'Allow', Action: ['sts:agencies:assume'], Principal: { IAM: ['account-1'] } }
const policy = (members: object = {}, statement: object = {}) =>
  JSON.stringify({ Version: '5.0', Statement: [{ ...STATEMENT, ...statement }], ...members })

describe('a trust policy', () => {
  it('names the account that may assume', () => assert.equal(parseTrustPolicy(policy()), 'account-1'))
  it('may be numbered', () => assert.equal(parseTrustPolicy(policy({}, { Sid: 'one' })), 'account-1'))

  const FAULTS: readonly (readonly [name: string, text: string, says: RegExp])[] = [
    ['that is no JSON', '{', /trust_policy is not JSON/],
    ['that is a list', '[]', /trust_policy must be an object/],
    ['of version 1.1', policy({ Version: '1.1' }), /Version must be "5.0"/],
    ['with a member of its own', policy({ Id: 'x' }), /Id is not served/],
    ['without statements', policy({ Statement: [] }), /Statement must be an array of one/],
    ['of two statements', policy({ Statement: [STATEMENT, STATEMENT] }), /array of one/],
    ['whose statement is a word', policy({ Statement: ['x'] }), /Statement\[0\] must be an object/],
    ['that denies', policy({}, { Effect: 'Deny' }), /Effect must be "Allow"/],
    ['for another action', policy({}, { Action: ['sts:*:*'] }), /Action must be \["sts:agencies:assume"\]/],
    ['for two actions', policy({}, { Action: ['sts:agencies:assume', 'x'] }), /Action must be/],
    ['with a condition', policy({}, { Condition: {} }), /Statement\[0\]\.Condition is not served/],
    ['for all but somebody', policy({}, { NotPrincipal: {} }), /NotPrincipal is not served/],
    ['for a service', policy({}, { Principal: { Service: ['service.ECS'] } }), /Principal\.Service is not served/],
    ['for two accounts', policy({}, { Principal: { IAM: ['a', 'b'] } }), /one account id/],
    ['for everybody', policy({}, { Principal: { IAM: ['*'] } }), /one account id/],
    ['for one user', policy({}, { Principal: { IAM: ['iam::a:user:b'] } }), /one account id/],
  ]
  for (const [name, text, says] of FAULTS) {
    it(`${name} is refused rather than half understood`, () => assert.throws(() => parseTrustPolicy(text), says))
  }
})
