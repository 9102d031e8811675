import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { callGroups, created } from '../fleet/test-groups.ts'
import { newServers, send } from '../lifecycle/test-servers.ts'
import { type TestApi, testApi } from '../testing/api.ts'
import { ask, assertRefused, freshName, makeSubnet, makeVpc, newSubnet, one, some, type Thing } from './test-network.ts'

let api: TestApi
let vpc: Thing
before(async () => {
  api = await testApi({ servers: 1 })
  vpc = await makeVpc(api)
})
after(() => api[Symbol.asyncDispose]())

const create = (subnet: object) => ask(api, 'CreateSubnet', 'POST subnets', { subnet })
const show = (id: string) => ask(api, 'ShowSubnet', `GET subnets/${id}`)
const update = (subnet: Thing, change: object) =>
  ask(api, 'UpdateSubnet', `PUT vpcs/${subnet.vpc_id}/subnets/${subnet.id}`, {
    subnet: { name: freshName(), ...change },
  })
const remove = (subnet: Thing) => ask(api, 'DeleteSubnet', `DELETE vpcs/${subnet.vpc_id}/subnets/${subnet.id}`)

const serversIn = (groupId: string, subnet: Thing) =>
  send(
    api,
    'CreateAppServers',
    newServers(api, { server_group_id: groupId, vpc_id: subnet.vpc_id, subnet_id: subnet.id }),
  )

async function makeServers(groupId: string, subnet: Thing): Promise<void> {
  const answer = await serversIn(groupId, subnet)
  assert.equal(answer.status, 200, answer.text)
}

async function isOnlyOne(...answers: Promise<{ readonly status: number }>[]): Promise<boolean> {
  return (await Promise.all(answers)).filter(({ status }) => status < 300).length === 1
}

