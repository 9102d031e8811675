import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { isForeignKeyViolation, type Trx } from '#db'
import { AppError } from '#kernel'
import type { BodyOf } from '../../contract/operation.ts'
import type {
  createSubnet as createOperation,
  updateSubnet as updateOperation,
} from '../../contract/operations/vpc/subnet.ts'
import { type Block, findSubnetFault, holds, overlaps, parseBlock } from './cidr.ts'
import { holdRoom, requireAddressRoom } from './limits.ts'
import { insertSubnet } from './network.store.ts'
import { nameUsers } from './users.view.ts'
import { holdVpc, refuseFault, tagsOf, type VpcDeps } from './vpc.service.ts'
import { requireSubnetDetail, type SubnetDetail } from './vpc.view.ts'

type NewSubnet = BodyOf<typeof createOperation>['subnet']
type SubnetChange = BodyOf<typeof updateOperation>['subnet']

/** Its VPC is held meanwhile, so that two blocks are never compared with the same others. */
export function createSubnet({ db, clock }: VpcDeps, projectId: string, request: NewSubnet): Promise<SubnetDetail> {
  const { vpc_id: vpcId, cidr, gateway_ip: gatewayIp, name } = request
  refuseFault(findSubnetFault(cidr, gatewayIp))
  const tags = JSON.stringify(tagsOf(request.tags))
  const id = randomUUID()
  const at = clock.now()
  return db.transaction().execute(async (trx) => {
    await holdRoom(trx, projectId, 'subnet')
    await requireAddressRoom(trx, projectId, cidr)
    const vpc = await holdVpc(trx, projectId, vpcId)
    await requireRoomFor(trx, cidr, { id: vpcId, cidr: vpc.cidr })
    const dhcpEnable = request.dhcp_enable ?? true
    await insertSubnet(trx, { id, projectId, vpcId, name, cidr, gatewayIp, dhcpEnable }, at)
    const more = { tags, availability_zone: request.availability_zone ?? '', ...changesOf(request, []) }
    await trx.updateTable('vpc.subnet').set(more).where('id', '=', id).execute()
    return requireSubnetDetail(trx, projectId, id)
  })
}

async function requireRoomFor(
  trx: Trx,
  cidr: string,
  vpc: { readonly id: string; readonly cidr: string },
): Promise<void> {
  const wanted = parseBlock(cidr) as Block
  if (!holds(parseBlock(vpc.cidr) as Block, wanted)) {
    throw new AppError('vpc.subnet_outside', { cidr, vpcId: vpc.id, vpcCidr: vpc.cidr })
  }
  const { rows } = await sql<{ id: string; cidr: string }>`
    SELECT id, text(cidr) AS cidr FROM vpc.subnet WHERE vpc_id = ${vpc.id} ORDER BY cidr`.execute(trx)
  const other = rows.find((row) => overlaps(parseBlock(row.cidr) as Block, wanted))
  if (other) throw new AppError('vpc.subnet_overlaps', { cidr, otherCidr: other.cidr, otherId: other.id })
}

/** What of a subnet may change, as columns; what the request leaves out stays. */
function changesOf(request: Omit<SubnetChange, 'name'>, dnsNow: readonly string[]) {
  const { description, dhcp_enable, extra_dhcp_opts: options } = request
  const dns = dnsOf(request, dnsNow)
  return {
    ...(description === undefined ? {} : { description }),
    ...(dhcp_enable === undefined ? {} : { dhcp_enable }),
    ...(dns === undefined ? {} : { dns_list: JSON.stringify(dns) }),
    // an option without a value is how a client takes it away
    ...(options === undefined
      ? {}
      : { extra_dhcp_opts: JSON.stringify(options.filter(({ opt_value }) => opt_value !== undefined)) }),
  }
}

/** The first two by their names, whatever of the others there is. */
function dnsOf(
  { dnsList, primary_dns, secondary_dns }: Omit<SubnetChange, 'name'>,
  [primary = '', secondary = '', ...others]: readonly string[],
): readonly string[] | undefined {
  if (dnsList !== undefined) return dnsList
  if (primary_dns === undefined && secondary_dns === undefined) return undefined
  return [primary_dns ?? primary, secondary_dns ?? secondary, ...others].filter((address) => address !== '')
}

/** A group with virtual session IPs keeps DHCP on, here and where its servers are: both share the row while they are made. */
export function updateSubnet({ db, clock }: VpcDeps, { id }: SubnetDetail, change: SubnetChange): Promise<void> {
  return db.transaction().execute(async (trx) => {
    const { dns_list } = await holdSubnet(trx, id)
    if (change.dhcp_enable === false) await requireNoVirtualIps(trx, id)
    const row = { name: change.name, updated_at: clock.now(), ...changesOf(change, dns_list) }
    await trx.updateTable('vpc.subnet').set(row).where('id', '=', id).execute()
  })
}

async function requireNoVirtualIps(trx: Trx, subnetId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM fleet.server_group
    WHERE ip_virtual_enable AND (subnet_id = ${subnetId} OR id IN (
      SELECT server_group_id FROM fleet.server WHERE host_address ->> 'subnet_id' = ${subnetId}))
    ORDER BY id LIMIT 1`.execute(trx)
  const [group] = rows
  if (group) throw new AppError('vpc.dhcp_needed', { subnetId, serverGroupId: group.id })
}

async function holdSubnet(trx: Trx, id: string): Promise<Pick<SubnetDetail, 'dns_list'>> {
  const { rows } = await sql<Pick<SubnetDetail, 'dns_list'>>`
    SELECT dns_list FROM vpc.subnet WHERE id = ${id} FOR UPDATE`.execute(trx)
  const [row] = rows
  if (!row) throw new AppError('vpc.not_found', { kind: 'subnet', id })
  return row
}

/** Whoever takes something of the subnet meanwhile waits for the row, or has taken it already and is named. */
export async function deleteSubnet({ db }: VpcDeps, { id: subnetId }: SubnetDetail): Promise<void> {
  try {
    await db.transaction().execute(async (trx) => {
      await holdSubnet(trx, subnetId)
      const users = await nameUsers(trx, { subnetId })
      if (users !== undefined) throw new AppError('vpc.subnet_in_use', { subnetId, users })
      await sql`DELETE FROM vpc.address WHERE subnet_id = ${subnetId} AND owner_id IS NULL`.execute(trx)
      await trx.deleteFrom('vpc.subnet').where('id', '=', subnetId).execute()
    })
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    throw new AppError('vpc.subnet_in_use', { subnetId, users: 'an address that was just taken' }, { cause: error })
  }
}
