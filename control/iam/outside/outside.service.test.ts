import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { Principal } from '#http'
import { AppError } from '#kernel'
import { type RecordingLog, recordingLog, type TestDatabase, testDatabase } from '#testing'
import { IdentityCache, watchIdentities } from '../identity-cache.ts'
import { LIMITS } from './exchange.ts'
import { createKeystone } from './keystone.ts'
import { createOutsideTokens, type OutsideTokens } from './outside.service.ts'
import { AT_ONCE, WAITING } from './patience.ts'
import {
  configFor,
  DOMAIN,
  newTokenText,
  PROJECT,
  sendJson,
  type TestService,
  testService,
  tokenBody,
  USER,
} from './test-service.ts'

let database: TestDatabase
let service: TestService
let now = new Date()
let log: RecordingLog
let outside: OutsideTokens
let cache: IdentityCache
const clock = { now: () => now }

before(async () => {
  database = await testDatabase()
})
after(() => database[Symbol.asyncDispose]())

beforeEach(async () => {
  now = new Date()
  service = await testService()
  service.now = clock.now
  log = recordingLog()
  cache = new IdentityCache()
  outside = tokens()
})
afterEach(async () => {
  await service.stop()
  const { db } = database
  for (const table of ['iam.user', 'iam.project', 'iam.domain'] as const) await db.deleteFrom(table).execute()
})

function tokens(cacheSeconds = 60): OutsideTokens {
  const config = configFor(service, { cacheSeconds })
  const identity = createKeystone(config, clock, { ...LIMITS, timeoutMs: 2_000 })
  return createOutsideTokens({ db: database.db, clock, log, cache, identity }, config)
}

function knownToken(options: Parameters<typeof tokenBody>[0] = {}): string {
  const text = newTokenText()
  service.tokens.set(text, tokenBody({ now, ...options }))
  return text
}

function later(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000)
}

async function rows() {
  const domains = await database.db.selectFrom('iam.domain').select(['id', 'name', 'description', 'outside']).execute()
  const projects = await database.db
    .selectFrom('iam.project')
    .select(['id', 'name', 'domain_id'])
    .orderBy('id')
    .execute()
  return { domains, projects }
}

function insertDomain(outsideOne: boolean, id = DOMAIN.id) {
  const domain = { id, name: `own ${id}`, outside: outsideOne, created_at: now }
  return database.db.insertInto('iam.domain').values(domain).execute()
}

async function assertRefused(work: Promise<unknown>, word: string, reason: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof AppError, String(error))
    assert.equal(error.word, word)
    assert.match(String(error.facts.reason), reason)
    return true
  })
}

const ACCOUNT = /^The account of the token is not accepted from outside\.$/
const AWAY = /^the identity service outside does not answer$/

describe('a good token of the service outside', () => {
  it('stands for a user of an account outside, with the policies that its roles mean here', async () => {
    const principal: Principal = {
      kind: 'external',
      userId: USER.id,
      userName: 'anna',
      domainId: DOMAIN.id,
      domainName: 'acme',
      urn: `sts::${DOMAIN.id}:external-user:keystone/anna`,
      isOwner: false,
      projectId: PROJECT.id,
      credential: 'token',
      issuedAt: now,
      tokenId: null,
      sessionPolicy: null,
      outsideRoles: ['Workspace FullAccess', 'Workspace ReadOnlyAccess'],
    }
    const token = knownToken({ roles: ['member', 'reader', 'member', 'op_gated_anything', 'Admin'] })
    assert.deepEqual(await outside.authenticate(token), principal)
  })

  it('makes domain and project known here, once, also for many at the same moment', async () => {
    const texts = Array.from({ length: 5 }, () => knownToken())
    await Promise.all(texts.map((text) => outside.authenticate(text)))
    await outside.authenticate(knownToken())
    assert.deepEqual(await rows(), {
      domains: [{ id: DOMAIN.id, name: `keystone/${DOMAIN.id}`, description: 'acme', outside: true }],
      projects: [{ id: PROJECT.id, name: 'streaming', domain_id: DOMAIN.id }],
    })
  })

  it('announces nothing when everything is known already: no cache is cleared by a request', async () => {
    await outside.authenticate(knownToken())
    let heard = 0
    const watching = new IdentityCache()
    watching.clear = () => void heard++
    const watch = await watchIdentities(database, watching, () => {})
    heard = 0
    cache.clear()
    await outside.authenticate(knownToken())
    const heardMarker = Promise.withResolvers<void>()
    watching.clear = () => {
      heard++
      heardMarker.resolve()
    }
    await database.db.updateTable('iam.project').set({ description: 'marker' }).execute()
    await heardMarker.promise
    assert.equal(heard, 1, 'the marker alone')
    await watch.close()
  })

  it('may be for a whole domain: then no project is made', async () => {
    const principal = await outside.authenticate(knownToken({ project: null }))
    assert.equal(principal?.projectId, null)
    assert.deepEqual((await rows()).projects, [])
    assert.equal((await outside.authenticate(knownToken()))?.projectId, PROJECT.id)
    assert.equal((await rows()).projects.length, 1, 'and it is made when it comes')
  })

  it('may be for a project whose name another had before it', async () => {
    await outside.authenticate(knownToken())
    const project = { id: '0again', name: PROJECT.name }
    assert.equal((await outside.authenticate(knownToken({ project })))?.projectId, '0again')
    assert.deepEqual((await rows()).projects, [
      { id: '0again', name: 'streaming (0again)', domain_id: DOMAIN.id },
      { id: PROJECT.id, name: 'streaming', domain_id: DOMAIN.id },
    ])
  })

  it('of a user of another domain there has a name that none of its own can have', async () => {
    const userDomain = { id: 'elsewhere', name: 'Elsewhere' }
    const guest = await outside.authenticate(knownToken({ userDomain }))
    const pretender = await outside.authenticate(knownToken({ user: { id: 'p', name: 'elsewhere/anna' } }))
    assert.equal(guest?.urn, `sts::${DOMAIN.id}:external-user:keystone/elsewhere/anna`)
    assert.equal(pretender?.urn, `sts::${DOMAIN.id}:external-user:keystone/elsewhere%2Fanna`)
    assert.equal((await rows()).domains.length, 1, 'and its own domain is not made known')
  })

  it('without a role that means something here is refused, and makes nothing known', async () => {
    for (const roles of [[], ['auditor', 'op_gated_anything']]) {
      await assertRefused(
        outside.authenticate(knownToken({ roles })),
        'iam.forbidden',
        /^None of the roles of the token/,
      )
    }
    assert.deepEqual(await rows(), { domains: [], projects: [] })
  })
})

