// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how variables of policies look
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileGrants } from './compile.ts'
import { decide } from './decide.ts'
import type { PolicyKind } from './document.ts'
import { PolicyError } from './policy-error.ts'
import { parseDocument, parseDocumentText, readStoredDocument } from './read-document.ts'
import { grant, request } from './test-grants.ts'

const GOOD = { Effect: 'Allow', Action: ['workspace:server:list'] }
const times = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at))
const object = (count: number, make: (at: number) => readonly [string, unknown]) =>
  Object.fromEntries(times(count, make))

type Row = readonly [what: string, document: unknown, code: string, where: string]

function testRefusals(kind: PolicyKind, rows: readonly Row[]): void {
  for (const [what, document, code, where] of rows) {
    it(`refuses ${what} with ${code}`, () => {
      assert.throws(
        () => parseDocument(kind, document),
        (error) => {
          assert.ok(error instanceof PolicyError)
          assert.deepEqual({ code: error.code, where: error.where }, { code, where }, error.message)
          assert.ok(error.message.startsWith(`${where}: `) && /[.]$/.test(error.message), error.message)
          return true
        },
      )
    })
  }
}

const classic = (members: object) => ({ Version: '1.1', Statement: [{ ...GOOD, ...members }] })
const tag = (operator: string, values: unknown, key = 'g:ResourceTag/env') => ({
  Condition: { [operator]: { [key]: values } },
})

