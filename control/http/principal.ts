import type { ResourceType } from '../../contract/operation.ts'

/** Who makes the call, as the credential proves it. */
export interface Principal {
  /** A user of the account, an agency that somebody has assumed, or a user of an identity service outside. */
  readonly kind: 'user' | 'agency' | 'external'
  /** Id and name of that user or agency. */
  readonly userId: string
  readonly userName: string
  readonly domainId: string
  readonly domainName: string
  /** `iam::<account>:user:<name>`, `sts::<account>:assumed-agency:<agency>/<session>`. */
  readonly urn: string
  /** The account itself: may call everything in its own projects. */
  readonly isOwner: boolean
  /** Project a credential is scoped to; null for an access key, which is bound to none, and for a domain token. */
  readonly projectId: string | null
  readonly credential: 'token' | 'access_key' | 'temporary_key'
  /** When the token or temporary key was issued; null for a permanent key. */
  readonly issuedAt: Date | null
  /** Which token it is, so that it can be revoked. */
  readonly tokenId: string | null
  /** A document that narrows what this credential may do, as text; null when nothing does. */
  readonly sessionPolicy: string | null
  /** Names of system policies that an identity service outside grants; empty for our own identities. */
  readonly outsideRoles: readonly string[]
}

/** A request as it was received, for whoever has to check a signature over it. */
export interface RawRequest {
  readonly method: string
  /** Path and query exactly as on the request line. */
  readonly requestTarget: string
  /** Names and values alternating, as Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** Address of the client: the peer's, or what a trusted proxy says. */
  readonly sourceIp: string
  /** The client speaks TLS, to us or to a trusted proxy. */
  readonly isSecure: boolean
}

/** A word beside a resource, that conditions of policies compare. */
export interface ResourceTag {
  readonly key: string
  readonly value?: string
}

/** What an action is done to. */
export interface Resource {
  readonly type: ResourceType
  /** Path of the URN: an id, for users and the like a name. */
  readonly id: string
  /** What lists its id, where the path of the URN is a name. */
  readonly ownId?: string
  /** Whose it is; of the account of the caller when absent. */
  readonly accountId?: string
  /** What refusals say in its place, where its account and path are not for everybody to know. */
  readonly toldAs?: { readonly id: string; readonly accountId: string }
  readonly tags: readonly ResourceTag[]
  /** `'0'` is the default one; null for what belongs to none, such as users. */
  readonly enterpriseProjectId: string | null
  /** Is the caller itself: nobody has to allow it, but who denies it is heard. */
  readonly isOwn?: boolean
}

/** One question of authorization: may the caller do this, here, to that? Without a resource: to any of its kind. */
export interface Check {
  readonly action: string
  /** Null for services of the account as a whole, such as IAM. */
  readonly projectId: string | null
  readonly resource: Resource | null
  /** Tags that the request itself brings. */
  readonly requestTags?: readonly ResourceTag[]
}

/** What the door of the API asks, in this order, before the work begins. */
export interface Door {
  authenticate(request: RawRequest): Promise<Principal>
  /** Throws unless the principal may use the project at all; says the same for unknown and foreign projects. */
  requireProject(principal: Principal, projectId: string): Promise<void>
  /** Throws unless every check is allowed to this principal in this request. */
  authorize(principal: Principal, checks: readonly Check[], request: RawRequest): Promise<void>
}
