import type { Tag } from '#db'
import type { Check, Principal, RawRequest } from '#http'
import { headerValues } from '../../contract/signing/canonical-request.ts'
import { principalIdOf } from './credential/subject.ts'
import type { ContextValue } from './policy/index.ts'

export type ContextValues = Readonly<Record<string, ContextValue | undefined>>

const TYPES: Readonly<Record<Principal['kind'], string>> = {
  user: 'User',
  agency: 'AssumedAgency',
  external: 'ExternalUser',
}

/** Of principal and environment, the same for every check of a request: IAM reference, section 3.6. */
export function requestValues(
  principal: Principal,
  tags: readonly Tag[],
  request: RawRequest,
  { region, now }: { readonly region: string; readonly now: Date },
): ContextValues {
  const [userAgent] = headerValues(request.rawHeaders, 'user-agent')
  const [referer] = headerValues(request.rawHeaders, 'referer')
  return {
    'g:PrincipalUrn': principal.urn,
    'g:PrincipalType': TYPES[principal.kind],
    'g:PrincipalIsRootUser': principal.isOwner,
    'g:PrincipalAccount': principal.domainId,
    'g:PrincipalId': principalIdOf(principal),
    'g:DomainId': principal.domainId,
    'g:DomainName': principal.domainName,
    'g:UserId': principal.userId,
    'g:UserName': principal.kind === 'user' ? principal.userName : undefined,
    'g:MFAPresent': false,
    'g:TokenIssueTime': principal.issuedAt?.toISOString(),
    'g:CurrentTime': now.toISOString(),
    'g:RequestedRegion': region,
    'g:SecureTransport': request.isSecure,
    'g:ViaService': false,
    'g:SourceIp': request.sourceIp,
    'g:UserAgent': userAgent,
    'g:Referer': referer,
    ...tagValues('g:PrincipalTag', tags),
  }
}

/** Of one action on one resource, and of the tags that come with it. */
export function checkValues(
  { domainId }: Principal,
  { action, resource, requestTags }: Check,
  projectName: string | undefined,
): ContextValues {
  const ofResource = resource && {
    'g:ResourceAccount': resource.accountId ?? domainId,
    'g:EnterpriseProjectId': resource.enterpriseProjectId ?? undefined,
    ...tagValues('g:ResourceTag', resource.tags),
  }
  const ofRequest = requestTags && {
    'g:TagKeys': requestTags.map(({ key }) => key),
    ...tagValues('g:RequestTag', requestTags),
  }
  return { 'g:ProjectName': projectName, 'g:ServiceName': action.split(':', 1)[0], ...ofResource, ...ofRequest }
}

/** A tag that is there twice is one key with two values. */
function tagValues(prefix: string, tags: readonly Tag[]): ContextValues {
  const byKey = Map.groupBy(tags, ({ key }) => key)
  const entries = [...byKey].map(([key, same]) => {
    const [value = '', ...others] = same.map((tag) => tag.value ?? '')
    return [`${prefix}/${key}`, others.length === 0 ? value : [value, ...others]] as const
  })
  return Object.fromEntries(entries)
}
