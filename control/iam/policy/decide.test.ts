import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileGrants, type Grant } from './compile.ts'
import { createContext } from './context.ts'
import { type AccessRequest, decide } from './decide.ts'
import { renderRefusal } from './refusal.ts'
import type { Scope } from './scope.ts'
import { ACTION, decideBy, grant, identity, policy, request, SERVER } from './test-grants.ts'

const allow = (...actions: readonly string[]) => ({ Effect: 'Allow', Action: actions })
const deny = (...actions: readonly string[]) => ({ Effect: 'Deny', Action: actions })
const scp = (level: string, ...statements: readonly object[]) =>
  grant('scp', { Version: '5.0', Statement: statements }, { level })
const session = (...statements: readonly object[]) => grant('session', { Version: '5.0', Statement: statements })
const asRoot = (): AccessRequest => ({ ...request(), isRootUser: true })

describe('a decision', () => {
  it('names the grant and the statement that made it', () => {
    const first = { ...identity(allow('iam:*:*'), { Sid: 'Tsvi', ...allow(ACTION) }), id: 'g1', name: 'Operators' }
    assert.deepEqual(decideBy([first, identity(allow('*'))]), {
      decision: 'Allow',
      reason: 'allow',
      decider: { grantId: 'g1', grantName: 'Operators', kind: 'identity', statement: 1, sid: 'Tsvi' },
      check: 0,
      missing: null,
    })
    const none = { decision: 'Deny', reason: 'implicitDeny', decider: null, check: 0, missing: 'identity' }
    assert.deepEqual(decideBy([]), none)
  })

  it('is that of the first check that is refused', () => {
    const checks = [ACTION, 'vpc:subnets:get', 'vpc:ports:update', 'vpc:ports:delete'].map((action) => ({
      ...{ action, resource: null, projectId: 'p1' },
    }))
    const asked = { ...request(), checks }
    const grants = [identity(allow(ACTION, 'vpc:subnets:get'), deny('vpc:ports:delete'))]
    assert.deepEqual(decideBy(grants, asked), {
      ...{ decision: 'Deny', reason: 'implicitDeny', decider: null, check: 2, missing: 'identity' },
    })
  })

  it('about nothing is none', () => {
    assert.throws(() => decideBy([], { ...request(), checks: [] }), RangeError)
  })

  it('is the same when it is asked for again', () => {
    const compiled = compileGrants([identity(allow(ACTION)), policy(deny('vpc:*:*'))])
    assert.deepEqual(decide(compiled, request()), decide(compiled, request()))
    assert.equal(decide(compiled, request({}, { action: 'vpc:ports:get' })).reason, 'explicitDeny')
  })

  it('of the enterprise project looks at each resource by itself', () => {
    const inside = createContext({ 'g:EnterpriseProjectId': 'e1' })
    const outside = createContext({ 'g:EnterpriseProjectId': '0' })
    const check = { action: ACTION, resource: SERVER, projectId: 'p1' }
    const scoped = { ...policy(allow('workspace:*:*')), scope: { enterpriseProject: 'e1' } }
    const asked = (...contexts: readonly (typeof inside)[]) => ({
      ...request(),
      checks: contexts.map((context) => ({ ...check, context })),
    })
    assert.equal(decideBy([scoped], asked(inside, inside)).decision, 'Allow')
    assert.deepEqual(decideBy([scoped], asked(inside, outside)).check, 1)
  })
})

