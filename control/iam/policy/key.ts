import type { Family } from './operator.ts'

/** IAM reference, section 3.6. Names compare without case. */
const TYPES: Readonly<Record<Exclude<Family, 'any'>, readonly string[]>> = {
  string: [
    ...[
      'g:PrincipalUrn',
      'g:PrincipalAccount',
      'g:DomainId',
      'g:DomainName',
      'g:UserName',
      'g:UserId',
      'g:PrincipalId',
    ],
    ...['g:PrincipalType', 'g:PrincipalServiceName', 'g:PrincipalOrgId', 'g:PrincipalOrgPath'],
    ...['g:PrincipalOrgManagementAccountId', 'g:SourceIdentity', 'g:RequestedRegion', 'g:UserAgent', 'g:Referer'],
    ...['g:SourceVpc', 'g:SourceVpce', 'g:TagKeys', 'g:ResourceAccount', 'g:ResourceOrgId', 'g:EnterpriseProjectId'],
    ...['g:CalledVia', 'g:CalledViaFirst', 'g:CalledViaLast', 'g:SourceUrn', 'g:SourceAccount', 'g:ProjectName'],
    'g:ServiceName',
  ],
  bool: ['g:PrincipalIsRootUser', 'g:MFAPresent', 'g:SecureTransport', 'g:ViaService'],
  number: ['g:MFAAge'],
  date: ['g:TokenIssueTime', 'g:CurrentTime'],
  ip: ['g:SourceIp', 'g:VpcSourceIp'],
}

const TAGS = ['g:principaltag/', 'g:requesttag/', 'g:resourcetag/']

const TYPE_OF = new Map(
  Object.entries(TYPES).flatMap(([type, keys]) => keys.map((key) => [key.toLowerCase(), type as Family] as const)),
)

/** The data type of a key; undefined for one that the global list does not have. */
export function findKeyType(key: string): Family | undefined {
  const folded = key.toLowerCase()
  return TYPE_OF.get(folded) ?? (TAGS.some((tag) => folded.startsWith(tag)) ? 'string' : undefined)
}

/** An operator of another type than its key's never matches; keys of services have no known type. */
export function fitsKey(family: Family, key: string): boolean {
  const type = findKeyType(key)
  return family === 'any' || type === undefined || type === family
}

const KEY_FORM = /^[a-z][a-z0-9-]{0,63}:[a-z][a-z0-9-]{0,63}(\/.{1,128})?$/i

/** `service:Name`, `service:Name/tag`; those of `g:` must be in the global list. */
export function isKey(key: string): boolean {
  if (!KEY_FORM.test(key)) return false
  return !key.toLowerCase().startsWith('g:') || findKeyType(key) !== undefined
}
