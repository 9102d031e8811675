import { randomBytes, randomInt } from 'node:crypto'
import type { Check, Principal } from '#http'
import { AppError, secondsAfter } from '#kernel'
import type { BodyOf, ResponseOf } from '../../../contract/operation.ts'
import type {
  assumeAgency as assumeOperation,
  createTemporaryAccessKey,
} from '../../../contract/operations/iam/temporary-key.ts'
import { SESSION_SECONDS } from '../../../contract/operations/iam/temporary-key.ts'
import { sha256Hex } from '../../../contract/signing/signature.ts'
import { assumeAgency, STS_ACTION } from './assume.ts'
import type { Origin } from './origin.ts'
import { temporarySecretContext } from './prove-key.ts'
import type { TokenProver } from './prove-token.ts'
import { requireSessionPolicy, requireSessionPolicyText } from './session-policy.ts'
import { earlier, findProven } from './subject.ts'
import { deleteExpiredTemporaryKeys, insertTemporaryKey } from './temporary-key.store.ts'
import { requireAgencyName, type TokenDeps } from './token.service.ts'
import { renderTokenTime } from './token.ts'

type Identity = BodyOf<typeof createTemporaryAccessKey>['auth']['identity']
type Credential = ResponseOf<typeof createTemporaryAccessKey>['credential']
type Assume = BodyOf<typeof assumeOperation>

export interface Caller {
  readonly principal: Principal | null
  readonly authorize: (checks: readonly Check[]) => Promise<void>
}

/** What a temporary key is made of; everything else is decided here. */
interface Session {
  readonly origin: Origin
  readonly projectId: string | null
  readonly seconds: number
  /** What it is made from, or the longest session of the agency, ends then. */
  readonly endsAt: Date
  readonly sessionPolicy: string | null
}

/** `POST /v3.0/OS-CREDENTIAL/securitytokens` (IAM reference, section 1.4). */
export async function createTemporaryKey(
  deps: TokenDeps,
  prove: TokenProver,
  identity: Identity,
  caller: Caller,
): Promise<Credential> {
  const sessionPolicy = identity.policy === undefined ? null : requireSessionPolicy(identity.policy)
  const session =
    identity.methods[0] === 'token'
      ? await sessionOfToken(prove, identity, caller)
      : await sessionOfAgency(deps, identity, caller)
  const key = await issueKey(deps, { ...session, sessionPolicy })
  const { access, secret, securityToken, expiresAt } = key
  return { access, secret, securitytoken: securityToken, expires_at: renderTokenTime(expiresAt) }
}

type Unlimited = Omit<Session, 'sessionPolicy'>

/** Of the token in X-Auth-Token, which wins, or in the body. The key is good where and while the token is. */
async function sessionOfToken(prove: TokenProver, { token }: Identity, { principal }: Caller): Promise<Unlimited> {
  const seconds = token?.duration_seconds ?? SESSION_SECONDS.least
  const own = principal?.credential === 'token' ? findProven(principal) : null
  if (principal && own?.endsAt)
    return { origin: own.origin, projectId: principal.projectId, seconds, endsAt: own.endsAt }
  if (token?.id === undefined) throw new AppError('iam.credentials_missing')
  const { claims, endsAt } = await prove(token.id)
  return { origin: claims, projectId: claims.projectId, seconds, endsAt }
}

async function sessionOfAgency(deps: TokenDeps, { assume_role }: Identity, caller: Caller): Promise<Unlimited> {
  const agency = requireAgencyName(assume_role)
  const sessionName = assume_role?.session_user?.name ?? null
  const request = { ...caller, agency, sessionName, action: 'iam:agencies:assume' }
  const { origin, endsAt } = await assumeAgency(deps, request)
  const seconds = assume_role?.duration_seconds ?? SESSION_SECONDS.least
  return { origin, projectId: null, seconds, endsAt }
}

const DEFAULT_SECONDS = 3600
const AGENCY_URN = /^iam::([^:]+):agency:(.*\/)?([^/]+)$/

/** `POST /v5/agencies/assume` of the security token service (IAM reference, section 1.4). */
export async function assumeByUrn(
  deps: TokenDeps,
  body: Assume,
  caller: Caller,
): Promise<ResponseOf<typeof assumeOperation>> {
  const [, domainId, path = '', name = ''] = AGENCY_URN.exec(body.agency_urn) ?? []
  if (domainId === undefined) throw invalid('agency_urn must be of the form iam::<account>:agency:<path><name>')
  const sessionPolicy = body.policy === undefined ? null : requireSessionPolicyText(body.policy)
  const sessionName = body.agency_session_name
  const agency = { name, path, domainId, domainName: undefined }
  const { origin, subject, endsAt } = await assumeAgency(deps, {
    ...caller,
    agency,
    sessionName,
    action: STS_ACTION,
  })
  const { agencyId, agencyName, maxSessionSeconds } = subject.agency
  const seconds = body.duration_seconds ?? Math.min(DEFAULT_SECONDS, maxSessionSeconds)
  if (seconds > maxSessionSeconds) throw invalid(`duration_seconds is at most ${maxSessionSeconds} for this agency`)
  const key = await issueKey(deps, { origin, projectId: null, seconds, endsAt, sessionPolicy })
  return {
    assumed_agency: {
      urn: `sts::${domainId}:assumed-agency:${agencyName}/${sessionName}`,
      id: `${agencyId}:${sessionName}`,
    },
    credentials: {
      access_key_id: key.access,
      secret_access_key: key.secret,
      security_token: key.securityToken,
      expiration: renderTokenTime(key.expiresAt),
    },
  }
}

function invalid(detail: string): AppError {
  return new AppError('iam.request_invalid', { detail })
}

interface IssuedKey {
  readonly access: string
  readonly secret: string
  readonly securityToken: string
  readonly expiresAt: Date
}

/** The secret lies in the database sealed, the security token as its hash only: neither can be shown again. */
async function issueKey({ db, clock, keyring }: TokenDeps, session: Session): Promise<IssuedKey> {
  const issuedAt = clock.now()
  const expiresAt = earlier(secondsAfter(issuedAt, session.seconds), session.endsAt)
  const access = newAccessKeyId()
  const secret = randomBytes(30).toString('base64url')
  const securityToken = randomBytes(48).toString('base64url')
  const { origin, sessionPolicy, projectId } = session
  await deleteExpiredTemporaryKeys(db, issuedAt)
  await insertTemporaryKey(db, {
    accessKey: access,
    secretSealed: keyring.secrets.seal(secret, temporarySecretContext(access)),
    securityTokenSha256: sha256Hex(securityToken),
    origin,
    sessionPolicy,
    projectId,
    issuedAt,
    expiresAt,
  })
  return { access, secret, securityToken, expiresAt }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const ACCESS_KEY_LENGTH = 20

function newAccessKeyId(): string {
  return Array.from({ length: ACCESS_KEY_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}
