import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sha256Hex } from '../../../contract/signing/signature.ts'
import { type Answer, assertErrorShape, type TestApi, testApi } from '../../testing/api.ts'
import { type TestClock, testClock } from '../../testing/clock.ts'
import { secretContext } from '../identity/account.service.ts'
import { hashPassword } from '../identity/password.ts'
import { temporarySecretContext } from './prove-key.ts'

/** Requests as clients send them, byte for byte, and what a client must be told (IAM reference, section 6.2). */
interface Case {
  readonly id: string
  readonly name: string
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** A token to get first, and the header that it goes into. */
  readonly token?: {
    readonly header: string
    readonly user: string
    readonly project_id: string | null
    readonly state?: 'expired'
    readonly then?: 'change-password'
  }
  readonly wrong_signatures_before?: number
  readonly expect: {
    readonly status: number
    readonly code?: string
    readonly shape?: 'gateway' | 'service' | 'iam-v3'
    readonly message?: string
  }
}

interface FixtureUser {
  readonly name: string
  readonly password: string
  readonly enabled: boolean
}

interface FixtureKey {
  readonly access: string
  readonly secret: string
  readonly user: string
}

interface Fixture {
  readonly world: {
    readonly now: string
    readonly domain: { readonly id: string; readonly name: string }
    readonly projects: readonly { readonly id: string; readonly name: string }[]
    readonly server_id: string
    readonly users: readonly FixtureUser[]
    readonly access_keys: readonly (FixtureKey & { readonly enabled: boolean })[]
    readonly temporary_keys: readonly (FixtureKey & { readonly security_token: string; readonly expires_at: string })[]
  }
  readonly cases: readonly Case[]
}

const { world, cases }: Fixture = JSON.parse(
  readFileSync(new URL('authentication-cases.json', import.meta.url), 'utf8'),
)
const NOW = new Date(world.now)
const [project, otherProject] = world.projects
const [owner, ...others] = world.users
const [ownKey, ...otherKeys] = world.access_keys
assert.ok(project && otherProject && owner && ownKey)

interface Place {
  readonly api: TestApi
  readonly clock: TestClock
}

/** The first user is the owner of the account, so that it may do everything; the others may do nothing. */
async function openPlace(): Promise<Place> {
  assert.ok(project && otherProject && owner && ownKey)
  const clock = testClock(NOW)
  const api = await testApi({
    servers: 1,
    clock,
    world: (small) => ({
      ...small,
      domain: world.domain,
      project,
      user: { ...small.user, name: owner.name, password: owner.password },
      access_key: { access: ownKey.access, secret: ownKey.secret },
      servers: [{ id: world.server_id, name: 'APS-1' }],
    }),
  })
  const domain_id = world.domain.id
  await api.db
    .insertInto('iam.project')
    .values({ ...otherProject, domain_id, created_at: NOW })
    .execute()
  for (const { name, password, enabled } of others) {
    const user = { id: name, name, domain_id, enabled, password_hash: await hashPassword(password), created_at: NOW }
    await api.db.insertInto('iam.user').values(user).execute()
  }
  await insertKeys(api)
  return { api, clock }
}

async function insertKeys({ db, keyring, world: { user } }: TestApi): Promise<void> {
  const userIdOf = (name: string) => (name === user.name ? user.id : name)
  for (const { access, secret, user: name, enabled } of otherKeys) {
    const secret_sealed = keyring.secrets.seal(secret, secretContext(access))
    const key = { access_key: access, user_id: userIdOf(name), secret_sealed, enabled, created_at: NOW }
    await db.insertInto('iam.access_key').values(key).execute()
  }
  for (const { access, secret, user: name, security_token, expires_at } of world.temporary_keys) {
    await db
      .insertInto('iam.temporary_key')
      .values({
        access_key: access,
        secret_sealed: keyring.secrets.seal(secret, temporarySecretContext(access)),
        security_token_sha256: sha256Hex(security_token),
        user_id: userIdOf(name),
        credentials_at: NOW,
        issued_at: NOW,
        expires_at: new Date(expires_at),
        agency_id: null,
        assumed_by: null,
        session_policy: null,
        project_id: null,
      })
      .execute()
  }
}

async function tokenFor({ api, clock }: Place, token: NonNullable<Case['token']>): Promise<string> {
  const user = world.users.find(({ name }) => name === token.user)
  assert.ok(user)
  if (token.state === 'expired') clock.advance(-25 * 3600)
  const named = { name: user.name, password: user.password, domain: { name: world.domain.name } }
  const scope = token.project_id === null ? { domain: world.domain } : { project: { id: token.project_id } }
  const body = { auth: { identity: { methods: ['password'], password: { user: named } }, scope } }
  const answer = await api.call('POST', '/v3/auth/tokens', { sign: false, body })
  clock.set(NOW)
  assert.equal(answer.status, 201, answer.text)
  if (token.then === 'change-password') await changePassword(api)
  return String(answer.headers['x-subject-token'])
}

async function changePassword({ db, world: { user } }: TestApi): Promise<void> {
  const password_hash = await hashPassword('An0ther-horse!')
  await db.updateTable('iam.user').set({ password_hash, credentials_at: NOW }).where('id', '=', user.id).execute()
}

async function send(place: Place, one: Case): Promise<Answer> {
  const { method, target, headers, body } = one
  const added = one.token ? { [one.token.header]: await tokenFor(place, one.token) } : {}
  const sent = body === '' ? {} : { body }
  const call = (all: Record<string, string>) => place.api.call(method, target, { sign: false, headers: all, ...sent })
  for (let count = 0; count < (one.wrong_signatures_before ?? 0); count += 1) {
    const Authorization = (headers.Authorization ?? '').replace(/[0-9a-f]{64}$/, `${count}`.repeat(64))
    assert.match((await call({ ...headers, Authorization })).text, /verify aksk signature fail/)
  }
  return call({ ...headers, ...added })
}

const SHAPES = { gateway: 'GatewayError', service: 'ServiceError', 'iam-v3': 'IamError' } as const

function assertAnswered({ status, text, body }: Answer, { expect }: Case): void {
  assert.equal(status, expect.status, text)
  if (expect.shape === undefined) return
  assertErrorShape(SHAPES[expect.shape], body)
  const { error, ...rest } = body as Record<string, unknown> & { error?: Record<string, unknown> }
  const code = error ? error.code : rest.error_code
  const message = error ? error.message : rest.error_msg
  assert.equal(String(code), expect.code)
  assert.ok(String(message).startsWith(expect.message ?? ''), String(message))
}

/** Those that leave something behind which others would meet: a job, a changed password, failures of a key. */
function leavesTraces({ expect, token, wrong_signatures_before }: Case): boolean {
  return expect.status === 200 || token?.then !== undefined || wrong_signatures_before !== undefined
}

describe('authentication, as a client meets it', () => {
  it('is told by thirty cases', () => assert.equal(new Set(cases.map(({ id }) => id)).size, 30))

  for (const one of cases.filter(leavesTraces)) {
    it(`${one.id}: ${one.name}: ${one.expect.status}`, async () => {
      const place = await openPlace()
      await using _api = place.api
      assertAnswered(await send(place, one), one)
    })
  }

  it('of those that change nothing:', async (t) => {
    const place = await openPlace()
    await using _api = place.api
    for (const one of cases.filter((each) => !leavesTraces(each))) {
      await t.test(`${one.id}: ${one.name}: ${one.expect.status}`, async () => {
        assertAnswered(await send(place, one), one)
      })
    }
  })
})
