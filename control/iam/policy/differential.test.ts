import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate'
import fc from 'fast-check'
import type { Grant } from './compile.ts'
import type { ContextValue } from './context.ts'
import { action, context, type StatementText, statement, statements, urn } from './test-arbitraries.ts'
import { decideBy, grant, identity, request } from './test-grants.ts'

/**
 * A second opinion: another engine for another cloud, whose language shares most operators with grammar 5.0. Documents
 * are drawn in ours and put into its words.
 *
 * Not drawn, because the two differ for good reason:
 * - lists under an operator without ForAllValues or ForAnyValue (there they never match);
 * - values that cannot be read (there a negated operator holds), empty texts under IfExists (ours hold);
 * - operators on a key of another type (ours never match), variables (other keys, other defaults);
 * - IPv6 beside IPv4 (there NotIpAddress fails for an address of the other kind than the range);
 * - the range 0.0.0.0/0 (there it holds no address), NotResource in an SCP (ours has none);
 * - `ForAnyValue:…IfExists`, colons in the path of a resource, actions without a resource.
 */
const KEYS: Readonly<Record<string, string>> = {
  'g:ResourceTag/env': 'aws:ResourceTag/env',
  'g:UserName': 'aws:username',
  'g:MFAAge': 'aws:MultiFactorAuthAge',
  'g:CurrentTime': 'aws:CurrentTime',
  'g:SourceIp': 'aws:SourceIp',
  'g:MFAPresent': 'aws:MultiFactorAuthPresent',
  'g:TagKeys': 'aws:TagKeys',
}

const ACCOUNT = '111111111111'

/** There an action has two parts and its service no wildcards, so the three of ours become the second. */
const actionOf = (text: string) => (text === '*' ? '*' : `any:${text.replaceAll(':', '-')}`)
/** There the type of a resource has no wildcards, so type and path become one part, as of a bucket. */
const resourceOf = (text: string) => {
  if (text === '*') return '*'
  const [service, region, account, type, path] = text.split(':')
  return `arn:aws:${service}:${region}:${account}:${type}.${path}`
}
const operatorOf = (text: string) =>
  text.replace('Number', 'Numeric').replace('StringMatch', 'StringLike').replace('StringNotMatch', 'StringNotLike')
const keyOf = (key: string) => KEYS[key] ?? key

function statementOf({ Effect, Action, NotAction, Resource, NotResource, Condition }: StatementText): object {
  const operators = Object.entries(Condition ?? {}).map(
    ([operator, keys]) =>
      [
        operatorOf(operator),
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [keyOf(key), values])),
      ] as const,
  )
  return {
    Effect,
    ...(Action && { Action: Action.map(actionOf) }),
    ...(NotAction && { NotAction: NotAction.map(actionOf) }),
    ...(Resource && { Resource: Resource.map(resourceOf) }),
    ...(NotResource && { NotResource: NotResource.map(resourceOf) }),
    ...(operators.length > 0 && { Condition: Object.fromEntries(operators) }),
  }
}

const policyOf = (list: readonly StatementText[]) => ({ Version: '2012-10-17', Statement: list.map(statementOf) })

interface Asked {
  readonly context: Readonly<Record<string, ContextValue>>
  readonly action: string
  readonly resource: string
}

interface Level {
  readonly name: string
  readonly documents: readonly (readonly StatementText[])[]
}

const REASONS = { Allowed: 'allow', ExplicitlyDenied: 'explicitDeny', ImplicitlyDenied: 'implicitDeny' } as const

function theirs(documents: readonly (readonly StatementText[])[], levels: readonly Level[], asked: Asked): string {
  const named = (list: readonly (readonly StatementText[])[]) =>
    list.map((each, at) => ({ name: `p${at}`, policy: policyOf(each) }))
  const contextVariables = Object.fromEntries(
    Object.entries(asked.context).map(([key, value]) => [keyOf(key), value as string | string[]]),
  )
  const result = runUnsafeSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:user/u`,
        action: actionOf(asked.action),
        resource: { resource: resourceOf(asked.resource), accountId: ACCOUNT },
        contextVariables,
      },
      identityPolicies: named(documents),
      serviceControlPolicies: levels.map(({ name, documents }) => ({
        orgIdentifier: name,
        policies: named(documents),
      })),
      resourceControlPolicies: [],
    },
    {},
  )
  return REASONS[result]
}

function ours(documents: readonly (readonly StatementText[])[], levels: readonly Level[], asked: Asked): string {
  const scps = levels.flatMap(({ name, documents }) =>
    documents.map((each): Grant => grant('scp', { Version: '5.0', Statement: each }, { level: name })),
  )
  const grants = [...scps, ...documents.map((each) => identity(...each))]
  const { action, resource } = asked
  return decideBy(grants, request(asked.context, { action, resource })).reason
}

const asked = fc.record({ context, action, resource: urn })

function testSame(
  draw: fc.Arbitrary<readonly [(readonly StatementText[])[], readonly Level[], Asked]>,
  numRuns: number,
) {
  const counts = new Map<string, number>()
  fc.assert(
    fc.property(draw, ([documents, levels, asked]) => {
      const expected = theirs(documents, levels, asked)
      counts.set(expected, (counts.get(expected) ?? 0) + 1)
      assert.equal(ours(documents, levels, asked), expected)
    }),
    { numRuns },
  )
  // a comparison of refusals alone would prove little
  for (const reason of Object.values(REASONS)) {
    assert.ok((counts.get(reason) ?? 0) > numRuns / 200, `${reason}: ${counts.get(reason)} of ${numRuns} draws`)
  }
}

describe('another engine decides the same', () => {
  it('for one statement, that allows or denies what another allows', () => {
    const everything: StatementText = { Effect: 'Allow', Action: ['*'], Resource: ['*'] }
    const documents = statement.map((one) => [one.Effect === 'Deny' ? [everything, one] : [one]])
    testSame(fc.tuple(documents, fc.constant([]), asked), 3_000)
  })

  it('for several documents', () => {
    const documents = fc.array(statements, { minLength: 1, maxLength: 3 })
    testSame(fc.tuple(documents, fc.constant([]), asked), 1_500)
  })

  it('for levels of an organization above them', () => {
    const documentsOf = (each: fc.Arbitrary<StatementText>) =>
      fc.array(fc.array(each, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 2 })
    const ofScp = statement.map(({ NotResource, Resource, ...each }) => ({
      ...each,
      Resource: Resource ?? NotResource ?? [],
    }))
    const levels = fc.tuple(documentsOf(ofScp), documentsOf(ofScp)).map(([root, account]): Level[] => [
      { name: 'root', documents: root },
      { name: 'account', documents: account },
    ])
    testSame(fc.tuple(documentsOf(statement), levels, asked), 1_500)
  })
})
