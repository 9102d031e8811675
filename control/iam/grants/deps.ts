import type { Db } from '#db'
import type { Clock } from '#kernel'
import type { IdentityCache } from '../identity-cache.ts'

export interface GrantsDeps {
  readonly db: Db
  readonly clock: Clock
  readonly cache: IdentityCache
  /** Where clients reach this API; goes into links. */
  readonly endpoint: () => string
}