describe('a document of 1.1, when it is written,', () => {
  const S = 'Statement[0]'
  testRefusals('policy', [
    ['no object', 'text', 'IAM.1020', 'document'],
    ['a list', [GOOD], 'IAM.1020', 'document'],
    ['6,145 characters', classic({ Resource: times(9, () => `a:b:c:d:${'x'.repeat(1_000)}`) }), 'IAM.1021', 'document'],
    ['version 1.0', { Version: '1.0', Statement: [GOOD] }, 'IAM.1024', 'Version'],
    ['version 5.0', { Version: '5.0', Statement: [GOOD] }, 'IAM.1024', 'Version'],
    ['no version', { Statement: [GOOD] }, 'IAM.1024', 'Version'],
    ['a statement that is no list', { Version: '1.1', Statement: GOOD }, 'IAM.1027', 'Statement'],
    ['no statement', { Version: '1.1', Statement: [] }, 'IAM.1028', 'Statement'],
    ['nine statements', { Version: '1.1', Statement: times(9, () => GOOD) }, 'IAM.1028', 'Statement'],
    ['an unknown effect', classic({ Effect: 'Maybe' }), 'IAM.1029', `${S}.Effect`],
    ['Action beside NotAction', classic({ NotAction: ['a:b:c'] }), 'IAM.1030', S],
    ['neither of them', { Version: '1.1', Statement: [{ Effect: 'Deny' }] }, 'IAM.1031', S],
    ['one action without a list', classic({ Action: 'a:b:c' }), 'IAM.1033', `${S}.Action`],
    ['no action', classic({ Action: [] }), 'IAM.1033', `${S}.Action`],
    ['101 actions', classic({ Action: times(101, (at) => `a:b:c${at}`) }), 'IAM.1033', `${S}.Action`],
    ['a long action', classic({ Action: [`a:b:${'c'.repeat(125)}`] }), 'IAM.1034', `${S}.Action[0]`],
    ['an action of two parts', classic({ Action: ['a:b:c', 'a:*'] }), 'IAM.1035', `${S}.Action[1]`],
    ['* alone as action', classic({ Action: ['*'] }), 'IAM.1035', `${S}.Action[0]`],
    ['odd characters', classic({ Action: ['a:b:c d'] }), 'IAM.1035', `${S}.Action[0]`],
    ['a service in capitals', classic({ Action: ['VPC:b:c'] }), 'IAM.1035', `${S}.Action[0]`],
    ['no uri', classic({ Resource: { uri: [] } }), 'IAM.1037', `${S}.Resource.uri`],
    ['21 uris', classic({ Resource: { uri: times(21, () => '/iam/agencies/a') } }), 'IAM.1037', `${S}.Resource.uri`],
    ['an odd uri', classic({ Resource: { uri: ['/iam/users/a'] } }), 'IAM.1042', `${S}.Resource.uri[0]`],
    ['11 resources', classic({ Resource: times(11, () => 'a:b:c:d:e') }), 'IAM.1040', `${S}.Resource`],
    ['a long resource', classic({ Resource: [`a:b:c:d:${'e'.repeat(1_493)}`] }), 'IAM.1042', `${S}.Resource[0]`],
    ['a resource of four parts', classic({ Resource: ['*', 'a:b:c:d'] }), 'IAM.1043', `${S}.Resource[1]`],
    ['an empty part', classic({ Resource: ['a:b::d:e'] }), 'IAM.1044', `${S}.Resource[0]`],
    ['NotResource', classic({ NotResource: ['a:b:c:d:e'] }), 'IAM.1059', `${S}.NotResource`],
    ['an empty condition', classic({ Condition: {} }), 'IAM.1050', `${S}.Condition`],
    ['a condition that is a list', classic({ Condition: [] }), 'IAM.1051', `${S}.Condition`],
    [
      '11 operators',
      classic({ Condition: object(11, (at) => [at === 0 ? 'Bool' : `StringEquals${at}`, {}]) }),
      'IAM.1050',
      `${S}.Condition`,
    ],
    ['an unknown operator', classic(tag('StringSounds', ['x'])), 'IAM.1052', `${S}.Condition.StringSounds`],
    ['an operator of 5.0', classic(tag('Null', ['true'])), 'IAM.1052', `${S}.Condition.Null`],
    ['no attribute', classic({ Condition: { Bool: {} } }), 'IAM.1053', `${S}.Condition.Bool`],
    [
      '11 attributes',
      classic({ Condition: { StringEquals: object(11, (at) => [`g:ResourceTag/${at}`, ['x']]) } }),
      'IAM.1053',
      `${S}.Condition.StringEquals`,
    ],
    ['an odd key', classic(tag('Bool', ['true'], 'mfa')), 'IAM.1054', `${S}.Condition.Bool.mfa`],
    ['an unknown global key', classic(tag('Bool', ['true'], 'g:MFA')), 'IAM.1054', `${S}.Condition.Bool.g:MFA`],
    [
      'a Deny that could never match for its type',
      classic({ Effect: 'Deny', ...tag('StringEquals', ['true'], 'g:MFAPresent') }),
      'IAM.1054',
      `${S}.Condition.StringEquals.g:MFAPresent`,
    ],
    [
      'one value without a list',
      classic(tag('StringMatch', 'x')),
      'IAM.1055',
      `${S}.Condition.StringMatch.g:ResourceTag/env`,
    ],
    [
      'a number as value',
      classic(tag('StringMatch', [1])),
      'IAM.1055',
      `${S}.Condition.StringMatch.g:ResourceTag/env[0]`,
    ],
    [
      'an empty value',
      classic(tag('StringMatch', [''])),
      'IAM.1056',
      `${S}.Condition.StringMatch.g:ResourceTag/env[0]`,
    ],
    [
      'a value of 1,025 characters',
      classic(tag('StringMatch', ['x'.repeat(1_025)])),
      'IAM.1056',
      `${S}.Condition.StringMatch.g:ResourceTag/env[0]`,
    ],
    [
      'a malformed range',
      classic(tag('IpAddress', ['10/8'], 'g:SourceIp')),
      'IAM.1057',
      `${S}.Condition.IpAddress.g:SourceIp[0]`,
    ],
    [
      'a malformed number',
      classic(tag('NumberEquals', ['x'], 'a:b')),
      'IAM.1057',
      `${S}.Condition.NumberEquals.a:b[0]`,
    ],
    [
      'a malformed variable',
      classic(tag('StringMatch', ['${x'])),
      'IAM.1057',
      `${S}.Condition.StringMatch.g:ResourceTag/env[0]`,
    ],
    ['Depends in 1.1', { ...classic({}), Depends: [] }, 'IAM.1059', 'Depends'],
    ['a Sid', classic({ Sid: 'x' }), 'IAM.1059', `${S}.Sid`],
    ['a Principal', classic({ Principal: '*' }), 'IAM.1059', `${S}.Principal`],
  ])

  it('may reach each limit', () => {
    const full = {
      Version: '1.1',
      Statement: times(8, (at) => ({
        Effect: at % 2 ? 'deny' : 'allow',
        Action: at ? ['a:b:c'] : [...times(99, () => 'a:b:c'), `a:b:${'c'.repeat(124)}`],
        ...(at === 0 && { Resource: times(10, () => 'a::c:d:e') }),
        ...(at === 1 && { Condition: { StringMatch: object(10, (of) => [`g:ResourceTag/${of}`, ['x']]) } }),
        ...(at === 2 && tag('StringMatch', ['x'.repeat(1_024)])),
      })),
    }
    assert.equal(parseDocument('policy', full).statements.length, 8)
  })
})

