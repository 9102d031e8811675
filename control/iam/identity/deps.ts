import type { Db } from '#db'
import type { Clock } from '#kernel'
import type { IdentityCache } from '../identity-cache.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Identity } from './identity.store.ts'

export interface IdentityDeps {
  readonly db: Db
  readonly clock: Clock
  readonly cache: IdentityCache
  readonly keyring: Keyring
  /** The region of this installation; its projects are called after it. */
  readonly region: string
  /** Where clients reach this API; goes into links. */
  readonly endpoint: () => string
}

/** Says whose password it is, within the bounds of a login. Throws iam.password_wrong and iam.password_locked. */
export type ProvePassword = (login: {
  readonly user: { readonly id: string }
  readonly password: string
  readonly sourceIp: string
}) => Promise<Identity>

export interface UserDeps extends IdentityDeps {
  readonly provePassword: ProvePassword
}
