import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { type TestApi, testApi } from '../testing/api.ts'
import { claimAddresses, markLeaving, readPortAddresses, releaseAddresses } from './address.store.ts'
import { embeddedPorts } from './port.embedded.ts'
import { ask, assertRefused, makeSubnet, makeVpc, one, some, type Thing } from './test-network.ts'

let api: TestApi
let subnet: Thing
before(async () => {
  api = await testApi({ servers: 3 })
  subnet = await makeSubnet(api, await makeVpc(api))
})
after(() => api[Symbol.asyncDispose]())

const create = (port: object) => ask(api, 'CreatePort', 'POST ports', { port })
const show = async (id: string) => one(await ask(api, 'ShowPort', `GET ports/${id}`), 'port')
const update = (id: string, port: object) => ask(api, 'UpdatePort', `PUT ports/${id}`, { port })
const remove = (id: string) => ask(api, 'DeletePort', `DELETE ports/${id}`)
const reserve = (...privateips: object[]) => ask(api, 'CreatePrivateip', 'POST privateips', { privateips })

/** The port of a server of the world, open for session addresses of its own, and for one pair of somebody else. */
async function openServerPort(index: number, count = 2) {
  const serverId = api.world.servers[index]?.id ?? ''
  const [port] = some(await ask(api, 'ListPorts', `GET ports?device_id=${serverId}`), 'ports')
  assert.ok(port)
  const claim = { subnetId: api.world.subnet.id, ownerId: serverId, kind: 'session', count, at: new Date() } as const
  const claimed = await claimAddresses(api.db, claim)
  assert.ok(!('free' in claimed))
  const open = () => embeddedPorts(api.db).setSessionAddresses({ portId: port.id, ownerId: serverId })
  await open()
  return { portId: port.id, serverId, addresses: [...claimed].sort(), open }
}

const pairsOf = async (portId: string) => (await show(portId)).allowed_address_pairs as { ip_address: string }[]

