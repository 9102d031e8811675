import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '#db'
import { AppError } from '#kernel'
import { insertFleet, testDatabase } from '#testing'
import { insertSubnet, insertVpc, type NewSubnet, requireSubnet } from './network.store.ts'

const AT = new Date('2026-05-21T08:00:00.000Z')

/** A VPC without subnets, and a subnet to be made in it. */
async function openNetwork() {
  const database = await testDatabase()
  const { projectId } = await insertFleet(database.db, { servers: 1, cidr: '192.168.0.0/24' })
  const vpcId = randomUUID()
  await insertVpc(database.db, { id: vpcId, projectId, name: 'vpc', cidr: '10.0.0.0/8' }, AT)
  const subnetOf = (cidr: string, gatewayIp: string): NewSubnet => {
    return { id: randomUUID(), projectId, vpcId, name: 'subnet', cidr, gatewayIp, dhcpEnable: true }
  }
  return { db: database.db, subnetOf, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

async function addressesOf(db: Db, subnetId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ address: string }>`
    SELECT host(address) AS address FROM vpc.address WHERE subnet_id = ${subnetId} ORDER BY vpc.address.address`.execute(
    db,
  )
  return rows.map((row) => row.address)
}

describe('insertSubnet', () => {
  it('has a row for each address but the network, the gateway and the three at the end', async () => {
    await using network = await openNetwork()
    const subnet = network.subnetOf('10.2.0.16/28', '10.2.0.17')
    await insertSubnet(network.db, subnet, AT)
    // .16 is the network, .17 the gateway, .29 and .30 the platform's, .31 broadcast
    const expected = Array.from({ length: 11 }, (_, index) => `10.2.0.${18 + index}`)
    assert.deepEqual(await addressesOf(network.db, subnet.id), expected)
  })

  it('leaves the gateway out wherever it stands', async () => {
    await using network = await openNetwork()
    const [middle, end] = [network.subnetOf('10.2.0.0/28', '10.2.0.5'), network.subnetOf('10.3.0.0/28', '10.3.0.14')]
    await insertSubnet(network.db, middle, AT)
    await insertSubnet(network.db, end, AT)
    const without5 = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12].map((last) => `10.2.0.${last}`)
    assert.deepEqual(await addressesOf(network.db, middle.id), without5)
    const all = Array.from({ length: 12 }, (_, index) => `10.3.0.${index + 1}`)
    assert.deepEqual(await addressesOf(network.db, end.id), all)
  })

  it('crosses the borders of the last byte', async () => {
    await using network = await openNetwork()
    const subnet = network.subnetOf('10.2.2.0/23', '10.2.2.1')
    await insertSubnet(network.db, subnet, AT)
    const addresses = await addressesOf(network.db, subnet.id)
    assert.equal(addresses.length, 512 - 1 - 1 - 3)
    assert.deepEqual(addresses.slice(253, 256), ['10.2.2.255', '10.2.3.0', '10.2.3.1'])
    assert.equal(addresses.at(-1), '10.2.3.252')
  })

  it('changes nothing when it is there already', async () => {
    await using network = await openNetwork()
    const subnet = network.subnetOf('10.2.0.0/28', '10.2.0.1')
    await insertSubnet(network.db, subnet, AT)
    await sql`UPDATE vpc.address SET owner_id = 'somebody', kind = 'session', claimed_at = now()
      WHERE subnet_id = ${subnet.id} AND address = '10.2.0.2'`.execute(network.db)
    await insertSubnet(network.db, { ...subnet, cidr: '10.2.0.0/27' }, AT)
    assert.equal((await addressesOf(network.db, subnet.id)).length, 11)
    const { rows } = await sql`SELECT owner_id FROM vpc.address WHERE owner_id = 'somebody'`.execute(network.db)
    assert.equal(rows.length, 1)
  })

  for (const cidr of ['10.0.0.0/15', '10.2.0.0/29', '10.2.0.0', '10.2.0.0/x']) {
    it(`refuses ${cidr}, which would be too many rows or none, and leaves no row`, async () => {
      await using network = await openNetwork()
      const subnet = network.subnetOf(cidr, '10.2.0.1')
      await assert.rejects(insertSubnet(network.db, subnet, AT), RangeError)
      assert.deepEqual(await addressesOf(network.db, subnet.id), [])
    })
  }
})

describe('requireSubnet', () => {
  it('finds a subnet by project, VPC and id together, and by no less', async () => {
    await using network = await openNetwork()
    const subnet = network.subnetOf('10.2.0.0/28', '10.2.0.1')
    await insertSubnet(network.db, subnet, AT)
    const { id, projectId, vpcId } = subnet
    assert.deepEqual(await requireSubnet(network.db, projectId, vpcId, id), {
      id,
      cidr: '10.2.0.0/28',
      gatewayIp: '10.2.0.1',
      dhcpEnable: true,
    })
    const isNotFound = (error: unknown) => error instanceof AppError && error.word === 'vpc.subnet_not_found'
    await assert.rejects(requireSubnet(network.db, 'another', vpcId, id), isNotFound)
    await assert.rejects(requireSubnet(network.db, projectId, 'another', id), isNotFound)
    await assert.rejects(requireSubnet(network.db, projectId, vpcId, 'another'), isNotFound)
  })
})
