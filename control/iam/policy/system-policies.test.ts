import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileGrants } from './compile.ts'
import { decide } from './decide.ts'
import { parseDocument } from './read-document.ts'
import { SYSTEM_POLICIES } from './system-policies.ts'
import { grant, request } from './test-grants.ts'

describe('the system roles and policies', () => {
  for (const { displayName, kind, document } of SYSTEM_POLICIES) {
    it(`${displayName} passes the rules of writers`, () => {
      assert.ok(parseDocument(kind, document).statements.every(({ understood }) => understood))
    })
  }

  it('have ids of their own', () => {
    assert.equal(new Set(SYSTEM_POLICIES.map(({ id }) => id)).size, SYSTEM_POLICIES.length)
  })

  const may = (name: string, action: string) => {
    const found = SYSTEM_POLICIES.find(({ displayName }) => displayName === name)
    assert.ok(found, name)
    const compiled = compileGrants([grant(found.kind, found.document)])
    return decide(compiled, request({}, { action })).decision === 'Allow'
  }
  const TSVI = ['workspace:server:batchUpdateTsvi', 'vpc:subnets:get', 'vpc:ports:update']
  const rows: readonly (readonly [name: string, yes: readonly string[], no: readonly string[]])[] = [
    ['FullAccess', [...TSVI, 'iam:users:list'], []],
    ['Tenant Administrator', TSVI, ['iam:users:list']],
    ['Tenant Guest', ['workspace:server:list', 'vpc:subnets:get'], ['workspace:server:create', 'iam:users:list']],
    ['Security Administrator', ['iam:users:create'], TSVI],
    ['Agent Operator', ['iam:agencies:assume'], ['iam:users:list', ...TSVI]],
    ['Workspace FullAccess', TSVI, ['iam:users:list', 'vpc:vpcs:delete']],
    [
      'Workspace ReadOnlyAccess',
      ['workspace:server:list', 'vpc:subnets:get'],
      ['vpc:ports:update', 'workspace:server:batchUpdateTsvi'],
    ],
    ['Workspace DesktopsManager', ['workspace:desktops:operate'], ['workspace:server:batchUpdateTsvi']],
    ['Workspace UserManager', ['workspace:users:create'], ['workspace:desktops:operate']],
    ['Workspace SecurityManager', ['workspace:policyGroups:create'], ['workspace:users:create']],
    ['Workspace TenantManager', ['workspace:tenants:update'], ['workspace:users:create']],
  ]
  for (const [name, yes, no] of rows) {
    it(`${name} allows what it says and no more`, () => {
      for (const action of yes) assert.ok(may(name, action), action)
      for (const action of no) assert.ok(!may(name, action), action)
    })
  }
})
