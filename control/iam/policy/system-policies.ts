/** Where a role or policy is shown: the account, its projects, or both (IAM reference, section 3.2). */
export type DisplayMode = 'AX' | 'XA' | 'AA'

/** A role or policy that comes with the control plane. Nobody can change it. */
export interface SystemPolicy {
  /** Made once by us, never changed: grants refer to it. */
  readonly id: string
  readonly kind: 'role' | 'policy'
  /** The internal name; of older roles it is another than the one that is shown. */
  readonly name: string
  readonly displayName: string
  readonly type: DisplayMode
  /** The service it belongs to; BASE for those of all services. */
  readonly catalog: string
  readonly description: string
  readonly document: Readonly<Record<string, unknown>>
}

function allow(version: '1.0' | '1.1', ...actions: readonly string[]): SystemPolicy['document'] {
  return { Version: version, Statement: [{ Effect: 'Allow', Action: actions }] }
}

/**
 * Services other than IAM. They are listed, as no wildcard says "all but one", and a Deny of `iam:*:*` would also take
 * away what other grants give.
 */
const OTHER_SERVICES = [
  ...['workspace', 'vpc', 'vpcep', 'nat', 'eip', 'elb', 'dns', 'ecs', 'evs', 'ims', 'dss', 'obs', 'sfs', 'cbr'],
  ...['ces', 'cts', 'lts', 'aom', 'smn', 'tms', 'eps', 'kms', 'rds', 'dcs', 'cce', 'as', 'bss', 'organizations'],
]

/** What reading Workspace needs of other services: IAM reference, section 3.8. */
const READ_ELSEWHERE = [
  ...['ims:images:get', 'ims:images:list', 'ims:quotas:get', 'nat:natGateways:list', 'nat:snatRules:list'],
  ...['vpc:bandwidths:list', 'vpc:networks:get', 'vpc:ports:get', 'vpc:publicIps:get', 'vpc:publicIps:list'],
  ...['vpc:quotas:list', 'vpc:securityGroupRules:get', 'vpc:securityGroups:get', 'vpc:subnets:get', 'vpc:vpcs:get'],
  ...['vpc:vpcs:list', 'vpcep:endpoints:get', 'dss:pools:list'],
]
const READ = ['workspace:*:get*', 'workspace:*:list*', 'workspace:*:export*', ...READ_ELSEWHERE]
const CHANGE_PORTS = ['vpc:ports:update', 'vpc:ports:create', 'vpc:ports:delete']

const WORKSPACE = { kind: 'policy', type: 'XA', catalog: 'WORKSPACE' } as const

function role(
  id: string,
  name: string,
  displayName: string,
  type: DisplayMode,
  description: string,
  document: SystemPolicy['document'],
): SystemPolicy {
  return { id, kind: 'role', name, displayName, type, catalog: 'BASE', description, document }
}

function workspacePolicy(id: string, what: string, description: string, ...actions: readonly string[]): SystemPolicy {
  const displayName = `Workspace ${what}`
  return { ...WORKSPACE, id, name: displayName, displayName, description, document: allow('1.1', ...actions) }
}

/** IAM reference, section 3.8: names and meanings are the vendor's, ids and documents are ours. */
export const SYSTEM_POLICIES: readonly SystemPolicy[] = [
  {
    id: '5b0e7c1a90d24f6e8a31c4d27f60b801',
    ...{ kind: 'policy', name: 'FullAccess', displayName: 'FullAccess', type: 'AA', catalog: 'BASE' },
    description: 'Everything that policies can allow.',
    document: allow('1.1', '*:*:*'),
  },
  role(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b802', 'te_admin', 'Tenant Administrator', 'AA'] as const),
    'Administrator of all services except IAM.',
    { Version: '1.0', Statement: [{ Effect: 'Allow', NotAction: ['iam:*:*'] }] },
  ),
  role(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b803', 'readonly', 'Tenant Guest', 'AA'] as const),
    'Reads all services except IAM.',
    allow('1.0', ...OTHER_SERVICES.flatMap((of) => [`${of}:*:get*`, `${of}:*:list*`, `${of}:*:show*`])),
  ),
  role(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b804', 'secu_admin', 'Security Administrator', 'AX'] as const),
    'Administrator of IAM.',
    allow('1.0', 'iam:*:*'),
  ),
  role(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b805', 'te_agency', 'Agent Operator', 'AX'] as const),
    'May switch into the agencies of other accounts.',
    allow('1.0', 'iam:agencies:assume'),
  ),
  workspacePolicy(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b811', 'FullAccess', 'Everything in Workspace.'] as const),
    ...['workspace:*:*', ...READ_ELSEWHERE, ...CHANGE_PORTS],
  ),
  workspacePolicy(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b812', 'DesktopsManager', 'Administrator of desktops.'] as const),
    ...['workspace:desktops:*', 'workspace:desktopPools:*', ...READ],
  ),
  workspacePolicy(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b813', 'UserManager', 'Administrator of users.'] as const),
    ...['workspace:users:*', 'workspace:userGroups:*', ...READ],
  ),
  workspacePolicy(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b814', 'SecurityManager', 'Administrator of access rules.'] as const),
    ...['workspace:policyGroups:*', 'workspace:accessPolicies:*', ...READ],
  ),
  workspacePolicy(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b815', 'TenantManager', 'Administrator of the settings.'] as const),
    ...['workspace:tenants:*', ...READ],
  ),
  workspacePolicy(
    ...(['5b0e7c1a90d24f6e8a31c4d27f60b816', 'ReadOnlyAccess', 'Reads everything in Workspace.'] as const),
    ...READ,
  ),
]

/** By its name or by the name that is shown. */
export function isSystemPolicy(policyName: string): boolean {
  return SYSTEM_POLICIES.some(({ name, displayName }) => name === policyName || displayName === policyName)
}