describe('the layers of a decision', () => {
  it('an explicit deny of any kind of document comes before everything, the account itself included', () => {
    for (const denying of [policy(deny(ACTION)), identity(deny('*')), session(deny(ACTION)), scp('root', deny('*'))]) {
      const grants = [identity(allow('*')), session(allow('*')), scp('root', allow('*')), denying]
      assert.deepEqual(
        [decideBy(grants).reason, decideBy(grants, asRoot()).reason],
        ['explicitDeny', 'explicitDeny'],
        denying.kind,
      )
      assert.equal(decideBy(grants).decider?.kind, denying.kind)
    }
  })

  it('each level of the organization must allow, for the account itself too', () => {
    const all = [scp('root', allow('*')), scp('unit', allow('workspace:*:*')), scp('account', allow('*'))]
    assert.equal(decideBy([...all, identity(allow('*'))]).decision, 'Allow')
    assert.equal(decideBy(all, asRoot()).reason, 'accountRoot')
    const lacking = [...all.slice(0, 2), scp('account', allow('vpc:*:*'))]
    assert.equal(decideBy([...lacking, identity(allow('*'))]).missing, 'scp')
    assert.equal(decideBy(lacking, asRoot()).missing, 'scp')
    assert.equal(decideBy([...lacking, scp('account', allow(ACTION)), identity(allow('*'))]).decision, 'Allow')
  })

  it('an SCP and a session policy allow nothing by themselves', () => {
    assert.equal(decideBy([scp('root', allow('*')), session(allow('*'))]).missing, 'identity')
  })

  it('a session policy narrows what is granted, in either grammar', () => {
    const classic = grant('session', { Version: '1.1', Statement: [allow('workspace:server:list')] })
    assert.equal(decideBy([identity(allow('*')), session(allow(ACTION))]).decision, 'Allow')
    assert.equal(decideBy([identity(allow('*')), classic]).missing, 'session')
    assert.equal(decideBy([classic], asRoot()).reason, 'accountRoot')
  })

  it('a policy of either model allows', () => {
    assert.equal(decideBy([policy(allow('vpc:*:*')), identity(allow(ACTION))]).decision, 'Allow')
    assert.equal(decideBy([policy(allow(ACTION)), identity(allow('vpc:*:*'))]).decision, 'Allow')
  })
})

describe('actions', () => {
  const of = (pattern: string, action: string, make = identity) =>
    decideBy([make(allow(pattern))], request({}, { action })).decision === 'Allow'

  it('are compared part by part', () => {
    assert.ok(of('workspace:*:list*', 'workspace:serverGroup:listDetail'))
    assert.ok(!of('workspace:*:list', 'workspace:serverGroup:listDetail'))
    assert.ok(!of('work*:list', 'workspace:server:list'))
    assert.ok(of('w*e:s?rver:*', 'workspace:server:list'))
  })

  it('compare without case, but for the service in 1.1', () => {
    assert.ok(of('Workspace:SERVER:List', 'workspace:server:list'))
    assert.ok(of('workspace:SERVER:List', 'workspace:server:list', policy))
    assert.ok(!of('Workspace:server:list', 'workspace:server:list', policy))
  })

  it('without a resource are reached by * alone', () => {
    const asked = request({}, { resource: null })
    const on = (effect: string, members: object) => ({ Effect: effect, Action: '*', ...members })
    assert.equal(decideBy([identity(on('Allow', { Resource: '*' }))], asked).decision, 'Allow')
    assert.equal(decideBy([identity(on('Allow', { Resource: '*:*:*:*:*' }))], asked).decision, 'Deny')
    assert.equal(decideBy([identity(on('Allow', { NotResource: 'vpc:*:*:*:*' }))], asked).decision, 'Deny')
    const spared = [identity(allow('*'), on('Deny', { NotResource: 'vpc:*:*:*:*' }))]
    assert.equal(decideBy(spared, asked).reason, 'explicitDeny')
  })

  it('go by their aliases in documents of the older model only', () => {
    const alias = 'workspace:appServers:updateTsvi'
    const aliases = { [ACTION]: [alias] }
    const by = (...grants: readonly Grant[]) => decide(compileGrants(grants, aliases), request()).reason
    assert.equal(by(policy(allow(alias))), 'allow')
    assert.equal(by(policy(allow(ACTION))), 'allow')
    assert.equal(by(identity(allow('*')), policy(deny(alias))), 'explicitDeny')
    assert.equal(by(identity(allow(alias))), 'implicitDeny')
    assert.equal(by(policy({ Effect: 'Allow', NotAction: [alias] })), 'implicitDeny')
    assert.equal(by(identity(allow('*')), policy({ Effect: 'Deny', NotAction: [alias] })), 'allow')
  })
})