describe('what is ours', () => {
  it('is never the account of a token from outside: not an account of our own, with users or without', async () => {
    await insertDomain(false)
    await assertRefused(outside.authenticate(knownToken()), 'iam.forbidden', ACCOUNT)
    assert.deepEqual((await rows()).projects, [], 'and gets no project from it')
    const warning = log.lines.find(({ level }) => level === 'warn')
    assert.match(JSON.stringify(warning), /domain d0d0\S* is an account of this service/)
  })

  it('stays ours when users came after the tokens', async () => {
    assert.ok(await outside.authenticate(knownToken()))
    const user = { id: 'u', domain_id: DOMAIN.id, name: 'ours', created_at: now }
    await database.db.insertInto('iam.user').values(user).execute()
    cache.clear()
    await assertRefused(outside.authenticate(knownToken()), 'iam.forbidden', ACCOUNT)
  })

  it('is no project of a token from outside, whatever it says of its domain', async () => {
    await insertDomain(false, 'ours')
    const project = { id: PROJECT.id, domain_id: 'ours', name: 'ours', created_at: now }
    await database.db.insertInto('iam.project').values(project).execute()
    await assertRefused(outside.authenticate(knownToken()), 'iam.forbidden', ACCOUNT)
    assert.deepEqual(
      (await rows()).domains.map(({ id }) => id),
      ['ours'],
    )
  })

  it('is no user of a token from outside', async () => {
    await insertDomain(false, 'ours')
    const user = { id: USER.id, domain_id: 'ours', name: 'ours', created_at: now }
    await database.db.insertInto('iam.user').values(user).execute()
    await assertRefused(outside.authenticate(knownToken()), 'iam.forbidden', ACCOUNT)
  })

  it('is the last word about an account outside: one that is disabled here stops at once', async () => {
    const token = knownToken()
    assert.ok(await outside.authenticate(token))
    await database.db.updateTable('iam.domain').set({ enabled: false }).execute()
    cache.clear()
    await assertRefused(outside.authenticate(token), 'iam.forbidden', ACCOUNT)
    assert.equal(service.validations().length, 1, 'nobody had to be asked')
  })

  it('is not shown to anybody: a text that our keys may have sealed is never sent outside', async () => {
    for (const text of [
      `0a1b2c3d.${'x'.repeat(120)}`,
      '0a1b2c3d.AAAA',
      `0a1b2c3d.${'+/='.repeat(40)}`,
      'short',
      'with blank '.repeat(9),
      'ü'.repeat(40),
    ]) {
      assert.equal(await outside.authenticate(text), undefined)
    }
    assert.equal(await outside.authenticate('a'.repeat(16_385)), undefined)
    assert.equal(service.asked.length, 0)
  })
})

