import { createHash } from 'node:crypto'
import type { Db } from '#db'
import type { Principal, RawRequest } from '#http'
import { AppError, type Clock } from '#kernel'
import { parseAuthorization } from '../../../contract/signing/authorization.ts'
import { headerValues } from '../../../contract/signing/canonical-request.ts'
import { type AcceptedScopes, checkDate, type Verdict, verifySignature } from '../../../contract/signing/verify.ts'
import { secretContext } from '../identity/account.service.ts'
import { findAccessKey, findIdentity, type Identity } from '../identity/identity.store.ts'
import type { IdentityCache } from '../identity-cache.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { OutsideTokens } from '../outside/outside.service.ts'
import { type Credential, PERMANENT_KEY, userPrincipal } from '../principal.ts'
import { openToken, renderTokenTime, type TokenClaims } from './token.ts'

export interface AuthenticateDeps {
  readonly db: Db
  readonly clock: Clock
  readonly keyring: Keyring
  readonly cache: IdentityCache
  /** Whom to ask about tokens that are not ours; nobody without. */
  readonly outside?: OutsideTokens | undefined
}

interface KnownKey {
  readonly secretKey: string
  readonly principal: Principal
}

/** What a derived key may name as its service: what is served here, by the names that clients know it by. */
const SERVICES = ['workspace', 'workspaceapp', 'appstream', 'iam', 'vpc']

/** Proves who makes a request. A request with an Authorization header is signed or refused: never tried as a token. */
export function createAuthenticator(
  deps: AuthenticateDeps,
  region: string,
): (request: RawRequest) => Promise<Principal> {
  const scopes: AcceptedScopes = { regions: [region, 'globe'], services: SERVICES }
  const rememberKey = deps.cache.remember<KnownKey>('key')
  const rememberToken = deps.cache.remember<KnownToken>('token')

  const bySignature = async (request: RawRequest, header: string): Promise<Principal> => {
    const authorization = parseAuthorization(header)
    if (typeof authorization === 'string') throw malformed(authorization)
    refuse(checkDate(request.rawHeaders, deps.clock.now()))
    const { accessKey } = authorization
    const known = await rememberKey(accessKey, () => loadKey(deps, accessKey))
    if (!known) throw new AppError('iam.access_key_unknown', { accessKey })
    refuse(verifySignature(request, authorization, known.secretKey, scopes))
    return known.principal
  }

  const byToken = async (text: string): Promise<Principal> => {
    const digest = createHash('sha256').update(text).digest('base64')
    const known = await rememberToken(digest, () => loadToken(deps, text))
    if (!known) return byOutsideToken(deps, text)
    refuseExpired(known.expiresAt, deps.clock.now())
    return known.principal
  }

  return (request) => {
    const [authorization, ...others] = headerValues(request.rawHeaders, 'authorization')
    if (others.length > 0) throw malformed('there is more than one')
    if (authorization !== undefined) return bySignature(request, authorization)
    const [token] = headerValues(request.rawHeaders, 'x-auth-token')
    if (token === undefined || token === '') throw new AppError('iam.credentials_missing')
    return byToken(token)
  }
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

async function byOutsideToken({ outside }: AuthenticateDeps, text: string): Promise<Principal> {
  const principal = await outside?.authenticate(text)
  if (!principal) throw new AppError('iam.token_undecodable')
  return principal
}

async function loadKey({ db, keyring }: AuthenticateDeps, accessKey: string): Promise<KnownKey | undefined> {
  const found = await findAccessKey(db, accessKey)
  if (!found?.enabled) return undefined
  const secretKey = keyring.secrets.open(found.secretSealed, secretContext(accessKey))
  return { secretKey, principal: principalOf(found.identity, PERMANENT_KEY) }
}

interface KnownToken {
  readonly principal: Principal
  readonly expiresAt: Date
}

async function loadToken(deps: AuthenticateDeps, text: string): Promise<KnownToken | undefined> {
  const claims = openToken(deps.keyring.tokens, text)
  if (!claims) return undefined
  refuseExpired(claims.expiresAt, deps.clock.now())
  const identity = await findIdentity(deps.db, claims.userId)
  return { principal: principalOf(identity, credentialOf(claims)), expiresAt: claims.expiresAt }
}

function refuseExpired(expiresAt: Date, now: Date): void {
  if (expiresAt <= now) throw new AppError('iam.token_expired', { expiresAt: renderTokenTime(expiresAt) })
}

function credentialOf({ projectId, issuedAt }: TokenClaims): Credential {
  return { credential: 'token', projectId, issuedAt, tokenId: null, sessionPolicy: null }
}

function principalOf(identity: Identity | undefined, credential: Credential): Principal {
  if (!identity?.enabled) throw new AppError('iam.principal_gone')
  return userPrincipal(identity, credential)
}