describe('a role of 1.0, when it is written,', () => {
  const role = (Depends: unknown) => ({ Version: '1.0', Statement: [GOOD], Depends })
  const depend = { catalog: 'BASE', display_name: 'Tenant Guest' }
  testRefusals('role', [
    ['another version', { Version: '5.0', Statement: [GOOD] }, 'IAM.1026', 'Version'],
    ['21 roles to depend on', role(times(21, () => depend)), 'IAM.1058', 'Depends'],
    ['one without a catalog', role([{ display_name: 'x' }]), 'IAM.1058', 'Depends[0]'],
    ['one with something more', role([{ ...depend, id: 'x' }]), 'IAM.1059', 'Depends[0].id'],
  ])

  it('may depend on 20 others', () => {
    assert.equal(parseDocument('role', role(times(20, () => depend))).depends.length, 20)
  })
})

describe('a document of 5.0, when it is written,', () => {
  const five = (members: object) => ({ Version: '5.0', Statement: [{ ...GOOD, ...members }] })
  const S = 'Statement[0]'
  testRefusals('identity', [
    ['no object', null, 'IAM.0011', 'document'],
    ['version 1.1', { Version: '1.1', Statement: [GOOD] }, 'IAM.0007', 'Version'],
    ['131,073 characters', five({ Sid: 'x'.repeat(131_072) }), 'IAM.0007', 'document'],
    ['no statement', { Version: '5.0' }, 'IAM.0072', 'Statement'],
    ['no action', { Version: '5.0', Statement: [{ Effect: 'Allow' }] }, 'IAM.0072', S],
    ['Action beside NotAction', five({ NotAction: '*' }), 'IAM.0073', S],
    ['Resource beside NotResource', five({ Resource: '*', NotResource: '*' }), 'IAM.0073', S],
    ['a Principal', five({ Principal: { IAM: '*' } }), 'IAM.0073', `${S}.Principal`],
    ['a NotPrincipal', five({ NotPrincipal: { IAM: '*' } }), 'IAM.0073', `${S}.NotPrincipal`],
    ['an unknown member', five({ Resources: '*' }), 'IAM.0073', `${S}.Resources`],
    ['an action of two parts', five({ Action: 'workspace:*' }), 'IAM.0007', `${S}.Action[0]`],
    ['an unknown operator', five(tag('StringStartWith', 'x')), 'IAM.0007', `${S}.Condition.StringStartWith`],
    [
      'an unknown quantifier',
      five(tag('ForNoValues:StringEquals', 'x')),
      'IAM.0007',
      `${S}.Condition.ForNoValues:StringEquals`,
    ],
    ['NullIfExists', five(tag('NullIfExists', 'true')), 'IAM.0007', `${S}.Condition.NullIfExists`],
    ['a Null that is neither', five(tag('Null', 'maybe')), 'IAM.0007', `${S}.Condition.Null.g:ResourceTag/env[0]`],
    ['no value', five(tag('StringEquals', [])), 'IAM.0007', `${S}.Condition.StringEquals.g:ResourceTag/env`],
    [
      'an object as value',
      five(tag('StringEquals', [{}])),
      'IAM.0007',
      `${S}.Condition.StringEquals.g:ResourceTag/env`,
    ],
    [
      'a day that is none',
      five(tag('DateLessThan', '2026-02-30T00:00:00Z', 'g:CurrentTime')),
      'IAM.0007',
      `${S}.Condition.DateLessThan.g:CurrentTime[0]`,
    ],
    ['a Deny on four parts', five({ Effect: 'Deny', Resource: 'a:b:c:d' }), 'IAM.0007', `${S}.Resource[0]`],
    ['four parts that are spared', five({ NotResource: 'a:b:c:d' }), 'IAM.0007', `${S}.NotResource[0]`],
    ['a malformed variable', five({ Resource: 'a:b:${:d:e' }), 'IAM.0007', `${S}.Resource[0]`],
  ])

  it('may be text', () => {
    assert.equal(parseDocumentText('identity', JSON.stringify(five({}))).statements.length, 1)
    const refusals = [
      ['', 'IAM.0007'],
      ['x'.repeat(131_073), 'IAM.0007'],
      ['{', 'IAM.0011'],
      ['{"__proto__":{}}', 'IAM.0011'],
    ] as const
    for (const [text, code] of refusals) {
      assert.throws(() => parseDocumentText('identity', text), { code }, text.slice(0, 20))
    }
    assert.throws(() => parseDocumentText('policy', '{'), { code: 'IAM.1020' })
  })
})