describe('a subnet', () => {
  it('is as it was asked for, active at once, and has all of its addresses free', async () => {
    const asked = { ...newSubnet(vpc, '10.50.1'), description: 'd', dnsList: ['10.50.1.9'], availability_zone: 'az-1' }
    const options = [{ opt_name: 'addresstime', opt_value: '24h' }]
    const subnet = one(await create({ ...asked, extra_dhcp_opts: options, ipv6_enable: false }), 'subnet')
    assert.partialDeepStrictEqual(subnet, {
      ...{ ...asked, status: 'ACTIVE', dhcp_enable: true, ipv6_enable: false, extra_dhcp_opts: options },
      ...{ primary_dns: '10.50.1.9', secondary_dns: '', neutron_network_id: subnet.id },
      available_ip_address_count: 256 - 1 - 1 - 3,
    })
    assert.deepEqual(one(await show(subnet.id), 'subnet'), subnet)
  })

  const WRONG: readonly (readonly [name: string, subnet: object, code: string, says: RegExp])[] = [
    ['outside its VPC', { cidr: '10.60.0.0/24', gateway_ip: '10.60.0.1' }, 'VPC.0203', /not inside VPC/],
    ['too small', { cidr: '10.50.9.0/29', gateway_ip: '10.50.9.1' }, 'VPC.0101', /\/16 to \/28/],
    ['too large', { cidr: '10.50.0.0/15', gateway_ip: '10.50.9.1' }, 'VPC.0101', /\/16 to \/28/],
    ['with a gateway elsewhere', { cidr: '10.50.9.0/24', gateway_ip: '10.50.8.1' }, 'VPC.0101', /gateway_ip/],
    ['with IPv6', { cidr: '10.50.9.0/24', gateway_ip: '10.50.9.1', ipv6_enable: true }, 'VPC.0101', /ipv6_enable/],
    ['without a name', { cidr: '10.50.9.0/24', gateway_ip: '10.50.9.1', name: '' }, 'VPC.0101', /name/],
  ]
  for (const [name, members, code, says] of WRONG) {
    it(`${name} is refused`, async () => {
      assertRefused(await create({ name: 'n', vpc_id: vpc.id, ...members }), 400, code, says)
    })
  }

  it('of a VPC that is not there is refused', async () => {
    assertRefused(await create(newSubnet({ id: 'none' }, '10.50.9')), 404, 'VPC.0202', /no VPC none/)
  })

  it('overlaps no other of its VPC, also when two ask at once', async () => {
    const first = await makeSubnet(api, vpc, '10.50.32', 23)
    assertRefused(await create(newSubnet(vpc, '10.50.33')), 400, 'VPC.0204', new RegExp(first.id))
    const wide = { ...newSubnet(vpc, '10.50.48', 20), name: 'wide' }
    const answers = await Promise.all([create(wide), create(newSubnet(vpc, '10.50.50'))])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400])
    const elsewhere = await makeVpc(api)
    await makeSubnet(api, elsewhere, '10.50.32', 23)
  })

  it('changes what is said; Terraform may take an option away', async () => {
    const subnet = await makeSubnet(api, vpc, '10.50.2')
    const set = { description: 'new', primary_dns: '10.50.2.8', secondary_dns: '10.50.2.9' }
    assert.deepEqual(
      (await update(subnet, { ...set, extra_dhcp_opts: [{ opt_name: 'ntp', opt_value: '10.0.0.1' }] })).body,
      {
        subnet: { id: subnet.id, status: 'ACTIVE' },
      },
    )
    assert.partialDeepStrictEqual(one(await show(subnet.id), 'subnet'), {
      ...{ ...set, dnsList: ['10.50.2.8', '10.50.2.9'], extra_dhcp_opts: [{ opt_name: 'ntp', opt_value: '10.0.0.1' }] },
    })
    await update(subnet, { extra_dhcp_opts: [{ opt_name: 'ntp' }] })
    assert.partialDeepStrictEqual(one(await show(subnet.id), 'subnet'), { ...set, extra_dhcp_opts: [] })
  })

  it('keeps the DNS server that a change does not name', async () => {
    const subnet = await makeSubnet(api, vpc, '10.50.15')
    const servers = async () => one(await show(subnet.id), 'subnet').dnsList
    await update(subnet, { dnsList: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] })
    await update(subnet, { primary_dns: '10.0.0.8' })
    assert.deepEqual(await servers(), ['10.0.0.8', '10.0.0.2', '10.0.0.3'])
    await update(subnet, { secondary_dns: '' })
    assert.deepEqual(await servers(), ['10.0.0.8', '10.0.0.3'])
  })

  it('keeps DHCP while a group in it has virtual session IPs', async () => {
    const subnet = await makeSubnet(api, vpc, '10.50.3')
    const group = await created(api, { vpc_id: vpc.id, subnet_id: subnet.id, ip_virtual: { enable: true } })
    assertRefused(await update(subnet, { dhcp_enable: false }), 409, 'VPC.0209', new RegExp(group.id))
    assert.equal(one(await show(subnet.id), 'subnet').dhcp_enable, true)
    const other = await makeSubnet(api, vpc, '10.50.4')
    assert.equal((await update(other, { dhcp_enable: false })).status, 200)
    assert.equal(one(await show(other.id), 'subnet').dhcp_enable, false)
  })

  it('has DHCP off or a group that turns virtual session IPs on, never both, whoever comes first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const subnet = await makeSubnet(api, vpc, `10.50.${20 + round}`)
      const group = await created(api, { vpc_id: vpc.id, subnet_id: subnet.id })
      const turnOn = () =>
        callGroups(api, 'UpdateServerGroup', ['PATCH', `/app-server-groups/${group.id}`], {
          ip_virtual: { enable: true },
        })
      const turnOff = () => update(subnet, { dhcp_enable: false })
      const both = round % 2 === 0 ? [turnOn(), turnOff()] : [turnOff(), turnOn()]
      const won = (await Promise.all(both)).filter(({ status }) => status < 300)
      assert.equal(won.length, 1)
    }
  })

  it('has as many free addresses as its gateway leaves it', async () => {
    const { id } = await makeSubnet(api, vpc, '10.50.14', 28)
    const asked = { ...newSubnet(vpc, '10.50.14', 28), cidr: '10.50.14.16/28', gateway_ip: '10.50.14.30' }
    const high = one(await create(asked), 'subnet')
    for (const subnet of [one(await show(id), 'subnet'), high]) {
      const { rows } = await sql`SELECT FROM vpc.address WHERE subnet_id = ${subnet.id}`.execute(api.db)
      assert.equal(subnet.available_ip_address_count, rows.length)
    }
  })

  it('that a server group or a port is in is not deleted, and the answer says which', async () => {
    const subnet = await makeSubnet(api, vpc, '10.50.5')
    const group = await created(api, { vpc_id: vpc.id, subnet_id: subnet.id })
    assertRefused(await remove(subnet), 409, 'VPC.0209', new RegExp(`server group ${group.id}`))
    const { subnet: ours, vpc: its } = api.world
    const answer = await ask(api, 'DeleteSubnet', `DELETE vpcs/${its.id}/subnets/${ours.id}`)
    assertRefused(answer, 409, 'VPC.0209', /in use by server group .*, server /)
  })

  it('goes with its addresses once nothing is in it', async () => {
    const subnet = await makeSubnet(api, vpc, '10.50.6')
    const body = { privateips: [{ subnet_id: subnet.id }] }
    const [ip] = some(await ask(api, 'CreatePrivateip', 'POST privateips', body), 'privateips')
    assertRefused(await remove(subnet), 409, 'VPC.0209', new RegExp(`port ${ip?.id}`))
    await ask(api, 'DeletePrivateip', `DELETE privateips/${ip?.id}`)
    assert.equal((await remove(subnet)).status, 204)
    assertRefused(await show(subnet.id), 404, 'VPC.0202', /no subnet/)
    await makeSubnet(api, vpc, '10.50.6')
  })

  it('is deleted or has a private IP, never both, whoever comes first', async () => {
    const subnet = await makeSubnet(api, vpc, '10.50.7', 28)
    const [took, removed] = await Promise.all([
      ask(api, 'CreatePrivateip', 'POST privateips', { privateips: [{ subnet_id: subnet.id }] }),
      remove(subnet),
    ])
    assert.ok(took.status === 200 ? removed.status === 409 : took.status === 404 && removed.status === 204)
  })

  it('with servers of a group elsewhere is kept by them, and its DHCP by their virtual session IPs', async () => {
    const [home, subnet] = [await makeSubnet(api, vpc, '10.50.9'), await makeSubnet(api, vpc, '10.50.10')]
    const group = await created(api, { vpc_id: vpc.id, subnet_id: home.id, ip_virtual: { enable: true } })
    await makeServers(group.id, subnet)
    assertRefused(await remove(subnet), 409, 'VPC.0209', /in use by server /)
    assertRefused(await update(subnet, { dhcp_enable: false }), 409, 'VPC.0209', new RegExp(group.id))
  })

  it('is deleted or has servers, and has DHCP for them or none, whoever comes first', async () => {
    const home = await makeSubnet(api, vpc, '10.50.11')
    const group = await created(api, { vpc_id: vpc.id, subnet_id: home.id, ip_virtual: { enable: true } })
    const [gone, without] = [await makeSubnet(api, vpc, '10.50.12'), await makeSubnet(api, vpc, '10.50.13')]
    const [removed, changed] = [() => remove(gone), () => update(without, { dhcp_enable: false })]
    assert.ok(await isOnlyOne(serversIn(group.id, gone), removed()))
    assert.ok(await isOnlyOne(serversIn(group.id, without), changed()))
  })

  it('in another VPC than the path says is not there', async () => {
    const subnet = await makeSubnet(api, vpc, '10.50.8')
    assertRefused(await remove({ ...subnet, vpc_id: api.world.vpc.id }), 404, 'VPC.0202', /no subnet/)
  })
})

