import type { Clock } from '#kernel'
import type { IdentityCache } from '../identity-cache.ts'
import type { Keyring } from '../keys/keyring.ts'
import { openToken, type TokenClaims } from './token.ts'

export interface TokenOpenerDeps {
  readonly clock: Clock
  readonly keyring: Keyring
  readonly cache: IdentityCache
}

/** How often keys are looked for that nobody has announced. */
const RELOAD_MS = 1000

/** `<key id>.<sealed>`: what is not of this form was sealed by nobody. */
const FORM = /^[0-9a-f]{8}\.[\w-]{38,}$/

/**
 * Opens tokens, also those that another replica has sealed with a key that is new here: the keys are then read again.
 * Whoever sends garbage makes us read them once a second at most, and once after every change in the database.
 */
export function createTokenOpener({
  clock,
  keyring,
  cache,
}: TokenOpenerDeps): (text: string) => Promise<TokenClaims | undefined> {
  let reloading: Promise<void> | undefined
  let reloadedAt = Number.NEGATIVE_INFINITY
  let reloadedEpoch = Number.NaN

  const reload = (): Promise<void> => {
    const now = clock.now().getTime()
    if (cache.epoch === reloadedEpoch && now - reloadedAt < RELOAD_MS) return Promise.resolve()
    reloadedAt = now
    reloadedEpoch = cache.epoch
    return keyring.reload()
  }

  return async (text) => {
    if (FORM.test(text) && !keyring.isKnown(text)) {
      reloading ??= reload().finally(() => {
        reloading = undefined
      })
      await reloading
    }
    return openToken(keyring.tokens, text)
  }
}
