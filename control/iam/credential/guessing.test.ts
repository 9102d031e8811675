import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { AppError, secondsAfter } from '#kernel'
import { signRequest } from '../../../contract/signing/sign.ts'
import { type AccessKey, assertDeclared, newAccessKey, type TestApi, testApi } from '../../testing/api.ts'
import { testClock } from '../../testing/clock.ts'
import { insertTestUser, type TestUser } from '../../testing/identity.ts'
import { hashPassword } from '../identity/password.ts'
import { IdentityCache } from '../identity-cache.ts'
import { createAuthenticator } from './authenticate.ts'
import { createPasswordProver, type PasswordProver } from './prove-password.ts'

const START = new Date('2026-05-21T08:05:00Z')
const HOME = '192.0.2.1'
const ELSEWHERE = '198.51.100.7'

let api: TestApi
let user: TestUser
before(async () => {
  api = await testApi()
  user = await insertTestUser(api, api.world.domain.id, 'guessed')
})
after(() => api[Symbol.asyncDispose]())

/** The word of a refusal, or 'accepted'. */
async function wordOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'accepted'
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return error.word
  }
}

describe('guessing the secret of a key', () => {
  /** An authenticator of its own, which has counted nothing yet. */
  function openDoor() {
    const clock = testClock(START)
    const { db, keyring } = api
    const authenticate = createAuthenticator({ db, clock, keyring, cache: new IdentityCache() }, 'local-1')
    const signed = (key: AccessKey, sourceIp: string) => {
      const { access: accessKey, secret: secretKey } = key
      const request = { method: 'GET', url: 'http://x/', headers: {}, body: '' }
      const signature = signRequest({ ...request, accessKey, secretKey, now: clock.now() })
      const raw = { method: 'GET', requestTarget: '/', rawHeaders: Object.entries(signature).flat(), sourceIp }
      return wordOf(authenticate({ ...raw, body: Buffer.alloc(0), isSecure: false }))
    }
    return { clock, signed, right: user.access_key, wrong: { ...user.access_key, secret: 'guess' } }
  }

  async function fail(times: number, attempt: () => Promise<string>): Promise<readonly string[]> {
    const words: string[] = []
    for (let count = 0; count < times; count += 1) words.push(await attempt())
    return words
  }

  it('locks it at that address for 300 seconds, and nowhere else', async () => {
    const { clock, signed, right, wrong } = openDoor()
    assert.deepEqual(await fail(5, () => signed(wrong, HOME)), Array(5).fill('iam.signature_mismatch'))
    assert.equal(await signed(right, HOME), 'iam.access_key_locked')
    assert.equal(await signed(right, ELSEWHERE), 'accepted')
    clock.advance(299)
    assert.equal(await signed(right, HOME), 'iam.access_key_locked')
    clock.advance(1)
    assert.equal(await signed(right, HOME), 'accepted')
  })

  it('gives five guesses also to a hundred requests at once', async () => {
    const { signed, wrong } = openDoor()
    const words = await Promise.all(Array.from({ length: 100 }, () => signed(wrong, HOME)))
    assert.equal(words.filter((word) => word === 'iam.signature_mismatch').length, 5)
  })

  it('begins anew after a right signature', async () => {
    const { signed, right, wrong } = openDoor()
    await fail(4, () => signed(wrong, HOME))
    assert.equal(await signed(right, HOME), 'accepted')
    await fail(4, () => signed(wrong, HOME))
    assert.equal(await signed(right, HOME), 'accepted')
  })

  it('with keys that do not exist locks those, and no key that does', async () => {
    const { signed, right } = openDoor()
    assert.deepEqual(await fail(5, () => signed(newAccessKey(), HOME)), Array(5).fill('iam.access_key_unknown'))
    assert.equal(await signed(newAccessKey(), HOME), 'iam.access_key_locked')
    assert.equal(await signed(newAccessKey(), ELSEWHERE), 'iam.access_key_unknown')
    assert.equal(await signed(right, HOME), 'accepted')
  })

  it('is not what a request does whose clock is wrong or whose signature cannot be read', async () => {
    const { clock, signed, right } = openDoor()
    const { db, keyring } = api
    const late = { now: () => secondsAfter(clock.now(), 901) }
    const authenticate = createAuthenticator({ db, clock: late, keyring, cache: new IdentityCache() }, 'local-1')
    const rawHeaders = ['Authorization', 'SDK-HMAC-SHA256 nonsense', 'X-Auth-Token', 'garbage']
    const raw = { method: 'GET', requestTarget: '/', body: Buffer.alloc(0), sourceIp: HOME, isSecure: false }
    const words = await fail(6, () => wordOf(authenticate({ ...raw, rawHeaders })))
    assert.deepEqual(words, Array(6).fill('iam.authorization_malformed'))
    assert.equal(await signed(right, HOME), 'accepted')
  })
})

