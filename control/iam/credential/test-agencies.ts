import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '#kernel'
import { signRequest } from '../../../contract/signing/sign.ts'
import { type Answer, newAccessKey, type TestApi } from '../../testing/api.ts'
import { type Account, ensureAccount } from '../identity/account.service.ts'

/** Another account, and an agency in it that the world's own account may assume. */
export interface Foreign {
  readonly account: Account
  readonly agencyId: string
  readonly agencyName: string
}

export async function insertForeign(api: TestApi, name = 'partner'): Promise<Foreign> {
  const id = () => randomUUID().replaceAll('-', '')
  const account = {
    domain: { id: id(), name },
    project: { id: id(), name: 'partner-1' },
    user: { id: id(), name: `${name}-owner`, password: `Dd4!${id()}` },
    access_key: newAccessKey(),
  }
  await ensureAccount({ db: api.db, clock: systemClock, secrets: api.keyring.secrets }, account)
  const agency = { id: id(), domain_id: account.domain.id, name: 'helpdesk', created_at: new Date() }
  await api.db
    .insertInto('iam.agency')
    .values({ ...agency, trust_domain_id: api.world.domain.id })
    .execute()
  return { account, agencyId: agency.id, agencyName: agency.name }
}

/** A token of the owner by password, for the account or for its project. */
export async function ownToken(api: TestApi, scope: 'project' | 'domain' = 'domain'): Promise<string> {
  const { user, domain, project } = api.world
  const body = {
    auth: {
      identity: { methods: ['password'], password: { user: { id: user.id, password: user.password } } },
      scope: scope === 'project' ? { project: { id: project.id } } : { domain: { id: domain.id } },
    },
  }
  return tokenIn(await api.call('POST', '/v3/auth/tokens', { sign: false, body }))
}

export function tokenIn(answer: Answer): string {
  assert.equal(answer.status, 201, answer.text)
  return String(answer.headers['x-subject-token'])
}

export interface Place {
  readonly api: TestApi
  readonly clock: Clock
}

/** A temporary key, in the words of the older API. */
export interface Credential {
  readonly access: string
  readonly secret: string
  readonly securitytoken: string
  readonly expires_at: string
}

/** A call that is signed with the key; the security token signed with it unless told otherwise. */
export async function callWith(
  { api, clock }: Place,
  key: Credential,
  path: string,
  sent: 'signed' | 'unsigned' | 'absent' = 'signed',
): Promise<Answer> {
  const sign = { access: key.access, secret: key.secret }
  const headers = { 'X-Security-Token': key.securitytoken }
  if (sent === 'signed') return api.call('GET', path, { sign, headers })
  const signature = signRequest({
    method: 'GET',
    url: `${api.endpoint}${path}`,
    headers: {},
    body: '',
    accessKey: key.access,
    secretKey: key.secret,
    now: clock.now(),
  })
  return api.call('GET', path, { sign: false, headers: { ...signature, ...(sent === 'unsigned' ? headers : {}) } })
}

/** The key in an answer of the security token service. */
export function assumedIn(answer: Answer): Credential {
  assert.equal(answer.status, 200, answer.text)
  const { credentials } = answer.body as { credentials: Record<string, string> }
  const { access_key_id: access, secret_access_key: secret, security_token, expiration } = credentials
  return { access, secret, securitytoken: security_token, expires_at: expiration } as Credential
}