describe('a port', () => {
  it('has the address it asks for, or the next free one, a MAC of its own, and no device', async () => {
    const pairs = [{ ip_address: '10.99.0.0/24' }, { ip_address: '10.98.0.1', mac_address: '00:00:5e:00:01:0a' }]
    const asked = { network_id: subnet.id, name: 'vip', device_owner: 'neutron:VIP_PORT', allowed_address_pairs: pairs }
    const fixed = [{ subnet_id: subnet.id, ip_address: '10.50.0.77' }]
    const port = one(await create({ ...asked, fixed_ips: fixed }), 'port', 201)
    assert.partialDeepStrictEqual(port, {
      ...asked,
      fixed_ips: fixed,
      device_id: '',
      status: 'DOWN',
      security_groups: [],
    })
    assert.deepEqual(await show(port.id), port)
    const next = one(await create({ network_id: subnet.id }), 'port', 201)
    assert.deepEqual(next.fixed_ips, [{ subnet_id: subnet.id, ip_address: '10.50.0.2' }])
    assert.notEqual(next.mac_address, port.mac_address)
  })

  const WRONG: readonly (readonly [name: string, port: object, status: number, says: RegExp])[] = [
    ['in a network that is not there', { network_id: 'none' }, 404, /no subnet none/],
    ['of another project', { tenant_id: 'another' }, 400, /tenant_id/],
    ['with an address of another subnet', { fixed_ips: [{ subnet_id: 'another' }] }, 400, /fixed_ips/],
    ['with an address that is none of the subnet', { fixed_ips: [{ ip_address: '10.60.0.1' }] }, 409, /10\.60\.0\.1/],
    ['with the address of the gateway', { fixed_ips: [{ ip_address: '10.50.0.1' }] }, 409, /10\.50\.0\.1/],
    ['with a security group', { security_groups: ['x'] }, 400, /security_groups/],
    ['open for everything', { allowed_address_pairs: [{ ip_address: '0.0.0.0/0' }] }, 400, /0\.0\.0\.0\/0/],
    ['open for everything, said otherwise', { allowed_address_pairs: [{ ip_address: '0.0.0.0/00' }] }, 400, /0\/00/],
    ['open for what is no address', { allowed_address_pairs: [{ ip_address: '1.2.3.999' }] }, 400, /1\.2\.3\.999/],
  ]
  for (const [name, members, status, says] of WRONG) {
    it(`${name} is refused`, async () => {
      const answer = await create({ network_id: subnet.id, ...members })
      assert.equal(answer.status, status, answer.text)
      assert.match(answer.text, says)
    })
  }

  it('never shares its address, also when two ask at once', async () => {
    const asked = { network_id: subnet.id, fixed_ips: [{ ip_address: '10.50.0.90' }] }
    const answers = await Promise.all([create(asked), create(asked)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409])
  })

  it('gives its address back when it goes', async () => {
    const asked = { network_id: subnet.id, fixed_ips: [{ ip_address: '10.50.0.91' }] }
    const port = one(await create(asked), 'port', 201)
    assert.equal((await remove(port.id)).status, 204)
    assert.equal((await remove(port.id)).status, 404)
    one(await create(asked), 'port', 201)
  })

  it('shows its pairs in one form', async () => {
    const allowed_address_pairs = [{ ip_address: '10.98.0.7/32' }, { ip_address: '10.98.0.8/31', mac_address: '' }]
    const port = one(await create({ network_id: subnet.id, allowed_address_pairs }), 'port', 201)
    assert.deepEqual(port.allowed_address_pairs, [{ ip_address: '10.98.0.7' }, { ip_address: '10.98.0.8/31' }])
  })

  it('is found by each filter', async () => {
    const port = one(await create({ network_id: subnet.id, name: 'findable' }), 'port', 201)
    const [address] = port.fixed_ips as { ip_address: string }[]
    const list = async (query: string) => some(await ask(api, 'ListPorts', `GET ports?${query}`), 'ports')
    const filters = [`id=${port.id}`, 'name=findable', `mac_address=${String(port.mac_address).toUpperCase()}`]
    for (const query of [...filters, `fixed_ips=ip_address=${address?.ip_address}`]) {
      assert.deepEqual(await list(query), [port], query)
    }
    const inSubnet = await list(`network_id=${subnet.id}&device_owner=&status=DOWN`)
    assert.ok(inSubnet.some(({ id }) => id === port.id))
    assert.deepEqual(await list(`fixed_ips=subnet_id=${subnet.id}`), inSubnet)
    assert.deepEqual(await list('admin_state_up=false'), [])
    const servers = await list('device_owner=compute:nova&status=ACTIVE')
    assert.deepEqual(servers.map(({ device_id }) => device_id).sort(), api.world.servers.map(({ id }) => id).sort())
    const paged = [...(await list('limit=1')), ...(await list(`marker=${(await list('limit=1'))[0]?.id}`))]
    assert.deepEqual(paged, await list(''))
  })
})

