import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { it } from 'node:test'
import { sql } from 'kysely'
import { secondsAfter, systemClock } from '#kernel'
import { insertFleet, type TestFleet } from '#testing'
import { sealToken, type TokenClaims } from '../iam/credential/token.ts'
import { type Account, ensureAccount } from '../iam/identity/account.service.ts'
import {
  type Answer,
  assertDeclared,
  assertErrorShape,
  type CallOptions,
  newAccessKey,
  type TestApi,
  testApi,
} from '../testing/api.ts'
import { insertTestUser, type TestUser } from '../testing/identity.ts'
import { passwordClaims } from '../testing/token.ts'

/** A control plane without workers, its account, and others who have no business there. */
export interface Place {
  readonly api: TestApi
  readonly path: string
  readonly serverIds: readonly string[]
  /** Another account's project, with servers. */
  readonly foreign: TestFleet
  /** Another account's user and key. */
  readonly stranger: Account
  /** A second project of the own account. */
  readonly otherProjectId: string
  /** A disabled user of the own account, with a key that is not. */
  readonly gone: TestUser
}

export function updatePath(projectId: string): string {
  return `/v1/${projectId}/app-servers/actions/batch-update-tsvi`
}

export async function openPlace(): Promise<Place> {
  const api = await testApi({ servers: 2 })
  const { db, world } = api
  const foreign = await insertFleet(db, { cidr: '10.8.0.0/24' })
  const deps = { db, clock: systemClock, secrets: api.keyring.secrets }
  const stranger = newAccount('stranger')
  await ensureAccount(deps, stranger)
  const gone = await insertTestUser(api, world.domain.id, 'gone')
  await db.updateTable('iam.user').set({ enabled: false }).where('id', '=', gone.id).execute()
  const otherProjectId = randomUUID().replaceAll('-', '')
  const other = { id: otherProjectId, domain_id: world.domain.id, name: 'local-2', created_at: new Date() }
  await db.insertInto('iam.project').values(other).execute()
  const serverIds = world.servers.map((server) => server.id)
  return { api, path: updatePath(world.project.id), serverIds, foreign, stranger, otherProjectId, gone }
}

function newAccount(name: string): Account {
  const id = () => randomUUID().replaceAll('-', '')
  return {
    domain: { id: id(), name },
    project: { id: id(), name: 'local-1' },
    user: { id: id(), name, password: `Bb2!${id()}` },
    access_key: newAccessKey(),
  }
}

/** What a correct request asks for. */
export function goodBody({ serverIds }: Place): { items: { id: string; enable: boolean }[] } {
  return { items: serverIds.map((id) => ({ id, enable: true })) }
}

/** A token as the control plane itself seals it. */
export function tokenOf(
  { api: { keyring, world } }: Place,
  claims: Partial<TokenClaims> = {},
  sealer = keyring.tokens,
): string {
  const issuedAt = new Date()
  const own = { userId: world.user.id, projectId: world.project.id, issuedAt, expiresAt: secondsAfter(issuedAt, 3600) }
  return sealToken(sealer, passwordClaims({ ...own, ...claims }))
}

export interface Refusal {
  readonly status: number
  readonly code: string
  /** Refused before there is an operation, so that its contract does not speak of it. */
  readonly undeclared?: true
}

export const REFUSALS = {
  empty: { status: 400, code: 'WKS.0001' },
  invalid: { status: 400, code: 'WKS.00211102' },
  badHttp: { status: 400, code: 'APIGW.0201', undeclared: true },
  unauthenticated: { status: 401, code: 'APIGW.0301' },
  superseded: { status: 401, code: 'APIGW.0307' },
  userGone: { status: 401, code: 'WKS.00211302' },
  forbidden: { status: 403, code: 'WKS.00081102' },
  unknownServer: { status: 404, code: 'WKS.00211902' },
  unknownApi: { status: 404, code: 'APIGW.0101', undeclared: true },
  wrongMethod: { status: 405, code: 'WKS.00000405' },
  busy: { status: 409, code: 'WKS.00211103' },
  bodyTooLarge: { status: 413, code: 'APIGW.0201' },
  uriTooLarge: { status: 414, code: 'APIGW.0201', undeclared: true },
  headersTooLarge: { status: 494, code: 'APIGW.0201', undeclared: true },
} as const satisfies Record<string, Refusal>

/** A request that differs from the good one in what it names. */
export interface Sent extends CallOptions {
  readonly method?: string
  readonly path?: string
}

