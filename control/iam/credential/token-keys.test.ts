import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { secondsAfter } from '#kernel'
import { testDatabase } from '#testing'
import { testClock } from '../../testing/clock.ts'
import { passwordClaims } from '../../testing/token.ts'
import { IdentityCache, watchIdentities } from '../identity-cache.ts'
import { openKeyring, rotateSealingKey } from '../keys/keyring.ts'
import { sealToken } from './token.ts'
import { createTokenOpener } from './token-keys.ts'

const START = new Date('2026-05-21T08:05:00Z')
const CLAIMS = passwordClaims({
  userId: 'u',
  projectId: null,
  issuedAt: START,
  expiresAt: secondsAfter(START, 60),
})

/** Two replicas: one makes keys and seals, the other opens and counts how often it reads the keys. */
async function openReplicas() {
  const database = await testDatabase()
  const clock = testClock(START)
  const masterKeys = [randomBytes(32)]
  const deps = { db: database.db, clock }
  const here = await openKeyring(deps, masterKeys)
  const there = await openKeyring(deps, masterKeys)
  let reads = 0
  const counted = {
    ...there,
    reload: () => {
      reads += 1
      return there.reload()
    },
  }
  const cache = new IdentityCache()
  const open = createTokenOpener({ clock, cache, keyring: counted })
  const sealWithNewKey = async (): Promise<string> => {
    clock.advance(1)
    await rotateSealingKey(deps, masterKeys, 'tokens')
    await here.reload()
    return sealToken(here.tokens, CLAIMS)
  }
  return { database, clock, cache, here, open, sealWithNewKey, reads: () => reads }
}

const garbage = () => `${randomBytes(4).toString('hex')}.${randomBytes(60).toString('base64url')}`

describe('a new key for tokens', () => {
  it('is taken up with the first token of it, and earlier tokens stay good', async () => {
    const { database, here, open, sealWithNewKey, reads } = await openReplicas()
    await using _database = database
    const old = sealToken(here.tokens, CLAIMS)
    const fresh = await sealWithNewKey()
    assert.notEqual(fresh.slice(0, 8), old.slice(0, 8))
    assert.deepEqual(await open(fresh), CLAIMS)
    assert.deepEqual(await open(old), CLAIMS)
    await open(fresh)
    assert.equal(reads(), 1)
  })

  it('is found at once behind a flood of garbage, when it is announced', async () => {
    const { database, cache, open, sealWithNewKey } = await openReplicas()
    await using _database = database
    const subscription = await watchIdentities(database, cache, () => {})
    await Promise.all(Array.from({ length: 50 }, () => open(garbage())))
    const before = cache.epoch
    const fresh = await sealWithNewKey()
    const deadline = Date.now() + 5000
    while (cache.epoch === before && Date.now() < deadline) await new Promise(setImmediate)
    assert.deepEqual(await open(fresh), CLAIMS)
    await subscription.close()
  })
})

describe('a flood of garbage', () => {
  it('reads the keys once a second, whatever it is made of', async () => {
    const { database, clock, open, reads } = await openReplicas()
    await using _database = database
    const flood = () => Promise.all(Array.from({ length: 500 }, () => open(garbage())))
    assert.ok((await flood()).every((claims) => claims === undefined))
    await flood()
    assert.equal(reads(), 1)
    clock.advance(1)
    await flood()
    assert.equal(reads(), 2)
  })

  it('that has not the form of a token, or names a key that is there, reads nothing', async () => {
    const { database, here, open, reads } = await openReplicas()
    await using _database = database
    const token = sealToken(here.tokens, CLAIMS)
    const changed = `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`
    const texts = ['', 'garbage', 'A'.repeat(30_000), `${token}=`, `${token.slice(0, 9)}short`, changed, `zz${token}`]
    for (const text of texts) assert.equal(await open(text), undefined)
    assert.equal(reads(), 0)
  })
})

describe('the text of a token', () => {
  it('is short, has one spelling, and says nothing of what is in it', async () => {
    const { database, here, open } = await openReplicas()
    await using _database = database
    const userId = 'f'.repeat(32)
    const token = sealToken(here.tokens, { ...CLAIMS, userId, projectId: 'e'.repeat(32) })
    assert.ok(token.length < 400, `${token.length} characters`)
    assert.ok(!Buffer.from(token.slice(9), 'base64url').toString('latin1').includes(userId))
    for (const tail of ['A', '=', '==', '.', ' ', '-']) assert.equal(await open(`${token}${tail}`), undefined)
  })
})