describe('the scope of a grant', () => {
  const reach = (scope: Scope, check: Partial<AccessRequest['checks'][number]> = {}) =>
    decideBy([{ ...policy(allow('*:*:*')), scope }], request({}, check)).decision

  it('all covers every project and global services', () => {
    assert.equal(reach('all', { projectId: 'p-new' }), 'Allow')
    assert.equal(reach('all', { action: 'iam:users:list', projectId: null }), 'Allow')
  })

  it('global covers global services only', () => {
    assert.equal(reach('global', { action: 'iam:users:list', projectId: null }), 'Allow')
    assert.equal(reach('global'), 'Deny')
    assert.equal(reach('global', { projectId: null }), 'Deny')
  })

  it('a project covers itself only', () => {
    assert.equal(reach({ project: 'p1' }), 'Allow')
    assert.equal(reach({ project: 'p1' }, { projectId: 'p2' }), 'Deny')
    assert.equal(reach({ project: 'p1' }, { action: 'iam:users:list', projectId: null }), 'Deny')
  })

  it('bounds what is denied as well', () => {
    const denied = { ...policy(deny(ACTION)), scope: { project: 'p2' } }
    assert.equal(decideBy([policy(allow(ACTION)), denied]).decision, 'Allow')
  })

  it('means nothing for identity policies', () => {
    assert.equal(decideBy([{ ...identity(allow('*')), scope: { project: 'p2' } }]).decision, 'Allow')
  })
})

describe('a role that depends on others', () => {
  const document = {
    Version: '1.0',
    Statement: [allow('workspace:*:*'), deny('workspace:server:delete')],
    Depends: [{ catalog: 'BASE', display_name: 'Tenant Guest' }],
  }
  const dependent = grant('role', document, { id: 'r', name: 'Workspace Administrator' })
  const guest = (more: Partial<Grant>) =>
    grant('role', { Version: '1.0', Statement: [allow('*:*:get*')] }, { id: 'd', name: 'Tenant Guest', ...more })

  it('allows only where they are granted', () => {
    assert.equal(decideBy([dependent]).decision, 'Deny')
    assert.equal(decideBy([dependent, guest({ catalog: 'BASE', scope: { project: 'p1' } })]).decision, 'Allow')
    assert.equal(decideBy([guest({}), dependent]).decision, 'Allow')
    assert.equal(decideBy([dependent, guest({ scope: { project: 'p2' } })]).decision, 'Deny')
    assert.equal(decideBy([dependent, guest({ catalog: 'VPC' })]).decision, 'Deny')
  })

  it('denies wherever it is granted itself', () => {
    const asked = request({}, { action: 'workspace:server:delete' })
    assert.equal(decideBy([dependent, identity(allow('*'))], asked).reason, 'explicitDeny')
  })
})

describe('the sentence of a refusal', () => {
  const of = (...grants: readonly Grant[]) => {
    const asked = { principal: 'iam::a:user:u', action: 'x:y:z', resource: 'x:r:a:y:1' }
    return renderRefusal(asked, decideBy(grants))
  }
  const start = 'User: iam::a:user:u is not authorized to perform action x:y:z on resource x:r:a:y:1'

  it('says of which type the policy is that is missing', () => {
    const rest = 'policy allows the x:y:z action.'
    assert.equal(of(), `${start} because no identity-based ${rest}`)
    assert.equal(of(identity(allow('*')), session(allow('vpc:*:*'))), `${start} because no session ${rest}`)
    assert.equal(of(scp('root', allow('vpc:*:*'))), `${start} because no service control ${rest}`)
  })

  it('says of which type the policy is that denies', () => {
    for (const denying of [identity(deny('*')), policy(deny('*:*:*'))]) {
      assert.equal(of(denying), `${start} with an explicit deny in an identity-based policy.`)
    }
    assert.equal(of(session(deny('*'))), `${start} with an explicit deny in the session policy.`)
    assert.equal(of(scp('root', deny('*'))), `${start} with an explicit deny in the service control policy.`)
  })
})
