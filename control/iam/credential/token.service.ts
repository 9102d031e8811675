import { AppError, secondsAfter } from '#kernel'
import type { BodyOf, ResponseOf } from '../../../contract/operation.ts'
import type { createUserTokenByPassword } from '../../../contract/operations/iam/token.ts'
import { findIdentityBy, type Identity, listProjects, type Project } from '../identity/identity.store.ts'
import { checkPassword } from '../identity/password.ts'
import type { AuthenticateDeps } from './authenticate.ts'
import { renderTokenTime, sealToken, TOKEN_SECONDS } from './token.ts'

type Auth = BodyOf<typeof createUserTokenByPassword>['auth']
type TokenBody = ResponseOf<typeof createUserTokenByPassword>

export interface TokenDeps extends AuthenticateDeps {
  readonly region: string
  /** Where clients reach this API; goes into the catalog. */
  readonly endpoint: () => string
}

export interface IssuedToken {
  readonly text: string
  readonly body: TokenBody
}

/** A token for a user and password, scoped as asked. Says the same for a wrong name and a wrong password. */
export async function createToken(deps: TokenDeps, auth: Auth, withCatalog: boolean): Promise<IssuedToken> {
  const identity = await requirePassword(deps, auth)
  const project = await findScope(deps, identity, auth.scope)
  const issuedAt = deps.clock.now()
  const expiresAt = secondsAfter(issuedAt, TOKEN_SECONDS)
  const text = sealToken(deps.keyring.tokens, {
    userId: identity.userId,
    projectId: project?.id ?? null,
    issuedAt,
    expiresAt,
  })
  const domain = { id: identity.domainId, name: identity.domainName }
  const token = {
    methods: ['password'],
    issued_at: renderTokenTime(issuedAt),
    expires_at: renderTokenTime(expiresAt),
    user: { id: identity.userId, name: identity.userName, password_expires_at: '', domain },
    ...(project ? { project: { id: project.id, name: project.name, domain } } : { domain }),
    roles: identity.isOwner ? [{ id: '0', name: 'te_admin' }] : [],
    catalog: withCatalog ? renderCatalog(deps, project) : [],
  }
  return { text, body: { token } }
}

async function requirePassword({ db }: TokenDeps, { identity }: Auth): Promise<Identity> {
  const user = identity.password?.user
  if (!user || identity.methods.length !== 1 || identity.methods[0] !== 'password') {
    throw new AppError('iam.request_invalid', {
      detail: 'identity.methods must be ["password"], with identity.password.user beside it',
    })
  }
  const { id, name, domain } = user
  const found = await findIdentityBy(db, { id, name, domainId: domain?.id, domainName: domain?.name })
  const fits = await checkPassword(user.password, found?.passwordHash ?? undefined)
  if (!found || !fits || !found.enabled) throw new AppError('iam.password_wrong')
  return found
}

/** Project wins over domain; nothing asked is the account. A foreign or unknown scope is refused, always the same way. */
async function findScope({ db }: TokenDeps, identity: Identity, scope: Auth['scope']): Promise<Project | null> {
  const wanted = scope?.project
  if (wanted !== undefined) {
    const projects = await listProjects(db, identity.domainId)
    const found = projects.find(({ id, name }) => (wanted.id === undefined ? name === wanted.name : id === wanted.id))
    if (!found?.enabled || !isOwn(identity, wanted.domain)) throw new AppError('iam.scope_forbidden')
    return found
  }
  if (!isOwn(identity, scope?.domain)) throw new AppError('iam.scope_forbidden')
  return null
}

function isOwn(identity: Identity, domain: { id?: string; name?: string } | undefined): boolean {
  const { id = identity.domainId, name = identity.domainName } = domain ?? {}
  return id === identity.domainId && name === identity.domainName
}

function renderCatalog({ region, endpoint }: TokenDeps, project: Project | null): TokenBody['token']['catalog'] {
  const base = endpoint()
  const services = [
    { type: 'iam', region: '*', url: `${base}/v3` },
    ...(project ? [{ type: 'appstream', region, url: `${base}/v1/${project.id}` }] : []),
  ]
  return services.map(({ type, region: where, url }) => ({
    id: `berth-${type}`,
    type,
    name: type,
    endpoints: [{ id: `berth-${type}-public`, interface: 'public', region: where, region_id: where, url }],
  }))
}
