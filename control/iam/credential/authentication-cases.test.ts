import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sha256Hex } from '../../../contract/signing/signature.ts'
import { type AccessKey, type Answer, assertErrorShape, type TestApi, testApi } from '../../testing/api.ts'
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
const [operator, viewer] = world.users
assert.ok(project && otherProject && operator && viewer)

interface Place {
  readonly api: TestApi
  readonly clock: TestClock
}

/** The account has an owner besides; the first user works with servers in the one project, the second looks at them. */
async function openPlace(): Promise<Place> {
  assert.ok(project && otherProject && operator && viewer)
  const clock = testClock(NOW)
  const api = await testApi({
    servers: 1,
    clock,
    world: (small) => ({
      ...small,
      domain: world.domain,
      project,
      servers: [{ id: world.server_id, name: 'APS-1' }],
    }),
  })
  const domain_id = world.domain.id
  await api.db
    .insertInto('iam.project')
    .values({ ...otherProject, domain_id, created_at: NOW })
    .execute()
  for (const { name, password, enabled } of world.users) {
    const user = { id: name, name, domain_id, enabled, password_hash: await hashPassword(password), created_at: NOW }
    await api.db.insertInto('iam.user').values(user).execute()
  }
  await insertKeys(api)
  await grantInProject(api, operator.name, ['workspace:*:*', 'vpc:*:*'])
  await grantInProject(api, viewer.name, ['workspace:*:get', 'workspace:*:list'])
  return { api, clock }
}

/** A custom policy, granted in the project to a group with the user in it: all as the owner would do it. */
async function grantInProject({ call }: TestApi, userId: string, actions: readonly string[]): Promise<void> {
  const policy = { Version: '1.1', Statement: [{ Effect: 'Allow', Action: actions }] }
  const role = { display_name: `of ${userId}`, type: 'XA', description: '', policy }
  const made = await call('POST', '/v3.0/OS-ROLE/roles', { body: { role } })
  assert.equal(made.status, 201, made.text)
  const grouped = await call('POST', '/v3/groups', { body: { group: { name: `with-${userId}` } } })
  assert.equal(grouped.status, 201, grouped.text)
  const roleId = (made.body as { role: { id: string } }).role.id
  const groupId = (grouped.body as { group: { id: string } }).group.id
  const granted = [
    `/v3/groups/${groupId}/users/${userId}`,
    `/v3/projects/${project?.id}/groups/${groupId}/roles/${roleId}`,
  ]
  for (const path of granted) assert.equal((await call('PUT', path)).status, 204)
}

/** Users have their names as ids. */
async function insertKeys({ db, keyring }: TestApi): Promise<void> {
  for (const { access, secret, user: user_id, enabled } of world.access_keys) {
    const secret_sealed = keyring.secrets.seal(secret, secretContext(access))
    const key = { access_key: access, user_id, secret_sealed, enabled, created_at: NOW }
    await db.insertInto('iam.access_key').values(key).execute()
  }
  for (const { access, secret, user: user_id, security_token, expires_at } of world.temporary_keys) {
    await db
      .insertInto('iam.temporary_key')
      .values({
        access_key: access,
        secret_sealed: keyring.secrets.seal(secret, temporarySecretContext(access)),
        security_token_sha256: sha256Hex(security_token),
        user_id,
        credentials_at: new Date(0),
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
  if (token.then === 'change-password') await changePassword(api, user)
  return String(answer.headers['x-subject-token'])
}

function keyOf({ name }: FixtureUser): AccessKey {
  const key = world.access_keys.find(({ user }) => user === name)
  assert.ok(key)
  return { access: key.access, secret: key.secret }
}

async function changePassword({ call }: TestApi, user: FixtureUser): Promise<void> {
  const body = { user: { original_password: user.password, password: 'An0ther-horse!' } }
  const answer = await call('POST', `/v3/users/${user.name}/password`, { sign: keyOf(user), body })
  assert.equal(answer.status, 204, answer.text)
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

  it('is no matter of what users may do: who may not update servers may list them, and nobody in another project', async () => {
    assert.ok(project && otherProject && viewer && operator)
    const { api } = await openPlace()
    await using _api = api
    const look = async (user: FixtureUser, projectId: string) => {
      return (await api.call('GET', `/v1/${projectId}/app-servers`, { sign: keyOf(user) })).status
    }
    assert.deepEqual(await Promise.all([viewer, operator].map((user) => look(user, project.id))), [200, 200])
    assert.deepEqual(await Promise.all([viewer, operator].map((user) => look(user, otherProject.id))), [403, 403])
  })

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
