/** How the control plane proves itself to the identity service outside, to be allowed to validate tokens there. */
export type OutsideCredential =
  | {
      readonly kind: 'password'
      readonly user: string
      readonly userDomain: string
      readonly password: string
      /** Where the right to validate tokens is held; null for the domain of the user. */
      readonly project: { readonly name: string; readonly domain: string } | null
    }
  | { readonly kind: 'application_credential'; readonly id: string; readonly secret: string }

/** An identity service outside whose tokens are accepted here. */
export interface OutsideConfig {
  /** Without a slash at the end and without `/v3`. */
  readonly url: string
  /** File with the certificates that are trusted for it instead of the usual ones; null for the usual ones. */
  readonly caFile: string | null
  readonly credential: OutsideCredential
  /** Names of roles there, and of the system policies that each stands for here. Other roles grant nothing. */
  readonly roles: ReadonlyMap<string, readonly string[]>
  /** How long an answer is believed, so how long a token that was revoked there may still work here: 1 to 60. */
  readonly cacheSeconds: number
}
