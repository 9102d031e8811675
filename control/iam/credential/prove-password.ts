import { createHash } from 'node:crypto'
import type { Db } from '#db'
import { AppError, type Clock } from '#kernel'
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

/** The user that a password proves. Says the same for a wrong name and a wrong password, also when it is locked. */
export type PasswordProver = (login: Login) => Promise<Identity>

/**
 * Guessing is bounded for a user at an address, so that a stranger elsewhere locks nobody out. Users that do not exist are
 * counted as those that do, and the guesses of a pair are judged one after the other: a hundred at once are five.
 */
export function createPasswordProver({ db, clock }: ProvePasswordDeps): PasswordProver {
  const lockout = createLockout()
  const turns = inTurn()

  return async ({ user, password, sourceIp }) => {
    const found = await findIdentityBy(db, user)
    const attempt = { sourceAddress: sourceIp, accessKey: found?.userId ?? digestOf(user) }
    return turns(`${sourceOf(sourceIp)} ${attempt.accessKey}`, async () => {
      const until = lockout.findLock(attempt, clock.now())
      if (until) throw new AppError('iam.password_locked', { until: renderTokenTime(until) })
      const fits = await checkPassword(password, found?.passwordHash ?? undefined)
      if (!found || !fits || !found.enabled) {
        lockout.recordFailure(attempt, clock.now())
        throw new AppError('iam.password_wrong')
      }
      lockout.recordSuccess(attempt)
      return found
    })
  }
}

/** A place of its own for a user that does not exist, of a fixed size whatever was sent. */
function digestOf({ id, name, domainId, domainName }: UserReference): string {
  return createHash('sha256')
    .update(JSON.stringify([id, name, domainId, domainName]))
    .digest('base64')
}
