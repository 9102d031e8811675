import type { Check, Principal } from '#http'
import { AppError, secondsAfter } from '#kernel'
import type { BodyOf } from '../../../contract/operation.ts'
import type { createUserTokenByPassword } from '../../../contract/operations/iam/token.ts'
import { listProjects, type Project } from '../identity/identity.store.ts'
import { assumeAgency, type NamedAgency } from './assume.ts'
import { MAX_TRADES, type Origin } from './origin.ts'
import { createPasswordProver, type PasswordProver } from './prove-password.ts'
import { createTokenProver, type ProveTokenDeps, type TokenProver } from './prove-token.ts'
import { earlier, type Subject } from './subject.ts'
import { newTokenId, sealToken, TOKEN_SECONDS, type TokenClaims } from './token.ts'
import { type Place, renderToken, type TokenBody } from './token-body.ts'

type Auth = BodyOf<typeof createUserTokenByPassword>['auth']

export interface TokenDeps extends ProveTokenDeps {
  readonly region: string
  /** Where clients reach this API; goes into the catalog. */
  readonly endpoint: () => string
}

/** What proves callers of the token API; one of each, because they count failures. */
export interface Provers {
  readonly token: TokenProver
  readonly password: PasswordProver
}

export function createProvers(deps: TokenDeps): Provers {
  return { token: createTokenProver(deps), password: createPasswordProver(deps) }
}

export interface TokenRequest {
  readonly auth: Auth
  readonly withCatalog: boolean
  readonly sourceIp: string
  /** Who signed the request or sent a token with it, if anybody did. */
  readonly principal: Principal | null
  readonly authorize: (checks: readonly Check[]) => Promise<void>
}

export interface IssuedToken {
  readonly text: string
  readonly body: TokenBody
}

/** Who gets the token, and until when at most. */
interface Proof {
  readonly subject: Subject
  readonly origin: Origin
  readonly endsAt: Date | null
}

type Method = (deps: TokenDeps, provers: Provers, request: TokenRequest) => Promise<Proof>

const METHODS: ReadonlyMap<string, Method> = new Map([
  ['password', provePassword],
  ['token', proveToken],
  ['assume_role', proveAgency],
])

/** A token for whom the method proves, scoped as asked (IAM reference, section 1.1). */
export async function createToken(deps: TokenDeps, provers: Provers, request: TokenRequest): Promise<IssuedToken> {
  const { methods } = request.auth.identity
  const method = methods.length === 1 ? METHODS.get(methods[0] ?? '') : undefined
  if (!method) throw invalid('identity.methods must be one of ["password"], ["token"] and ["assume_role"]')
  const { subject, origin, endsAt } = await method(deps, provers, request)
  const project = await findScope(deps, subject.agency ?? subject.user, request.auth.scope)
  const issuedAt = deps.clock.now()
  const claims: TokenClaims = {
    ...origin,
    tokenIds: [...origin.tokenIds, newTokenId()],
    methods,
    projectId: project?.id ?? null,
    issuedAt,
    expiresAt: earlier(secondsAfter(issuedAt, TOKEN_SECONDS), endsAt),
  }
  const text = sealToken(deps.keyring.tokens, claims)
  return { text, body: renderToken(claims, subject, project, request.withCatalog ? placeOf(deps) : null) }
}

export function placeOf({ region, endpoint }: TokenDeps): Place {
  return { region, endpoint: endpoint() }
}

function invalid(detail: string): AppError {
  return new AppError('iam.request_invalid', { detail })
}

async function provePassword(_deps: TokenDeps, { password: prove }: Provers, request: TokenRequest): Promise<Proof> {
  const user = request.auth.identity.password?.user
  if (!user) throw invalid('the method password needs identity.password.user')
  const { id, name, domain, password } = user
  const reference = { id, name, domainId: domain?.id, domainName: domain?.name }
  const identity = await prove({ user: reference, password, sourceIp: request.sourceIp })
  // told to those only who have proven the password
  if (identity.accessMode === 'programmatic') throw new AppError('iam.programmatic_only')
  const { userId, credentialsAt } = identity
  const origin = { userId, assumed: null, credentialsAt, tokenIds: [] }
  return { subject: { user: identity, agency: null }, origin, endsAt: null }
}

/** A token traded for one of another scope: no trade makes it live longer, and revoking the first ends the second. */
async function proveToken(_deps: TokenDeps, { token: prove }: Provers, request: TokenRequest): Promise<Proof> {
  const text = request.auth.identity.token?.id
  if (text === undefined) throw invalid('the method token needs identity.token.id')
  const { subject, claims, endsAt } = await prove(text)
  if (claims.tokenIds.length > MAX_TRADES) throw invalid('the token was traded too often: get a new one by password')
  return { subject, origin: claims, endsAt }
}

async function proveAgency(deps: TokenDeps, _provers: Provers, request: TokenRequest): Promise<Proof> {
  const { principal, authorize } = request
  const agency = requireAgencyName(request.auth.identity.assume_role)
  const action = 'iam:agencies:assume'
  return assumeAgency(deps, { principal, agency, sessionName: null, authorize, action })
}

interface AgencyName {
  readonly agency_name?: string
  readonly xrole_name?: string
  readonly domain_id?: string
  readonly domain_name?: string
}

/** Terraform says `xrole_name` where the documents say `agency_name`. */
export function requireAgencyName(named: AgencyName | undefined): NamedAgency {
  const { domain_id: domainId, domain_name: domainName } = named ?? {}
  const name = named?.agency_name ?? named?.xrole_name
  if (name !== undefined && (domainId ?? domainName) !== undefined) return { name, path: null, domainId, domainName }
  throw invalid('the method assume_role needs agency_name, and domain_id or domain_name, in identity.assume_role')
}

interface Account {
  readonly domainId: string
  readonly domainName: string
}

/** Project wins over domain; nothing asked is the account. A foreign or unknown scope is refused, always the same way. */
async function findScope({ db }: TokenDeps, account: Account, scope: Auth['scope']): Promise<Project | null> {
  const wanted = scope?.project
  if (wanted !== undefined) {
    const projects = await listProjects(db, account.domainId)
    const found = projects.find(({ id, name }) => (wanted.id === undefined ? name === wanted.name : id === wanted.id))
    if (!found?.enabled || !isOwn(account, wanted.domain)) throw new AppError('iam.scope_forbidden')
    return found
  }
  if (!isOwn(account, scope?.domain)) throw new AppError('iam.scope_forbidden')
  return null
}

function isOwn(account: Account, domain: { id?: string; name?: string } | undefined): boolean {
  const { id = account.domainId, name = account.domainName } = domain ?? {}
  return id === account.domainId && name === account.domainName
}
