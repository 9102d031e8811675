import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Db } from '#db'
import type { Principal, RawRequest } from '#http'
import { AppError, type Clock } from '#kernel'
import { parseAuthorization } from '../../contract/signing/authorization.ts'
import { headerValues } from '../../contract/signing/canonical-request.ts'
import { type AcceptedScopes, checkDate, type Verdict, verifySignature } from '../../contract/signing/verify.ts'
import { secretContext } from './account.service.ts'
import { findAccessKey, findIdentity, type Identity } from './identity.store.ts'
import type { Sealer } from './seal.ts'
import { openToken, renderTokenTime, type TokenClaims } from './token.ts'

export interface AuthenticateDeps {
  readonly db: Db
  readonly clock: Clock
  /** Opens the secret keys of the database. */
  readonly secrets: Sealer
  /** Opens tokens. */
  readonly tokens: Sealer
}

/** How long a look-up may be believed: the most that a disabled user or key goes on. */
const CACHE_MS = 10_000
const CACHE_ENTRIES = 10_000

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
  const keys = new LRUCache<string, KnownKey>({ max: CACHE_ENTRIES, ttl: CACHE_MS })
  const tokens = new LRUCache<string, { principal: Principal; expiresAt: Date }>({ max: CACHE_ENTRIES, ttl: CACHE_MS })

  const bySignature = async (request: RawRequest, header: string): Promise<Principal> => {
    const authorization = parseAuthorization(header)
    if (typeof authorization === 'string') throw malformed(authorization)
    refuse(checkDate(request.rawHeaders, deps.clock.now()))
    const known = keys.get(authorization.accessKey) ?? (await loadKey(deps, authorization.accessKey))
    keys.set(authorization.accessKey, known)
    refuse(verifySignature(request, authorization, known.secretKey, scopes))
    return known.principal
  }

  const byToken = async (text: string): Promise<Principal> => {
    const digest = createHash('sha256').update(text).digest('base64')
    const known = tokens.get(digest) ?? (await loadToken(deps, text))
    refuseExpired(known.expiresAt, deps.clock.now())
    tokens.set(digest, known)
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

async function loadKey({ db, secrets }: AuthenticateDeps, accessKey: string): Promise<KnownKey> {
  const found = await findAccessKey(db, accessKey)
  if (!found?.enabled) throw new AppError('iam.access_key_unknown', { accessKey })
  const secretKey = secrets.open(found.secretSealed, secretContext(accessKey))
  return { secretKey, principal: principalOf(found.identity, null, 'access_key') }
}

async function loadToken(deps: AuthenticateDeps, text: string): Promise<{ principal: Principal; expiresAt: Date }> {
  const claims = openToken(deps.tokens, text)
  if (!claims) throw new AppError('iam.token_undecodable')
  refuseExpired(claims.expiresAt, deps.clock.now())
  const identity = await findIdentity(deps.db, claims.userId)
  return { principal: principalOf(identity, claims, 'token'), expiresAt: claims.expiresAt }
}

function refuseExpired(expiresAt: Date, now: Date): void {
  if (expiresAt <= now) throw new AppError('iam.token_expired', { expiresAt: renderTokenTime(expiresAt) })
}

function principalOf(
  identity: Identity | undefined,
  claims: TokenClaims | null,
  credential: Principal['credential'],
): Principal {
  if (!identity?.enabled) throw new AppError('iam.principal_gone')
  const { userId, userName, domainId, domainName, isOwner } = identity
  return { userId, userName, domainId, domainName, isOwner, projectId: claims?.projectId ?? null, credential }
}
