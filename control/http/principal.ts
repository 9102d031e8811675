/** Who makes the call, as the credential proves it. */
export interface Principal {
  readonly userId: string
  readonly userName: string
  readonly domainId: string
  readonly domainName: string
  /** The account itself: may call everything in its own projects. */
  readonly isOwner: boolean
  /** Project a token is scoped to; null for an access key, which is bound to none, and for a domain token. */
  readonly projectId: string | null
  readonly credential: 'token' | 'access_key'
}

/** A request as it was received, for whoever has to check a signature over it. */
export interface RawRequest {
  readonly method: string
  /** Path and query exactly as on the request line. */
  readonly requestTarget: string
  /** Names and values alternating, as Node's `rawHeaders`. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** What an action is done to. */
export interface Resource {
  readonly type: 'server' | 'serverGroup' | 'subnet' | 'port'
  readonly id: string
  readonly tags: readonly { readonly key: string; readonly value?: string }[]
  readonly enterpriseProjectId: string
}

/** One question of authorization: may the caller do this, here, to that? Without a resource: to any of its kind. */
export interface Check {
  readonly action: string
  readonly projectId: string
  readonly resource: Resource | null
}

/** What the door of the API asks, in this order, before the work begins. */
export interface Door {
  authenticate(request: RawRequest): Promise<Principal>
  /** Throws unless the principal may use the project at all; says the same for unknown and foreign projects. */
  requireProject(principal: Principal, projectId: string): Promise<void>
  /** Throws unless every check is allowed. */
  authorize(principal: Principal, checks: readonly Check[]): Promise<void>
}
