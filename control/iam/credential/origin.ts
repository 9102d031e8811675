/** An agency that a user has assumed, and under which name. */
export interface Assumed {
  readonly agencyId: string
  readonly sessionName: string
}

/** What stands behind a token or a temporary key, and so behind whatever is made from it. */
export interface Origin {
  /** The user whose credential it is, or who has assumed the agency. */
  readonly userId: string
  readonly assumed: Assumed | null
  /**
   * `credentials_at` of the user, read together with what proved it. When the user's is another one, password or keys
   * have changed since and everything made from them must be renewed. Never compared with a clock, nor for order: a
   * change while a password is being checked is noticed as well, however the clocks of the replicas go.
   */
  readonly credentialsAt: Date
  /** Tokens it was made from, oldest first; of a token its own id is the last. Revoking any of them ends it. */
  readonly tokenIds: readonly string[]
}

/** Tokens may be traded for others this often; each trade makes the token a little longer. */
export const MAX_TRADES = 8

/** The same behind a further credential, whatever it is made for. */
export function isSameOrigin(one: Origin, another: Origin): boolean {
  return (
    one.userId === another.userId &&
    one.assumed?.agencyId === another.assumed?.agencyId &&
    one.assumed?.sessionName === another.assumed?.sessionName
  )
}
