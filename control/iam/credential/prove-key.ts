import { timingSafeEqual } from 'node:crypto'
import type { Db } from '#db'
import { AppError, type Clock } from '#kernel'
import { sha256Hex } from '../../../contract/signing/signature.ts'
import { secretContext } from '../identity/account.service.ts'
import { findAccessKey, type Identity } from '../identity/identity.store.ts'
import type { Keyring } from '../keys/keyring.ts'
import { PERMANENT_KEY } from '../principal.ts'
import { earlier, type Proven, provenOf, requireSubject } from './subject.ts'
import { findTemporaryKey, type TemporaryKey } from './temporary-key.store.ts'
import { renderTokenTime } from './token.ts'

export interface LoadKeyDeps {
  readonly db: Db
  readonly clock: Clock
  readonly keyring: Keyring
}

/** What a temporary key needs beside a signature. */
interface Binding {
  readonly securityTokenSha256: string
  readonly endsAt: Date
}

export interface KnownKey {
  readonly secretKey: string
  /** Null for a permanent key. */
  readonly binding: Binding | null
  /** Whose it is, or why it is nobody's any more: told to those only who have proven that the key is theirs. */
  readonly holder: Proven | AppError
}

/** Undefined for a key that does not exist or is switched off: nobody can tell the two apart. */
export async function loadKey(deps: LoadKeyDeps, accessKey: string): Promise<KnownKey | undefined> {
  return (await loadPermanentKey(deps, accessKey)) ?? (await loadTemporaryKey(deps, accessKey))
}

async function loadPermanentKey({ db, keyring }: LoadKeyDeps, accessKey: string): Promise<KnownKey | undefined> {
  const found = await findAccessKey(db, accessKey)
  if (!found?.enabled) return undefined
  const { identity } = found
  const origin = { userId: identity.userId, assumed: null, credentialsAt: identity.credentialsAt, tokenIds: [] }
  const refused = whyRefused(identity)
  const holder = refused ?? provenOf({ user: identity, agency: null }, origin, PERMANENT_KEY, null)
  return { secretKey: keyring.secrets.open(found.secretSealed, secretContext(accessKey)), binding: null, holder }
}

function whyRefused({ enabled, accessMode }: Identity): AppError | undefined {
  if (!enabled) return new AppError('iam.principal_gone')
  return accessMode === 'console' ? new AppError('iam.console_only') : undefined
}

async function loadTemporaryKey(deps: LoadKeyDeps, accessKey: string): Promise<KnownKey | undefined> {
  const key = await findTemporaryKey(deps.db, accessKey)
  if (!key) return undefined
  const secretKey = deps.keyring.secrets.open(key.secretSealed, temporarySecretContext(accessKey))
  const { securityTokenSha256 } = key
  try {
    const { holder, endsAt } = await loadHolder(deps, key)
    return { secretKey, binding: { securityTokenSha256, endsAt }, holder }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { secretKey, binding: { securityTokenSha256, endsAt: key.expiresAt }, holder: error }
  }
}

async function loadHolder({ db, clock }: LoadKeyDeps, key: TemporaryKey): Promise<{ holder: Proven; endsAt: Date }> {
  const { origin, projectId, issuedAt, sessionPolicy } = key
  const subject = await requireSubject(db, origin, clock.now())
  const credential = { credential: 'temporary_key', projectId, issuedAt, tokenId: null, sessionPolicy } as const
  const endsAt = earlier(key.expiresAt, subject.agency?.endsAt ?? null)
  return { holder: provenOf(subject, origin, credential, endsAt), endsAt }
}

/** The context that ties the sealed secret of a temporary key to its access key. */
export function temporarySecretContext(accessKey: string): string {
  return `iam.temporary_key ${accessKey}`
}

/** Signed or not, the security token must be there and be that of the key (IAM reference, section 1.4). */
export function isSecurityToken(binding: Binding, sent: string): boolean {
  const expected = Buffer.from(binding.securityTokenSha256, 'hex')
  return timingSafeEqual(expected, Buffer.from(sha256Hex(sent), 'hex'))
}

export function refuseEnded({ endsAt }: Binding, now: Date): void {
  if (endsAt > now) return
  throw new AppError('iam.security_token_refused', {
    detail: `security token expires, expires_at: ${renderTokenTime(endsAt)}`,
  })
}
