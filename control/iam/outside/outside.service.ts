import { createHash } from 'node:crypto'
import type { Db } from '#db'
import type { Principal } from '#http'
import { AppError, type Clock, type Log } from '#kernel'
import type { IdentityCache } from '../identity-cache.ts'
import { isSealedForm } from '../keys/keyring.ts'
import { externalPrincipal } from '../principal.ts'
import { type Admission, admissionOf } from './admission.ts'
import { isTokenText, type OutsideToken } from './answer.ts'
import type { OutsideConfig } from './config.ts'
import type { OutsideIdentity } from './keystone.ts'
import { findPlace, insertPlace, type OutsidePlace } from './outside.store.ts'
import { createPatience } from './patience.ts'
import { createVerdicts } from './verdict-cache.ts'

/** Tokens that are not ours. */
export interface OutsideTokens {
  /**
   * Who a token is of; undefined when the service outside does not take it. Throws `iam.outside_unavailable` when it
   * cannot be asked, and `iam.forbidden` when the token is good there and good for nothing here.
   */
  authenticate(token: string): Promise<Principal | undefined>
}

export interface OutsideDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly cache: IdentityCache
  readonly identity: OutsideIdentity
}

/** What is kept of a token that the service outside takes; names of its roles are not. */
interface Accepted {
  readonly principal: Principal
  readonly place: OutsidePlace
}

export function createOutsideTokens(
  deps: OutsideDeps,
  { roles, cacheSeconds }: Pick<OutsideConfig, 'roles' | 'cacheSeconds'>,
): OutsideTokens {
  const verdicts = createVerdicts<Accepted>(deps.clock, cacheSeconds)
  const ask = createPatience(deps.clock, deps.log)
  const remember = deps.cache.remember<{ readonly admission: Admission }>('outside')

  const load = async (token: string) => {
    const found = await ask(() => deps.identity.validate(token))
    return found && { value: acceptedOf(found, roles), expiresAt: found.expiresAt }
  }

  return {
    authenticate: async (token) => {
      // one of ours is a secret of ours, whatever became of it
      if (!isTokenText(token) || isSealedForm(token)) return undefined
      const digest = createHash('sha256').update(token).digest('base64')
      const accepted = await verdicts.find(digest, () => load(token))
      if (!accepted) return undefined
      const { principal, place } = accepted
      if (principal.outsideRoles.length === 0) throw forbidden('None of the roles of the token means anything here')
      const key = JSON.stringify([place.domain.id, place.project?.id, place.userId])
      const known = await remember(key, async () => ({ admission: await admit(deps, place) }))
      if (known?.admission !== 'admitted') throw forbidden('The account of the token is not accepted from outside')
      return principal
    },
  }
}

function forbidden(what: string): AppError {
  return new AppError('iam.forbidden', { reason: `${what}.`, action: 'any action' })
}

function acceptedOf(token: OutsideToken, roles: OutsideConfig['roles']): Accepted {
  const policies = new Set(token.roles.flatMap((role) => roles.get(role) ?? []))
  const { domainId: id, domainName: name, project, userId } = token
  return { principal: externalPrincipal(token, [...policies].sort()), place: { domain: { id, name }, project, userId } }
}

/** Others may make the same rows at the same moment, and who comes second sees them only in the next statement. */
const ROUNDS = 3

async function admit({ db, clock, log }: OutsideDeps, place: OutsidePlace): Promise<Admission> {
  let admission = admissionOf(place, await findPlace(db, place))
  for (let round = 1; admission === 'missing' && round <= ROUNDS; round++) {
    await insertPlace(db, place, clock.now())
    admission = admissionOf(place, await findPlace(db, place))
  }
  const facts = { domain: place.domain, project: place.project, userId: place.userId }
  if (admission !== 'admitted') log.warn({ ...facts, admission }, 'a token from outside is for what is not outside')
  return admission
}