describe('an SCP, when it is written,', () => {
  const scp = (members: object) => ({ Version: '5.0', Statement: [{ ...GOOD, ...members }] })
  const S = 'Statement[0]'
  testRefusals('scp', [
    ['a wildcard in the middle', scp({ Action: 'ecs:*:ge*t' }), 'IAM.0007', `${S}.Action[0]`],
    ['NotResource', scp({ Effect: 'Deny', NotResource: '*' }), 'IAM.0073', `${S}.NotResource`],
    ['an Allow of a resource', scp({ Resource: 'a:b:c:d:e' }), 'IAM.0007', `${S}.Resource`],
    ['an Allow with a condition', scp(tag('StringEquals', 'x')), 'IAM.0073', `${S}.Condition`],
    [
      'an Allow by NotAction',
      { Version: '5.0', Statement: [{ Effect: 'Allow', NotAction: '*' }] },
      'IAM.0073',
      `${S}.NotAction`,
    ],
  ])

  it('may deny by all of these', () => {
    const { Effect, ...rest } = { Effect: 'Deny', NotAction: 'ecs:*:get*', Resource: 'ecs:*:*:server:a*' }
    const statement = { Effect, ...rest, ...tag('StringEquals', 'x') }
    assert.equal(parseDocument('scp', { Version: '5.0', Statement: [statement] }).statements.length, 1)
  })
})

describe('a session policy, when it is written,', () => {
  const values = (count: number, text: string) => tag('StringLike', Array(count).fill(text), 'g:UserAgent')
  const session = (...members: readonly object[]) => ({
    Version: '5.0',
    Statement: members.map((each) => ({ ...GOOD, ...each })),
  })
  testRefusals('session', [
    ['101 values', session(values(50, '*a'), values(51, '*a')), 'IAM.0007', 'Statement'],
    ['values of 6,145 characters', session(values(48, '*'.repeat(128)), values(1, 'a')), 'IAM.0007', 'Statement'],
    ['101 values in a document of 1.1', classic(values(101, '*a')), 'IAM.1055', 'Statement'],
  ])

  it('may have as many as that, and is read with more once it is stored', () => {
    for (const full of [session(values(100, '*a')), session(values(48, '*'.repeat(128)))]) {
      assert.equal(parseDocument('session', full).statements.length, 1)
    }
    assert.equal(readStoredDocument('session', session(values(101, '*a'))).statements.length, 1)
  })

  it('limits nobody who writes an identity policy', () => {
    assert.equal(parseDocument('identity', session(values(101, '*a'))).statements.length, 1)
  })
})

describe('a document that is stored', () => {
  it('is read beyond the limits of writers', () => {
    const long = { Version: '1.1', Statement: times(9, () => GOOD) }
    assert.equal(readStoredDocument('policy', long).statements.length, 9)
  })

  it('is refused when there is no telling what it denies', () => {
    const unreadable = [null, {}, { Version: '6.0', Statement: [] }, { Version: '5.0', Statement: [{ Action: '*' }] }]
    for (const document of unreadable) assert.throws(() => readStoredDocument('identity', document), PolicyError)
  })

  it('denies every action when it denies one of a form that we do not know', () => {
    const document = (effect: string) => ({ Version: '5.0', Statement: [{ Effect: effect, Action: ['a:b:c:d'] }] })
    const by = (effect: string) => decide(compileGrants([grant('identity', document(effect))]), request()).reason
    assert.deepEqual([by('Deny'), by('Allow')], ['explicitDeny', 'implicitDeny'])
  })
})
