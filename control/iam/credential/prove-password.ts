import { createHash } from 'node:crypto'
import type { Db } from '#db'
import { AppError, type Clock, Crowded, createTurnstile } from '#kernel'
import { findIdentityBy, type Identity, type UserReference } from '../identity/identity.store.ts'
import { checkPassword } from '../identity/password.ts'
import { createLockout, sourceOf } from './lockout.ts'
import { renderTokenTime } from './token.ts'
import { inTurn } from './turn.ts'

export interface ProvePasswordDeps {
  readonly db: Db
  readonly clock: Clock
}

export interface Login {
  readonly user: UserReference
  readonly password: string
  readonly sourceIp: string
}

/** Hashes under way at once, and those that may wait: each takes 19 MiB and a thread of four. */
const AT_ONCE = 2
const WAITING = 64

/** The user that a password proves. Says the same for a wrong name and a wrong password, also when it is locked. */
export type PasswordProver = (login: Login) => Promise<Identity>

/**
 * Guessing is bounded for a user at an address, so that a stranger elsewhere locks nobody out. Users that do not exist are
 * counted as those that do, and the guesses of an address are judged one after the other: at once they are no more than
 * in a row, be they for one user or for many. Throws iam.password_wrong, iam.password_locked, and http.unavailable when
 * too many addresses ask at once.
 */
export function createPasswordProver({ db, clock }: ProvePasswordDeps): PasswordProver {
  const lockout = createLockout()
  const turns = inTurn()
  const enter = createTurnstile(AT_ONCE, WAITING)
  const check = async (password: string, hash: string | undefined): Promise<boolean> => {
    const leave = await enter().catch((error: unknown) => {
      throw error instanceof Crowded ? crowded(error) : error
    })
    try {
      return await checkPassword(password, hash)
    } finally {
      leave()
    }
  }

  return async ({ user, password, sourceIp }) => {
    const found = await findIdentityBy(db, user)
    const attempt = { sourceAddress: sourceIp, accessKey: found?.userId ?? digestOf(user) }
    return turns(sourceOf(sourceIp), async () => {
      const until = lockout.findLock(attempt, clock.now())
      if (until) throw new AppError('iam.password_locked', { until: renderTokenTime(until) })
      const fits = await check(password, found?.passwordHash ?? undefined)
      if (!found || !fits || !found.enabled) {
        lockout.recordFailure(attempt, clock.now())
        throw new AppError('iam.password_wrong')
      }
      lockout.recordSuccess(attempt)
      return found
    })
  }
}

function crowded(cause: Crowded): AppError {
  return new AppError('http.unavailable', { reason: 'too many passwords are being checked at once' }, { cause })
}

/** A place of its own for a user that does not exist, of a fixed size whatever was sent. */
function digestOf({ id, name, domainId, domainName }: UserReference): string {
  return createHash('sha256')
    .update(JSON.stringify([id, name, domainId, domainName]))
    .digest('base64')
}