describe('the port of a server', () => {
  it('cannot be deleted, as a port or as a private IP', async () => {
    const { portId, serverId } = await openServerPort(0)
    assertRefused(await remove(portId), 409, 'VPC.0705', new RegExp(serverId))
    const asIp = await ask(api, 'DeletePrivateip', `DELETE privateips/${portId}`)
    assertRefused(asIp, 409, 'VPC.0705', new RegExp(serverId))
  })

  it('keeps its session addresses: a list without one of them, or with a MAC beside it, is refused', async () => {
    const { portId, addresses } = await openServerPort(1)
    const before = await pairsOf(portId)
    const [first = '', second = ''] = addresses
    const lists = [
      [],
      [{ ip_address: first }],
      [{ ip_address: first }, { ip_address: second, mac_address: '02:00:00:00:00:01' }],
    ]
    for (const allowed_address_pairs of lists) {
      assertRefused(await update(portId, { allowed_address_pairs }), 409, 'VPC.0706', /has to stay on this port/)
    }
    assert.deepEqual(await pairsOf(portId), before)
  })

  it('takes pairs of others, which survive an update of the server', async () => {
    const { portId, serverId, addresses, open } = await openServerPort(2)
    const named = { subnet_id: api.world.subnet.id, ip_address: '10.9.0.200' }
    assert.equal((await reserve(named)).status, 200)
    const router = { ip_address: '10.9.0.200', mac_address: '00:00:5e:00:01:0a' }
    const ours = await pairsOf(portId)
    const answer = await update(portId, { name: 'named', allowed_address_pairs: [router, ...ours] })
    assert.equal(one(answer, 'port').name, 'named')
    const more = {
      subnetId: api.world.subnet.id,
      ownerId: serverId,
      kind: 'session',
      count: 1,
      at: new Date(),
    } as const
    const added = await claimAddresses(api.db, more)
    await open()
    const found = await pairsOf(portId)
    assert.deepEqual(found[0], router)
    assert.deepEqual(
      found
        .slice(1)
        .map(({ ip_address }) => ip_address)
        .sort(),
      [...addresses, ...(added as string[])].sort(),
    )
  })

  it('is not opened for the session addresses of another, named or in a block', async () => {
    const { addresses, serverId } = await openServerPort(0)
    const port = one(await create({ network_id: subnet.id }), 'port', 201)
    const named = await update(port.id, { allowed_address_pairs: [{ ip_address: addresses[0] }] })
    assertRefused(named, 409, 'VPC.0706', new RegExp(`server ${serverId}: another port`))
    const block = await update(port.id, { allowed_address_pairs: [{ ip_address: '10.9.0.0/24' }] })
    assertRefused(block, 409, 'VPC.0706', /10\.9\.0\./)
    assert.deepEqual(await pairsOf(port.id), [])
  })

  it('is not opened again for an address that left while its list was being changed', async () => {
    const { portId, serverId, addresses, open } = await openServerPort(1)
    const [gone = '', ...kept] = addresses
    const allowed_address_pairs = await pairsOf(portId)
    const used = (await readPortAddresses(api.db, serverId)).open.filter((one) => one !== gone)
    await api.db.transaction().execute((trx) => markLeaving(trx, serverId, used, new Date()))
    assert.equal((await update(portId, { allowed_address_pairs })).status, 200, 'as it is, it may be written back')
    const leaving = await open()
    assertRefused(await update(portId, { allowed_address_pairs }), 409, 'VPC.0706', new RegExp(gone))
    const at = new Date()
    await releaseAddresses(api.db, serverId, leaving, at, new Date(at.getTime() + 60_000))
    assertRefused(await update(portId, { allowed_address_pairs }), 409, 'VPC.0706', new RegExp(gone))
    await releaseAll(gone)
    assertRefused(await update(portId, { allowed_address_pairs }), 409, 'VPC.0706', new RegExp(gone))
    const found = (await pairsOf(portId)).map(({ ip_address }) => ip_address)
    assert.ok(!found.includes(gone) && kept.every((address) => found.includes(address)))
  })
})

/** As if the quarantine were over. */
const releaseAll = (address: string) =>
  sql`UPDATE vpc.address SET quarantined_until = NULL WHERE address = ${address}::inet`.execute(api.db)

describe('an address of a subnet', () => {
  const opened = (ip_address: string) => create({ network_id: subnet.id, allowed_address_pairs: [{ ip_address }] })

  it('is for a pair only while a port without a device has it, which stays as long as the pair', async () => {
    assertRefused(await opened('10.50.0.140'), 409, 'VPC.0706', /10\.50\.0\.140.*not reserved/)
    const [ip] = some(await reserve({ subnet_id: subnet.id, ip_address: '10.50.0.140' }), 'privateips')
    assert.ok(ip)
    const port = one(await opened('10.50.0.140'), 'port', 201)
    assertRefused(await remove(ip.id), 409, 'VPC.0705', new RegExp(`10\\.50\\.0\\.140.*${port.id}`))
    one(await update(port.id, { allowed_address_pairs: [] }), 'port')
    assert.equal((await remove(ip.id)).status, 204)
  })

  it('of a server is its own', async () => {
    const [server] = some(await ask(api, 'ListPorts', `GET ports?device_id=${api.world.servers[0]?.id}`), 'ports')
    const [fixed] = (server?.fixed_ips ?? []) as { ip_address: string }[]
    assertRefused(await opened(fixed?.ip_address ?? ''), 409, 'VPC.0706', /not reserved/)
  })

  it('is given back or put on a port, not both at once', async () => {
    const [ip] = some(await reserve({ subnet_id: subnet.id, ip_address: '10.50.0.141' }), 'privateips')
    const answers = await Promise.all([remove(ip?.id ?? ''), opened('10.50.0.141')])
    const statuses = answers.map(({ status }) => status).join(' ')
    assert.ok(['204 409', '409 201'].includes(statuses), statuses)
  })
})

