import { randomBytes, randomUUID } from 'node:crypto'
import type { Check, Door, RawRequest } from '#http'
import { createDoor, IdentityCache, openKeyring } from '#iam'
import { systemClock } from '#kernel'
import { parseAuthorization } from '../contract/signing/authorization.ts'
import { signRequest } from '../contract/signing/sign.ts'
import { verifySignature } from '../contract/signing/verify.ts'
import { testDatabase } from '../control/testing/database.ts'
import { insertTestUser, type TestUser } from '../control/testing/identity.ts'
import type { DatabaselessBenchmark } from './support/benchmark.ts'
import { grantByPolicy } from './support/grantee.ts'
import { microsecondsOf } from './support/microseconds.ts'
import { median, renderTable, round } from './support/table.ts'

const BODY_BYTES = 2048
const STATEMENTS = 10
const SERVERS = 2
const ROUNDS = 15
const ROUND_MS = 100
const WARM_UP_MS = 500

const MOST_MICROSECONDS = 50
const LEAST_CHECKS_A_SECOND = 100_000

interface Step {
  readonly name: string
  readonly run: () => unknown
}

/**
 * What the door costs a request that it has met before, without input or output: the signature check alone, who it is,
 * and whether a user with a policy of ten statements that all speak of it may update two servers.
 */
export const credentials: DatabaselessBenchmark = async ({ print }) => {
  await using database = await testDatabase()
  const { db } = database
  const keyring = await openKeyring({ db, clock: systemClock }, [randomBytes(32)])
  const door = createDoor({ db, clock: systemClock, keyring, cache: new IdentityCache() }, 'local-1')
  const place = await insertPlace(db)
  const user = await insertTestUser({ db, keyring }, place.domainId, 'ops-anna')
  await grantByPolicy(db, place.domainId, user.id, STATEMENTS)
  const steps = stepsOf(door, place, user)
  for (const { run } of steps) await run()
  const rounds = await measure(steps)
  const of = (at: number) => median(rounds[at] ?? [])
  print(`${tableOf(steps, rounds)}\n`)
  return {
    targets: [
      { what: 'signature checks of 2 KiB', value: 1e6 / of(0), unit: '/s', atLeast: LEAST_CHECKS_A_SECOND },
      { what: 'authentication and authorization', value: of(3), unit: ' µs', atMost: MOST_MICROSECONDS },
    ],
    figures: { microseconds: Object.fromEntries(steps.map(({ name }, at) => [name, round(of(at))])) },
  }
}

interface Place {
  readonly domainId: string
  readonly projectId: string
}

async function insertPlace(db: Parameters<typeof grantByPolicy>[0]): Promise<Place> {
  const [domainId, projectId] = [randomUUID(), randomUUID()]
  const created_at = new Date()
  await db.insertInto('iam.domain').values({ id: domainId, name: domainId, created_at }).execute()
  await db
    .insertInto('iam.project')
    .values({ id: projectId, domain_id: domainId, name: 'local-1', created_at })
    .execute()
  return { domainId, projectId }
}

function stepsOf(door: Door, place: Place, user: TestUser): readonly Step[] {
  const request = signedRequest(place, user)
  const header = request.rawHeaders[request.rawHeaders.indexOf('Authorization') + 1] ?? ''
  const authorization = parseAuthorization(header)
  if (typeof authorization === 'string') throw new Error(authorization)
  const checks = checksOf(place)
  const whole = async () => {
    const principal = await door.authenticate(request)
    await door.requireProject(principal, place.projectId)
    await door.authorize(principal, checks, request)
  }
  return [
    {
      name: 'signature check of 2 KiB',
      run: () => {
        const { ok } = verifySignature(request, authorization, user.access_key.secret)
        if (!ok) throw new Error('the signature is refused: its figure would mean nothing')
      },
    },
    { name: 'authentication by signature', run: () => door.authenticate(request) },
    {
      name: 'authorization of two servers, a subnet and two ports',
      run: async () => door.authorize(await known(door, request), checks, request),
    },
    { name: 'authentication and authorization', run: whole },
  ]
}

const principals = new WeakMap<RawRequest, Awaited<ReturnType<Door['authenticate']>>>()

async function known(door: Door, request: RawRequest) {
  const principal = principals.get(request) ?? (await door.authenticate(request))
  principals.set(request, principal)
  return principal
}

function signedRequest({ projectId }: Place, { access_key }: TestUser): RawRequest {
  const path = `/v1/${projectId}/app-servers/actions/batch-update-tsvi`
  const items = Array.from({ length: 20 }, () => ({ id: randomUUID(), enable: true }))
  const body = JSON.stringify({ items }).padEnd(BODY_BYTES)
  const headers = { 'Content-Type': 'application/json', 'X-Project-Id': projectId }
  const { access: accessKey, secret: secretKey } = access_key
  const url = `http://localhost${path}`
  const signature = signRequest({ method: 'PATCH', url, headers, body, accessKey, secretKey, now: new Date() })
  const rawHeaders = Object.entries({ ...headers, ...signature }).flat()
  return {
    method: 'PATCH',
    requestTarget: path,
    rawHeaders,
    body: Buffer.from(body),
    sourceIp: '203.0.113.25',
    isSecure: true,
  }
}

function checksOf({ projectId }: Place): readonly Check[] {
  const resource = (type: 'server' | 'subnet' | 'port') => ({
    ...{ type, id: randomUUID(), enterpriseProjectId: '0' },
    tags: [{ key: 'env', value: 'prod' }],
  })
  const check = (action: string, type: 'server' | 'subnet' | 'port') => ({
    action,
    projectId,
    resource: resource(type),
  })
  const servers = Array.from({ length: SERVERS }, () => check('workspace:server:batchUpdateTsvi', 'server'))
  const ports = Array.from({ length: SERVERS }, () => check('vpc:ports:update', 'port'))
  return [...servers, check('vpc:subnets:get', 'subnet'), ...ports]
}

/** Microseconds of each step, in each round; a round asks every step in turn. */
async function measure(steps: readonly Step[]): Promise<readonly (readonly number[])[]> {
  for (const step of steps) await microsecondsOf(step.run, WARM_UP_MS)
  const rounds: number[][] = steps.map(() => [])
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, step] of steps.entries()) rounds[at]?.push(await microsecondsOf(step.run, ROUND_MS))
  }
  return rounds
}

function tableOf(steps: readonly Step[], rounds: readonly (readonly number[])[]): string {
  const rows = steps.map(({ name }, at) => {
    const figures = rounds[at] ?? []
    return [name, String(round(median(figures))), `${round(Math.min(...figures))}–${round(Math.max(...figures))}`]
  })
  return renderTable(['', 'µs', 'over rounds'], rows)
}
