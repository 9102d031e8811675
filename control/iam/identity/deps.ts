import type { Db } from '#db'
import type { Clock } from '#kernel'
import type { IdentityCache } from '../identity-cache.ts'
import type { Keyring } from '../keys/keyring.ts'

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