describe('an answer from outside', () => {
  it('serves everybody who brings the same token, also at the same moment', async () => {
    const token = knownToken()
    await Promise.all(Array.from({ length: 50 }, () => outside.authenticate(token)))
    await outside.authenticate(token)
    assert.equal(service.validations().length, 1)
  })

  it('is believed a minute: then a token that was revoked stops', async () => {
    const token = knownToken()
    assert.ok(await outside.authenticate(token))
    service.tokens.delete(token)
    later(59.9)
    assert.ok(await outside.authenticate(token))
    later(0.1)
    assert.equal(await outside.authenticate(token), undefined)
  })

  it('is believed as long as it is told, if that is shorter', async () => {
    outside = tokens(2)
    const token = knownToken()
    assert.ok(await outside.authenticate(token))
    service.tokens.delete(token)
    later(2)
    assert.equal(await outside.authenticate(token), undefined)
  })

  it('is never believed past the end of the token', async () => {
    const token = knownToken({ seconds: 30 })
    assert.ok(await outside.authenticate(token))
    later(29.9)
    assert.ok(await outside.authenticate(token))
    later(0.1)
    assert.equal(await outside.authenticate(token), undefined)
  })

  it('grows no younger when the clock is set back', async () => {
    const token = knownToken()
    assert.ok(await outside.authenticate(token))
    service.tokens.delete(token)
    later(-3600)
    assert.equal(await outside.authenticate(token), undefined)
  })

  it('that a token is not good is believed for five seconds', async () => {
    const token = newTokenText()
    await Promise.all(Array.from({ length: 20 }, () => outside.authenticate(token)))
    assert.equal(await outside.authenticate(token), undefined)
    assert.equal(service.validations().length, 1)
    service.tokens.set(token, tokenBody({ now }))
    later(5)
    assert.ok(await outside.authenticate(token))
  })
})

describe('a flood of wrong tokens', () => {
  it('is asked about a few at a time, and what is too much is answered at once', async () => {
    const good = knownToken()
    assert.ok(await outside.authenticate(good))
    const gate = Promise.withResolvers<void>()
    const full = Promise.withResolvers<void>()
    let arrived = 0
    service.onValidation = (response) => {
      arrived += 1
      if (arrived === AT_ONCE) full.resolve()
      void gate.promise.then(() => sendJson(response, 404, {}))
    }
    const much = 300
    const answers = Array.from({ length: much }, () => outside.authenticate(newTokenText()))
    const settled = Promise.allSettled(answers)
    await full.promise
    for (const early of answers.slice(AT_ONCE + WAITING)) {
      await assertRefused(early, 'iam.outside_unavailable', /^too many tokens are being checked at once$/)
    }
    assert.ok(await outside.authenticate(good), 'who is known already is served meanwhile')
    gate.resolve()
    const outcomes = await settled
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, much - AT_ONCE - WAITING)
    assert.equal(service.busiest, AT_ONCE)
    service.onValidation = undefined
    assert.ok(await outside.authenticate(knownToken()), 'and afterwards everybody is')
  })
})

describe('a service outside that is away', () => {
  it('lets nobody in whom it did not let in a moment ago, and everybody again when it is back', async () => {
    const [known, fresh] = [knownToken(), knownToken()]
    assert.ok(await outside.authenticate(known))
    await service.stop()
    await assertRefused(outside.authenticate(fresh), 'iam.outside_unavailable', AWAY)
    assert.ok(await outside.authenticate(known))
    later(60)
    await assertRefused(outside.authenticate(known), 'iam.outside_unavailable', AWAY)

    const { port } = new URL(service.url)
    await using back = await testService({ port: Number(port) })
    back.tokens.set(fresh, tokenBody({ now }))
    await assertRefused(outside.authenticate(fresh), 'iam.outside_unavailable', AWAY)
    later(1)
    // the token that it gave before it went means nothing to this one
    assert.ok(await outside.authenticate(fresh))
  })

  it('is not asked by a crowd: after one silence nobody asks for a second', async () => {
    await outside.authenticate(knownToken())
    let asked = 0
    service.onValidation = (response) => {
      asked += 1
      response.socket?.destroy()
    }
    const crowd = Array.from({ length: 100 }, () => outside.authenticate(newTokenText()))
    await Promise.all(crowd.map((one) => assertRefused(one, 'iam.outside_unavailable', AWAY)))
    assert.ok(asked <= AT_ONCE, `${asked} were asked`)
  })

  it('that answers one of us wrongly is still asked by the others', async () => {
    await outside.authenticate(knownToken())
    service.onValidation = (response) => {
      service.onValidation = undefined
      sendJson(response, 500, {})
    }
    const sentence = /^the identity service outside does not answer as it should$/
    await assertRefused(outside.authenticate(newTokenText()), 'iam.outside_unavailable', sentence)
    assert.ok(await outside.authenticate(knownToken()))
  })

  it('is complained of in the log, without tokens and passwords', async () => {
    const token = knownToken()
    service.onLogin = (response, { body }) => sendJson(response, 401, { error: { message: body } })
    await assertRefused(outside.authenticate(token), 'iam.outside_unavailable', /not answer as it should/)
    const text = JSON.stringify(log.lines)
    assert.match(text, /refuses the credential of the control plane/)
    assert.ok(!text.includes(token) && !text.includes('pass-of-berth-outside'))
  })
})
