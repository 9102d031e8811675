import type { Principal } from '#http'
import type { Identity } from './identity/identity.store.ts'
import { iamUrn } from './identity/urn.ts'

/** What a credential adds to the identity it belongs to. */
export interface Credential {
  readonly credential: Principal['credential']
  readonly projectId: string | null
  readonly issuedAt: Date | null
  readonly tokenId: string | null
  readonly sessionPolicy: string | null
}

/** A permanent key is bound to no project and was issued at no instant that matters. */
export const PERMANENT_KEY: Credential = {
  credential: 'access_key',
  projectId: null,
  issuedAt: null,
  tokenId: null,
  sessionPolicy: null,
}

export function userPrincipal(identity: Identity, credential: Credential): Principal {
  const { userId, userName, domainId, domainName, isOwner } = identity
  const urn = userUrn(domainId, userName)
  return { kind: 'user', userId, userName, domainId, domainName, urn, isOwner, outsideRoles: [], ...credential }
}

/** IAM reference, section 3.6. */
export function userUrn(domainId: string, userName: string): string {
  return iamUrn(domainId, 'user', userName)
}

export interface AgencyIdentity {
  readonly agencyId: string
  readonly agencyName: string
  readonly domainId: string
  readonly domainName: string
}

export function agencyPrincipal(agency: AgencyIdentity, sessionName: string, credential: Credential): Principal {
  const { agencyId: userId, agencyName: userName, domainId, domainName } = agency
  const urn = `sts::${domainId}:assumed-agency:${userName}/${sessionName}`
  return {
    kind: 'agency',
    userId,
    userName,
    domainId,
    domainName,
    urn,
    isOwner: false,
    outsideRoles: [],
    ...credential,
  }
}

/** Somebody whom an identity service outside knows, in an account that is known from there. */
export interface ExternalIdentity {
  readonly userId: string
  readonly userName: string
  /** The account that the user belongs to there; may be another than the one that the token is for. */
  readonly userDomainId: string
  readonly domainId: string
  readonly domainName: string
  readonly projectId: string | null
  readonly issuedAt: Date
}

export function externalPrincipal(identity: ExternalIdentity, outsideRoles: readonly string[]): Principal {
  const { userId, userName, domainId, domainName, projectId, issuedAt } = identity
  const urn = `sts::${domainId}:external-user:keystone/${externalSession(identity)}`
  return {
    kind: 'external',
    ...{ userId, userName, domainId, domainName, urn, isOwner: false, projectId, credential: 'token', issuedAt },
    ...{ tokenId: null, sessionPolicy: null, outsideRoles },
  }
}

/** A user of another account of the same name is another user: its name says so, and no name can pretend it. */
function externalSession({ userName, userDomainId, domainId }: ExternalIdentity): string {
  const name = userName.replace(/[%/]/g, encodeURIComponent)
  return userDomainId === domainId ? name : `${userDomainId}/${name}`
}
