import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import { newEnforcer, newModelFromString } from 'casbin'
import { compileGrants, createContext, decide, type Grant, parseDocument } from '../../control/iam/policy/index.ts'

/** Asks the same question again; true is allowed. */
export interface PolicyContender {
  readonly name: string
  readonly ask: () => boolean | Promise<boolean>
}

export const ACTION = 'workspace:server:batchUpdateTsvi'
const ACCOUNT = 'd78cbac186b744899480f25bd022f468'
const SERVER = `workspace:cn-north-4:${ACCOUNT}:server:3f791197-d166-4c8e-81e4-38c40ffc1989`
const PEER = '203.0.113.25'

/** What a request carries besides; made anew for each question, as a request would. */
function facts(): Record<string, string | boolean> {
  return {
    'g:UserName': 'ops-anna',
    'g:UserId': '9f8e7d6c5b4a39281706f5e4d3c2b1a0',
    'g:DomainId': ACCOUNT,
    'g:PrincipalUrn': `iam::${ACCOUNT}:user:ops-anna`,
    'g:CurrentTime': '2026-05-21T08:00:00Z',
    'g:SourceIp': PEER,
    'g:MFAPresent': false,
    'g:RequestedRegion': 'cn-north-4',
  }
}

/** The range of a statement: only the last one's has the caller, so that nobody can stop early. */
function rangeOf(at: number, count: number): string {
  return at === count - 1 ? '203.0.113.0/24' : `10.${at % 256}.0.0/16`
}

function statementOf(at: number, count: number): object {
  return {
    Effect: 'Allow',
    Action: [ACTION],
    Resource: [`workspace:cn-north-4:${ACCOUNT}:server:3f79*`],
    Condition: {
      StringEquals: { 'g:ResourceTag/env': ['prod'] },
      IpAddress: { 'g:SourceIp': [rangeOf(at, count)] },
    },
  }
}

function grantOf(id: string, statements: readonly object[]): Grant {
  const document = parseDocument('identity', { Version: '5.0', Statement: statements })
  return { id, name: id, kind: 'identity', document }
}

/** Statements in each document of the others. */
const A_DOCUMENT = 50

/** Ours: statements that are all about the action, and others about another service. */
export function berth(name: string, count: number, foreign = 0): PolicyContender {
  const own = Array.from({ length: count }, (_, at) => statementOf(at, count))
  const others = Array.from({ length: foreign }, (_, at) => ({
    Effect: 'Allow',
    Action: [`ecs:servers:operation${at}`, 'ecs:*:get*'],
    Resource: [`ecs:*:${ACCOUNT}:server:${at}`],
  }))
  const ofOthers = Array.from({ length: Math.ceil(foreign / A_DOCUMENT) }, (_, at) =>
    grantOf(`others-${at}`, others.slice(at * A_DOCUMENT, (at + 1) * A_DOCUMENT)),
  )
  const compiled = compileGrants([...ofOthers, grantOf('own', own)])
  const ask = () => {
    const resource = { 'g:ResourceTag/env': 'prod', 'g:EnterpriseProjectId': '0' }
    const check = { action: ACTION, resource: SERVER, projectId: 'p', context: createContext(resource) }
    const request = { context: createContext(facts()), isRootUser: false, checks: [check] }
    return decide(compiled, request).decision === 'Allow'
  }
  return { name, ask }
}

/** The same meaning in Cedar: policies read before, their set kept inside the module. */
export function cedarOf(name: string, count: number): PolicyContender {
  const policies = Array.from({ length: count }, (_, at) => [
    `p${at}`,
    `permit (principal, action == Action::"${ACTION}", resource) when {
      resource.urn like "workspace:cn-north-4:${ACCOUNT}:server:3f79*" &&
      resource has env && resource.env == "prod" &&
      context.sourceIp.isInRange(ip("${rangeOf(at, count)}"))
    };`,
  ])
  const parsed = cedar.preparsePolicySet(name, { staticPolicies: Object.fromEntries(policies) })
  if (parsed.type === 'failure') throw new Error(`Cedar refuses the policies: ${parsed.errors[0]?.message}`)
  const ask = () => {
    const answer = cedar.statefulIsAuthorized({
      principal: { type: 'User', id: 'ops-anna' },
      action: { type: 'Action', id: ACTION },
      resource: { type: 'Server', id: SERVER },
      context: { userName: 'ops-anna', sourceIp: { __extn: { fn: 'ip', arg: PEER } }, mfaPresent: false },
      preparsedPolicySetId: name,
      entities: [{ uid: { type: 'Server', id: SERVER }, attrs: { urn: SERVER, env: 'prod' }, parents: [] }],
    })
    if (answer.type === 'failure') throw new Error(`Cedar refuses the question: ${answer.errors[0]?.message}`)
    return answer.response.decision === 'allow'
  }
  return { name, ask }
}

const MODEL = `
[request_definition]
r = sub, obj, act, env, ip
[policy_definition]
p = sub, obj, act, env, range
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.act == p.act && keyMatch(r.obj, p.obj) && r.env == p.env && ipMatch(r.ip, p.range)
`

/** The same rules as lines of casbin: subject, resource, action, tag and range. */
export async function casbinOf(name: string, count: number): Promise<PolicyContender> {
  const enforcer = await newEnforcer(newModelFromString(MODEL))
  const resource = `workspace:cn-north-4:${ACCOUNT}:server:3f79*`
  await enforcer.addPolicies(
    // casbin keeps no rule twice, so those that do not fit differ in their user
    Array.from({ length: count }, (_, at) =>
      at === count - 1
        ? ['ops-anna', resource, ACTION, 'prod', '203.0.113.0/24']
        : [`user-${at}`, resource, ACTION, 'prod', rangeOf(at, count)],
    ),
  )
  return { name, ask: () => enforcer.enforce('ops-anna', SERVER, ACTION, 'prod', PEER) }
}