describe('private IPs', () => {
  it('are given one by one or several at once, named ones and others', async () => {
    const answer = await reserve({ subnet_id: subnet.id }, { subnet_id: subnet.id, ip_address: '10.50.0.120' })
    const ips = some(answer, 'privateips')
    assert.equal(ips.length, 2)
    assert.equal(ips[1]?.ip_address, '10.50.0.120')
    for (const ip of ips) {
      assert.deepEqual(one(await ask(api, 'ShowPrivateip', `GET privateips/${ip.id}`), 'privateip'), ip)
    }
    const listed = some(await ask(api, 'ListPrivateips', `GET subnets/${subnet.id}/privateips`), 'privateips')
    assert.ok(ips.every(({ id }) => listed.some((one) => one.id === id)))
    const [first] = listed
    const rest = await ask(api, 'ListPrivateips', `GET subnets/${subnet.id}/privateips?marker=${first?.id}`)
    assert.deepEqual(some(rest, 'privateips'), listed.slice(1))
  })

  it('are all given or none', async () => {
    const count = async () => some(await ask(api, 'ListPorts', `GET ports?network_id=${subnet.id}`), 'ports').length
    const before = await count()
    const taken = { subnet_id: subnet.id, ip_address: '10.50.0.120' }
    assertRefused(await reserve({ subnet_id: subnet.id }, taken), 409, 'VPC.0704', /10\.50\.0\.120/)
    const twice = { subnet_id: subnet.id, ip_address: '10.50.0.121' }
    assertRefused(await reserve(twice, twice), 409, 'VPC.0704', /10\.50\.0\.121/)
    const small = await makeSubnet(api, await makeVpc(api), '10.50.0', 28)
    const many = Array.from({ length: 12 }, () => ({ subnet_id: small.id }))
    assertRefused(await reserve(...many), 409, 'VPC.0703', /free/)
    assert.equal(await count(), before)
  })

  it('and session addresses are never the same, whoever asks first', async () => {
    const small = await makeSubnet(api, await makeVpc(api), '10.50.0', 28)
    const claim = { subnetId: small.id, ownerId: 'server', kind: 'session', at: new Date() } as const
    const [claimed] = (await claimAddresses(api.db, { ...claim, count: 1 })) as string[]
    const named = await reserve({ subnet_id: small.id, ip_address: claimed })
    assertRefused(named, 409, 'VPC.0704', new RegExp(String(claimed)))
    const [sessions, ips] = await Promise.all([
      claimAddresses(api.db, { ...claim, count: 5 }),
      reserve(...Array.from({ length: 5 }, () => ({ subnet_id: small.id }))),
    ])
    const given = [claimed, ...(sessions as string[]), ...some(ips, 'privateips').map(({ ip_address }) => ip_address)]
    assert.equal(new Set(given).size, 11)
    const { rows } = await sql`SELECT FROM vpc.address WHERE subnet_id = ${small.id} AND owner_id IS NULL`.execute(
      api.db,
    )
    assert.equal(rows.length, 0)
    assertRefused(await reserve({ subnet_id: small.id }), 409, 'VPC.0703', /0 free/)
    assert.deepEqual(await claimAddresses(api.db, { ...claim, count: 1 }), { free: 0 })
  })

  it('of a subnet that is not there are not given', async () => {
    assertRefused(await reserve({ subnet_id: 'none' }), 404, 'VPC.0202', /no subnet none/)
  })
})
