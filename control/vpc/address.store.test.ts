import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '#db'
import { secondsAfter } from '#kernel'
import { insertFleet, testDatabase } from '#testing'
import {
  type Claim,
  claimAddress,
  claimAddresses,
  countFree,
  listSessionAddresses,
  markLeaving,
  releaseAddresses,
} from './address.store.ts'

const AT = new Date('2026-05-21T08:00:00.000Z')
const QUARANTINE = 900

/** A subnet of a /28: 10.1.0.2 to 10.1.0.12, of which the first is the server's own. */
async function openSubnet() {
  const database = await testDatabase()
  const { subnetId } = await insertFleet(database.db, { servers: 1, cidr: '10.1.0.0/28' })
  const claim = (ownerId: string, count: number, at = AT): Claim => ({ subnetId, ownerId, kind: 'session', count, at })
  return { db: database.db, subnetId, claim, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

const last = (...numbers: number[]) => numbers.map((number) => `10.1.0.${number}`)

/** As a server gives addresses back: first they are marked, then released. */
async function giveBack(db: Db, ownerId: string, addresses: readonly string[], at: Date, until: Date): Promise<void> {
  const kept = (await listSessionAddresses(db, ownerId)).filter((address) => !addresses.includes(address))
  await db.transaction().execute((trx) => markLeaving(trx, ownerId, kept, at))
  const closed = addresses.map((address) => ({ address, leavingAt: at }))
  await releaseAddresses(db, ownerId, closed, at, until)
}

describe('claimAddresses', () => {
  it('gives the lowest addresses that nobody ever had', async () => {
    await using subnet = await openSubnet()
    const claimed = await claimAddresses(subnet.db, subnet.claim('a', 3))
    assert.deepEqual([...(claimed as string[])].sort(), last(3, 4, 5))
    assert.deepEqual(await listSessionAddresses(subnet.db, 'a'), last(3, 4, 5))
  })

  it('gives all or none: the answer to too many is how many there are', async () => {
    await using subnet = await openSubnet()
    await claimAddresses(subnet.db, subnet.claim('a', 7))
    assert.deepEqual(await claimAddresses(subnet.db, subnet.claim('b', 4)), { free: 3 })
    assert.deepEqual(await listSessionAddresses(subnet.db, 'b'), [])
    assert.equal(await countFree(subnet.db, subnet.subnetId, AT), 3)
    assert.equal(((await claimAddresses(subnet.db, subnet.claim('b', 3))) as string[]).length, 3)
    assert.deepEqual(await claimAddresses(subnet.db, subnet.claim('c', 1)), { free: 0 })
  })

  it('gives none when none is asked for, and none of a subnet that does not exist', async () => {
    await using subnet = await openSubnet()
    assert.deepEqual(await claimAddresses(subnet.db, subnet.claim('a', 0)), [])
    assert.deepEqual(await claimAddresses(subnet.db, { ...subnet.claim('a', 1), subnetId: 'none' }), { free: 0 })
  })

  it('never gives one address to two, however many ask at once', async () => {
    await using subnet = await openSubnet()
    const owners = ['a', 'b', 'c', 'd', 'e', 'f']
    const answers = await Promise.all(owners.map((owner) => claimAddresses(subnet.db, subnet.claim(owner, 3))))
    const given = answers.flatMap((answer) => ('free' in answer ? [] : answer))
    assert.equal(new Set(given).size, given.length)
    const held = await Promise.all(owners.map((owner) => listSessionAddresses(subnet.db, owner)))
    assert.deepEqual(
      held.map((each) => each.length).filter((count) => count !== 0 && count !== 3),
      [],
    )
    assert.deepEqual(held.flat().sort(), [...given].sort())
  })

  it('lets a released address rest, and then gives the one that rested longest', async () => {
    await using subnet = await openSubnet()
    await claimAddresses(subnet.db, subnet.claim('a', 10))
    const later = secondsAfter(AT, 60)
    await giveBack(subnet.db, 'a', last(9), AT, secondsAfter(AT, QUARANTINE))
    await giveBack(subnet.db, 'a', last(4), later, secondsAfter(later, QUARANTINE))
    const almost = secondsAfter(AT, QUARANTINE - 1)
    assert.deepEqual(await claimAddresses(subnet.db, subnet.claim('b', 1, almost)), { free: 0 })
    const rested = secondsAfter(later, QUARANTINE)
    assert.deepEqual(await claimAddresses(subnet.db, subnet.claim('b', 1, rested)), last(9))
    assert.deepEqual(await claimAddresses(subnet.db, subnet.claim('c', 1, rested)), last(4))
  })

  it('prefers an address that nobody ever had to one that has rested', async () => {
    await using subnet = await openSubnet()
    await claimAddresses(subnet.db, subnet.claim('a', 2))
    await giveBack(subnet.db, 'a', last(3), AT, AT)
    assert.deepEqual(await claimAddresses(subnet.db, subnet.claim('b', 1)), last(5))
  })
})

describe('claimAddress', () => {
  it('takes one that is free, and not the one of somebody, one that rests, or one that is none', async () => {
    await using subnet = await openSubnet()
    const { subnetId } = subnet
    const claim = { subnetId, ownerId: 'a', kind: 'fixed', at: AT } as const
    assert.equal(await claimAddress(subnet.db, claim, '10.1.0.7'), true)
    assert.equal(await claimAddress(subnet.db, { ...claim, ownerId: 'b' }, '10.1.0.7'), false)
    assert.equal(await claimAddress(subnet.db, claim, '10.1.0.1'), false, 'the gateway')
    assert.equal(await claimAddress(subnet.db, claim, '10.1.0.15'), false, 'broadcast')
    await claimAddresses(subnet.db, subnet.claim('c', 1))
    await giveBack(subnet.db, 'c', last(3), AT, secondsAfter(AT, QUARANTINE))
    assert.equal(await claimAddress(subnet.db, claim, '10.1.0.3'), false, 'in quarantine')
    const rested = secondsAfter(AT, QUARANTINE)
    assert.equal(await claimAddress(subnet.db, { ...claim, at: rested }, '10.1.0.3'), true)
  })
})

describe('releaseAddresses', () => {
  it("releases the owner's own session addresses and no others", async () => {
    await using subnet = await openSubnet()
    await claimAddresses(subnet.db, subnet.claim('a', 2))
    await claimAddresses(subnet.db, subnet.claim('b', 2))
    await claimAddress(subnet.db, { subnetId: subnet.subnetId, ownerId: 'a', kind: 'fixed', at: AT }, '10.1.0.12')
    await giveBack(subnet.db, 'a', last(3, 5, 12), AT, secondsAfter(AT, QUARANTINE))
    assert.deepEqual(await listSessionAddresses(subnet.db, 'a'), last(4))
    assert.deepEqual(await listSessionAddresses(subnet.db, 'b'), last(5, 6))
    const { rows } = await sql<{ owner_id: string }>`
      SELECT owner_id FROM vpc.address WHERE address = '10.1.0.12'`.execute(subnet.db)
    assert.deepEqual(rows, [{ owner_id: 'a' }], 'a fixed address goes with its port')
  })
})