/** One row: what is wrong, how it is refused, the request, and words the sentence must hold. */
export type BadRequest = readonly [
  name: string,
  refusal: keyof typeof REFUSALS,
  sent: (place: Place) => Sent | Promise<Sent>,
  says?: RegExp,
]

export async function send(place: Place, sent: Sent): Promise<Answer> {
  const { method = 'PATCH', path = place.path, ...options } = sent
  return place.api.call(method, path, 'body' in options ? options : { body: goodBody(place), ...options })
}

/** One test a row: refused as it should be, in the right shape, without a secret in the answer or a row left behind. */
export function testRefusals(rows: readonly BadRequest[], place: () => Place): void {
  for (const [name, refusal, sent, says] of rows) {
    const { status, code } = REFUSALS[refusal]
    it(`${name} is refused with ${status} ${code}`, async () => {
      const answer = await send(place(), await sent(place()))
      assertRefused(place(), answer, REFUSALS[refusal], says)
      await assertNothingStarted(place())
    })
  }
}

interface ErrorBody {
  readonly error_code: string
  readonly error_msg: string
  readonly request_id?: string
}

export function assertRefused(place: Place, answer: Answer, refusal: Refusal, says = /./): void {
  assert.equal(answer.status, refusal.status, answer.text)
  const body = answer.body as ErrorBody
  assert.equal(body.error_code, refusal.code, answer.text)
  assert.match(body.error_msg, says)
  const gateway = refusal.code.startsWith('APIGW')
  assertErrorShape(gateway ? 'GatewayError' : 'ServiceError', body)
  if (!refusal.undeclared) assertDeclared('BatchUpdateTsvi', answer)
  const requestId = String(answer.headers['x-request-id'])
  assert.match(requestId, /^[0-9a-f]{32}$/)
  if (gateway) assert.equal(body.request_id, requestId)
  if (refusal.status === 405) assert.equal(answer.headers.allow, 'PATCH')
  assertHoldsNoSecret(place, answer.text)
}

const STACK = /\bat \S+ \(|file:\/\/|node:internal|node_modules|\.ts:\d/

function assertHoldsNoSecret({ api, stranger, gone }: Place, text: string): void {
  const owners = [api.world, stranger].map(({ user, access_key }) => ({ password: user.password, access_key }))
  const secrets = [...owners, gone].flatMap(({ password, access_key }) => [password, access_key.secret])
  for (const secret of secrets) assert.ok(!text.includes(secret), `a secret is in ${text}`)
  assert.doesNotMatch(text, STACK)
}

export async function assertNothingStarted({ api }: Place): Promise<void> {
  const { rows } = await sql`
    SELECT (SELECT count(*)::int FROM jobs.job) AS jobs,
           (SELECT count(*)::int FROM jobs.sub_job) AS sub_jobs,
           (SELECT count(*)::int FROM tsvi.update) AS updates,
           (SELECT count(*)::int FROM pgboss.job) AS queued,
           (SELECT count(*)::int FROM fleet.server WHERE task_status <> 'null' OR job_id IS NOT NULL) AS marked`.execute(
    api.db,
  )
  assert.deepEqual(rows, [{ jobs: 0, sub_jobs: 0, updates: 0, queued: 0, marked: 0 }])
}

/** What the good request leaves behind: without this the refusals above would prove nothing. */
export async function assertStarted(place: Place, answer: Answer): Promise<void> {
  assert.equal(answer.status, 200, answer.text)
  assertDeclared('BatchUpdateTsvi', answer)
  const { job_id } = answer.body as { job_id: string }
  const { rows } = await sql`
    SELECT (SELECT count(*)::int FROM jobs.job WHERE id = ${job_id}) AS jobs,
           (SELECT count(*)::int FROM jobs.sub_job WHERE job_id = ${job_id}) AS sub_jobs,
           (SELECT count(*)::int FROM tsvi.update WHERE job_id = ${job_id}) AS updates,
           (SELECT count(*)::int FROM pgboss.job) AS queued,
           (SELECT count(*)::int FROM fleet.server WHERE job_id = ${job_id} AND task_status = 'updating_tsvi') AS marked`.execute(
    place.api.db,
  )
  const servers = place.serverIds.length
  assert.deepEqual(rows, [{ jobs: 1, sub_jobs: servers, updates: servers, queued: 1, marked: servers }])
}