it('the list of subnets goes page by page, of one VPC or all', async () => {
  const own = await makeVpc(api)
  const made = [await makeSubnet(api, own, '10.50.1'), await makeSubnet(api, own, '10.50.2')]
  const list = async (query: string) => some(await ask(api, 'ListSubnets', `GET subnets?${query}`), 'subnets')
  const sorted = made.map(({ id }) => id).sort()
  assert.deepEqual(
    (await list(`vpc_id=${own.id}`)).map(({ id }) => id),
    sorted,
  )
  assert.deepEqual(
    (await list(`vpc_id=${own.id}&limit=1&marker=${sorted[0]}`)).map(({ id }) => id),
    [sorted[1]],
  )
  assert.ok((await list('')).length > 2)
})

it('usage counts what is given and what can be', async () => {
  const subnet = await makeSubnet(api, vpc, '10.50.100', 28)
  await ask(api, 'CreatePrivateip', 'POST privateips', {
    privateips: [{ subnet_id: subnet.id }, { subnet_id: subnet.id }],
  })
  const answer = await ask(api, 'ShowNetworkIpAvailabilities', `GET network-ip-availabilities/${subnet.id}`)
  const counts = { total_ips: 16 - 1 - 1 - 3, used_ips: 2 }
  assert.deepEqual(answer.body, {
    network_ip_availability: {
      ...{ network_id: subnet.id, network_name: subnet.name, tenant_id: api.world.project.id, ...counts },
      subnet_ip_availability: [
        { subnet_id: subnet.id, subnet_name: subnet.name, cidr: subnet.cidr, ip_version: 4, ...counts },
      ],
    },
  })
})

it('the subnets of a project have 262,144 addresses at the most', async () => {
  const wide = await makeVpc(api, '10.0.0.0/8')
  const make = (prefix: number) => create(newSubnet(wide, '10.64.0', prefix))
  // as rows alone: their addresses would take long, and are not what is counted
  for (const [index, cidr] of ['10.60.0.0/16', '10.61.0.0/16', '10.62.0.0/16'].entries()) {
    const { project, vpc: of } = api.world
    await sql`INSERT INTO vpc.subnet (id, project_id, vpc_id, name, cidr, gateway_ip, dhcp_enable, created_at)
      VALUES (${`wide-${index}`}, ${project.id}, ${of.id}, 'wide', ${cidr}, '10.60.0.1', true, now())`.execute(api.db)
  }
  assertRefused(await make(16), 409, 'VPC.0114', /262144 addresses in its subnets/)
  one(await make(28), 'subnet')
})
