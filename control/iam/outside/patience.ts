import { AppError, type Clock, Crowded, createTurnstile, type Log } from '#kernel'
import { OutsideFailure } from './exchange.ts'

/** Questions under way at once, and questions that may wait for their turn. */
export const AT_ONCE = 8
export const WAITING = 128
/** After silence nobody asks for this long; those who waited for their turn are answered at once. */
const PAUSE_MS = 1_000

/** Asks the service outside. */
export type Ask = <T>(question: () => Promise<T>) => Promise<T>

/** Asks a service that may be away, slow or out of order, within bounds. Throws `iam.outside_unavailable`. */
export function createPatience(clock: Clock, log: Log): Ask {
  const enter = createTurnstile(AT_ONCE, WAITING)
  let silentAt: Date | undefined

  const refuseInPause = (): void => {
    const past = silentAt === undefined ? Number.NaN : clock.now().getTime() - silentAt.getTime()
    if (past >= 0 && past < PAUSE_MS) throw unavailable('the identity service outside does not answer')
  }

  const failed = (error: OutsideFailure): AppError => {
    log.warn({ error: error.message }, 'the identity service outside could not be asked')
    if (!error.isSilence) return unavailable('the identity service outside does not answer as it should', error)
    silentAt = clock.now()
    return unavailable('the identity service outside does not answer', error)
  }

  return async (question) => {
    refuseInPause()
    const leave = await enter().catch((error: unknown) => {
      throw error instanceof Crowded ? unavailable('too many tokens are being checked at once') : error
    })
    try {
      refuseInPause()
      return await question()
    } catch (error) {
      throw error instanceof OutsideFailure ? failed(error) : error
    } finally {
      leave()
    }
  }
}

function unavailable(reason: string, cause?: unknown): AppError {
  return new AppError('iam.outside_unavailable', { reason }, { cause })
}
