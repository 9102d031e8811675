import { type Clock, secondsAfter } from '#kernel'
import type { OwnToken } from './answer.ts'
import { OutsideFailure } from './exchange.ts'

/** The control plane's own token outside, obtained when it is needed and renewed before it expires. */
export interface OwnTokens {
  require(): Promise<string>
  /** The service outside does not take it any more; one that it gave a moment ago is kept all the same. */
  forget(text: string): void
}

/** A renewal this long before the end, or a tenth of its life, if that is shorter. */
const RENEW_SECONDS = 300
/** Between two logins that are refused, or whose tokens are: some services lock users out who fail too often. */
const PAUSE_SECONDS = 10

interface Known extends OwnToken {
  readonly obtainedAt: Date
  readonly renewAt: Date
}

interface Refused {
  readonly error: unknown
  readonly until: Date
}

export function createOwnTokens(clock: Clock, obtain: () => Promise<OwnToken>): OwnTokens {
  let known: Known | undefined
  let refused: Refused | undefined
  let pending: Promise<string> | undefined

  const renew = async (): Promise<string> => {
    try {
      known = knownFrom(await obtain(), clock.now())
      refused = undefined
      return known.text
    } catch (error) {
      const now = clock.now()
      const isSilence = error instanceof OutsideFailure && error.isSilence
      if (!isSilence) refused = { error, until: secondsAfter(now, PAUSE_SECONDS) }
      if (known !== undefined && now < known.expiresAt) return known.text
      throw error
    }
  }

  return {
    require: async () => {
      const now = clock.now()
      if (known !== undefined && now < known.renewAt) return known.text
      if (refused === undefined || refused.until <= now) {
        pending ??= renew().finally(() => {
          pending = undefined
        })
        return pending
      }
      if (known !== undefined && now < known.expiresAt) return known.text
      throw refused.error
    },
    forget: (text) => {
      if (known?.text === text && secondsAfter(known.obtainedAt, PAUSE_SECONDS) <= clock.now()) known = undefined
    },
  }
}

function knownFrom(token: OwnToken, obtainedAt: Date): Known {
  const seconds = (token.expiresAt.getTime() - obtainedAt.getTime()) / 1000
  return { ...token, obtainedAt, renewAt: secondsAfter(token.expiresAt, -Math.min(RENEW_SECONDS, seconds / 10)) }
}