describe('guessing a password', () => {
  function openProver(): { readonly clock: ReturnType<typeof testClock>; readonly prove: PasswordProver } {
    const clock = testClock(START)
    return { clock, prove: createPasswordProver({ db: api.db, clock }) }
  }

  const attempt = (prove: PasswordProver, password: string, sourceIp: string, id = user.id) =>
    wordOf(prove({ user: { id }, password, sourceIp }))

  it('is over after five wrong ones at an address, and the owner elsewhere goes on', async () => {
    const { clock, prove } = openProver()
    for (let count = 0; count < 5; count += 1) assert.equal(await attempt(prove, 'no', HOME), 'iam.password_wrong')
    assert.equal(await attempt(prove, user.password, HOME), 'iam.password_locked')
    assert.equal(await attempt(prove, user.password, ELSEWHERE), 'accepted')
    clock.advance(300)
    assert.equal(await attempt(prove, user.password, HOME), 'accepted')
  })

  it('is no faster at once than in a row', async () => {
    const { prove } = openProver()
    const words = await Promise.all(Array.from({ length: 40 }, () => attempt(prove, 'no', HOME)))
    assert.equal(words.filter((word) => word === 'iam.password_wrong').length, 5)
  })

  it('is no faster for many users at once: an address has 32 counts of its own, and one of five for all others', async () => {
    const { prove } = openProver()
    const names = Array.from({ length: 80 }, (_, at) => `nobody-${at}`)
    const words = await Promise.all(names.map((name) => attempt(prove, 'no', HOME, name)))
    assert.equal(words.filter((word) => word === 'iam.password_wrong').length, 32 + 5)
    assert.equal(words.filter((word) => word === 'iam.password_locked').length, 80 - 37)
  })

  it('from more addresses at once than can wait is put off, and counts for nobody', async () => {
    const { prove } = openProver()
    const addresses = Array.from({ length: 80 }, (_, at) => `203.0.113.${at}`)
    const words = await Promise.all(addresses.map((address) => attempt(prove, user.password, address)))
    assert.deepEqual(new Set(words), new Set(['accepted', 'http.unavailable']))
    const crowded = addresses[words.indexOf('http.unavailable')] ?? ''
    assert.equal(await attempt(prove, user.password, crowded), 'accepted')
  })

  it('counts the same for a user that does not exist, so that the lock tells nothing', async () => {
    const { prove } = openProver()
    const words = []
    for (let count = 0; count < 6; count += 1) words.push(await attempt(prove, 'no', HOME, 'nobody'))
    assert.deepEqual(words, [...Array(5).fill('iam.password_wrong'), 'iam.password_locked'])
  })

  it('is not what many right ones at once are', async () => {
    const { prove } = openProver()
    const words = await Promise.all(Array.from({ length: 8 }, () => attempt(prove, user.password, HOME)))
    assert.deepEqual(words, Array(8).fill('accepted'))
  })

  it('over HTTP is told when to come back, in the shape of IAM', async () => {
    const identity = { methods: ['password'], password: { user: { id: randomUUID(), password: 'no' } } }
    const ask = () => api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth: { identity } } })
    for (let count = 0; count < 5; count += 1) assert.equal((await ask()).status, 401)
    const { status, text } = await ask()
    assert.equal(status, 401)
    assert.match(text, /"code":401,"message":"Too many wrong passwords from this address: wait until \d{4}-/)
  })
})

describe('guessing the own password by changing it', () => {
  it('is over after five, also for a login and for the right one', async () => {
    const own = await insertTestUser(api, api.world.domain.id, 'own')
    const change = (original_password: string) =>
      api.call('POST', `/v3/users/${own.id}/password`, {
        sign: own.access_key,
        body: { user: { original_password, password: 'N3w-password!' } },
      })
    for (let count = 0; count < 5; count += 1) assert.match((await change('no')).text, /password is wrong/)
    const locked = await change(own.password)
    assertDeclared('KeystoneUpdateUserPassword', locked)
    assert.match(locked.text, /Too many wrong passwords from this address/)
    const identity = { methods: ['password'], password: { user: { id: own.id, password: own.password } } }
    const login = await api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth: { identity } } })
    assert.match(login.text, /Too many wrong passwords from this address/)
  })
})

describe('a password that is changed while the old one is being checked', () => {
  it('leaves no token of the old one behind, whichever comes first', async () => {
    const changed = await insertTestUser(api, api.world.domain.id, 'changed')
    const identity = { methods: ['password'], password: { user: { id: changed.id, password: changed.password } } }
    const password_hash = await hashPassword('N3w-password!')
    const asked = api.call('POST', '/v3/auth/tokens', { sign: false, body: { auth: { identity } } })
    await api.db
      .updateTable('iam.user')
      .set({ password_hash, credentials_at: new Date() })
      .where('id', '=', changed.id)
      .execute()
    const answer = await asked
    if (answer.status === 401) return
    const token = String(answer.headers['x-subject-token'])
    assert.equal((await api.call('GET', '/v3/auth/domains', { token })).status, 401)
  })
})
