import type { Principal, RawRequest } from '#http'
import { AppError } from '#kernel'
import { type Authorization, parseAuthorization } from '../../../contract/signing/authorization.ts'
import { headerValues } from '../../../contract/signing/canonical-request.ts'
import { type AcceptedScopes, checkDate, type Verdict, verifySignature } from '../../../contract/signing/verify.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { OutsideTokens } from '../outside/outside.service.ts'
import { type Attempt, createLockout, type Lockout } from './lockout.ts'
import { isSecurityToken, type KnownKey, loadKey, refuseEnded } from './prove-key.ts'
import { createTokenProver, type ProveTokenDeps } from './prove-token.ts'

export interface AuthenticateDeps extends ProveTokenDeps {
  readonly keyring: Keyring
  /** Whom to ask about tokens that are not ours; nobody without. */
  readonly outside?: OutsideTokens | undefined
}

/** What a derived key may name as its service: what is served here, by the names that clients know it by. */
const SERVICES = ['workspace', 'workspaceapp', 'appstream', 'iam', 'sts', 'vpc']

/**
 * Proves who makes a request (IAM reference, section 2.5). A request with an Authorization header is signed or refused:
 * never tried as a token.
 */
export function createAuthenticator(
  deps: AuthenticateDeps,
  region: string,
): (request: RawRequest) => Promise<Principal> {
  const scopes: AcceptedScopes = { regions: [region, 'globe'], services: SERVICES }
  const remember = deps.cache.remember<KnownKey>('key')
  const proveToken = createTokenProver(deps)
  const lockout = createLockout()

  const bySignature = async (request: RawRequest, header: string): Promise<Principal> => {
    const authorization = parseAuthorization(header)
    if (typeof authorization === 'string') throw malformed(authorization)
    refuse(checkDate(request.rawHeaders, deps.clock.now()))
    const { accessKey } = authorization
    const known = await remember(accessKey, () => loadKey(deps, accessKey))
    // from here on nothing waits, so that requests side by side cannot guess more often than those in a row
    const now = deps.clock.now()
    const attempt = { sourceAddress: request.sourceIp, accessKey: known ? accessKey : null }
    if (lockout.findLock(attempt, now)) throw new AppError('iam.access_key_locked')
    const { binding, holder } = counting(lockout, attempt, now, () => verifyKey(request, authorization, known, scopes))
    if (binding) refuseEnded(binding, now)
    if (holder instanceof AppError) throw holder
    return holder
  }

  return async (request) => {
    const [authorization, ...others] = headerValues(request.rawHeaders, 'authorization')
    if (others.length > 0) throw malformed('there is more than one')
    if (authorization !== undefined) return bySignature(request, authorization)
    const [token, ...more] = headerValues(request.rawHeaders, 'x-auth-token')
    if (token === undefined || token === '') throw new AppError('iam.credentials_missing')
    if (more.length > 0) throw new AppError('iam.token_undecodable')
    return (await deps.outside?.authenticate(token)) ?? (await proveToken(token)).principal
  }
}

/** Guesses that count; a request that cannot be judged, for a header is missing, is none. */
const GUESSES: readonly string[] = ['iam.access_key_unknown', 'iam.signature_mismatch', 'iam.security_token_refused']

function counting<T>(lockout: Lockout, attempt: Attempt, now: Date, verify: () => T): T {
  try {
    const verified = verify()
    lockout.recordSuccess(attempt)
    return verified
  } catch (error) {
    if (error instanceof AppError && GUESSES.includes(error.word)) lockout.recordFailure(attempt, now)
    throw error
  }
}

function verifyKey(
  request: RawRequest,
  authorization: Authorization,
  known: KnownKey | undefined,
  scopes: AcceptedScopes,
): KnownKey {
  if (!known) throw new AppError('iam.access_key_unknown', { accessKey: authorization.accessKey })
  if (known.binding) {
    const sent = headerValues(request.rawHeaders, 'x-security-token')
    if (sent.length !== 1) throw new AppError('iam.security_token_missing')
    if (!isSecurityToken(known.binding, sent[0] ?? '')) {
      throw new AppError('iam.security_token_refused', { detail: 'the X-Security-Token is not that of the access key' })
    }
  }
  refuse(verifySignature(request, authorization, known.secretKey, scopes))
  return known
}

function malformed(detail: string): AppError {
  return new AppError('iam.authorization_malformed', { detail })
}

function refuse(verdict: Verdict): void {
  if (verdict.ok) return
  if (verdict.reason === 'malformed') throw malformed(verdict.detail)
  const { reason, ...facts } = verdict
  throw new AppError(reason === 'expired' ? 'iam.signature_expired' : 'iam.signature_mismatch', facts)
}
