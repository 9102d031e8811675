import type { ResponseOf } from '../../../contract/operation.ts'
import type { createUserTokenByPassword } from '../../../contract/operations/iam/token.ts'
import type { Project } from '../identity/identity.store.ts'
import type { Subject } from './subject.ts'
import { renderTokenTime, type TokenClaims } from './token.ts'

export type TokenBody = ResponseOf<typeof createUserTokenByPassword>
type Token = TokenBody['token']

/** Where the services of the catalog are. */
export interface Place {
  readonly region: string
  readonly endpoint: string
}

/** Describes a token (IAM reference, section 1.1). Without a place, the catalog stays empty. */
export function renderToken(
  claims: TokenClaims,
  { user, agency }: Subject,
  project: Project | null,
  place: Place | null,
): TokenBody {
  const account = domainOf(agency ?? user)
  const person = { id: user.userId, name: user.userName, password_expires_at: '', domain: domainOf(user) }
  const session = agency && { id: agency.agencyId, name: `${account.name}/${agency.agencyName}`, domain: account }
  const token: Token = {
    methods: [...claims.methods],
    issued_at: renderTokenTime(claims.issuedAt),
    expires_at: renderTokenTime(claims.expiresAt),
    user: session ?? person,
    ...(session ? { assumed_by: { user: person } } : {}),
    ...(project ? { project: { id: project.id, name: project.name, domain: account } } : { domain: account }),
    roles: user.isOwner && !session ? [{ id: '0', name: 'te_admin' }] : [],
    catalog: place ? renderCatalog(place, project) : [],
  }
  return { token }
}

function domainOf({ domainId: id, domainName: name }: { readonly domainId: string; readonly domainName: string }) {
  return { id, name }
}

function renderCatalog({ region, endpoint }: Place, project: Project | null): Token['catalog'] {
  const services = [
    { type: 'iam', region: '*', url: `${endpoint}/v3` },
    ...(project ? [{ type: 'appstream', region, url: `${endpoint}/v1/${project.id}` }] : []),
  ]
  return services.map(({ type, region: where, url }) => ({
    id: `berth-${type}`,
    type,
    name: type,
    endpoints: [{ id: `berth-${type}-public`, interface: 'public', region: where, region_id: where, url }],
  }))
}
