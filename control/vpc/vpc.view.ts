import { sql } from 'kysely'
import type { AddressPair, Db, DhcpOption, Tag } from '#db'
import type { Resource } from '#http'
import { AppError } from '#kernel'
import { countAddresses } from './cidr.ts'

export interface VpcRow {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly description: string
  readonly cidr: string
  readonly enterprise_project_id: string
  readonly tags: Tag[]
  readonly created_at: Date
  readonly updated_at: Date | null
}

export interface SubnetDetail {
  readonly id: string
  readonly project_id: string
  readonly vpc_id: string
  readonly name: string
  readonly description: string
  readonly cidr: string
  readonly gateway_ip: string
  readonly dhcp_enable: boolean
  readonly availability_zone: string
  readonly dns_list: string[]
  readonly extra_dhcp_opts: DhcpOption[]
  readonly tags: Tag[]
  readonly created_at: Date
  readonly updated_at: Date | null
  readonly enterprise_project_id: string
}

/** A subnet with how many of its addresses are given or rest, and how many could be given now. */
export interface SubnetUsage extends SubnetDetail {
  readonly used: number
  readonly free: number
}

export interface PortRow {
  readonly id: string
  readonly project_id: string
  readonly subnet_id: string
  readonly name: string
  readonly device_id: string
  readonly device_owner: string
  readonly mac_address: string
  readonly fixed_ip: string
  readonly allowed_address_pairs: AddressPair[]
  readonly enterprise_project_id: string
}

/** Which entries, after which id, and how many at the most. */
export interface Page {
  readonly marker: string
  readonly limit: number
}

function selectVpcs(db: Db, projectId: string) {
  return db
    .selectFrom('vpc.vpc as v')
    .select(['v.id', 'v.project_id', 'v.name', 'v.description', 'v.enterprise_project_id', 'v.tags'])
    .select(['v.created_at', 'v.updated_at', sql<string>`text(v.cidr)`.as('cidr')])
    .where('v.project_id', '=', projectId)
}

export async function requireVpc(db: Db, projectId: string, id: string): Promise<VpcRow> {
  const row = await selectVpcs(db, projectId).where('v.id', '=', id).executeTakeFirst()
  if (!row) throw new AppError('vpc.not_found', { kind: 'VPC', id })
  return row
}

export interface VpcFilter {
  readonly id: string
  readonly enterpriseProjectId: string
}

export function listVpcPage(db: Db, projectId: string, filter: VpcFilter, page: Page): Promise<VpcRow[]> {
  let query = selectVpcs(db, projectId).where('v.id', '>', page.marker)
  if (filter.id !== '') query = query.where('v.id', '=', filter.id)
  if (filter.enterpriseProjectId !== '') query = query.where('v.enterprise_project_id', '=', filter.enterpriseProjectId)
  return query.orderBy('v.id').limit(page.limit).execute()
}

export async function countSubnets(db: Db, vpcId: string): Promise<number> {
  const rows = await db.selectFrom('vpc.subnet').select('id').where('vpc_id', '=', vpcId).execute()
  return rows.length
}

function selectSubnets(db: Db, projectId: string) {
  return db
    .selectFrom('vpc.subnet as s')
    .innerJoin('vpc.vpc as v', 'v.id', 's.vpc_id')
    .select(['s.id', 's.project_id', 's.vpc_id', 's.name', 's.description', 's.dhcp_enable', 's.availability_zone'])
    .select(['s.dns_list', 's.extra_dhcp_opts', 's.tags', 's.created_at', 's.updated_at', 'v.enterprise_project_id'])
    .select([sql<string>`text(s.cidr)`.as('cidr'), sql<string>`host(s.gateway_ip)`.as('gateway_ip')])
    .where('s.project_id', '=', projectId)
}

/** With a VPC, only if it is in that one. */
export async function requireSubnetDetail(
  db: Db,
  projectId: string,
  id: string,
  vpcId?: string,
): Promise<SubnetDetail> {
  let query = selectSubnets(db, projectId).where('s.id', '=', id)
  if (vpcId !== undefined) query = query.where('s.vpc_id', '=', vpcId)
  const row = await query.executeTakeFirst()
  if (!row) throw new AppError('vpc.not_found', { kind: 'subnet', id })
  return row
}

export function listSubnetPage(db: Db, projectId: string, vpcId: string, page: Page): Promise<SubnetDetail[]> {
  let query = selectSubnets(db, projectId).where('s.id', '>', page.marker)
  if (vpcId !== '') query = query.where('s.vpc_id', '=', vpcId)
  return query.orderBy('s.id').limit(page.limit).execute()
}

/** Counted by what is used, which has an index, and not by the rows of all addresses. */
export async function readUsage(db: Db, at: Date, subnets: readonly SubnetDetail[]): Promise<readonly SubnetUsage[]> {
  const { rows } = await sql<{ subnet_id: string; used: number }>`
    SELECT subnet_id, count(*)::int AS used FROM vpc.address
    WHERE subnet_id = ANY(${subnets.map(({ id }) => id)}::text[])
      AND (owner_id IS NOT NULL OR quarantined_until IS NOT NULL)
      AND (owner_id IS NOT NULL OR quarantined_until > ${at}::timestamptz)
    GROUP BY subnet_id`.execute(db)
  const usedOf = new Map(rows.map(({ subnet_id, used }) => [subnet_id, used]))
  return subnets.map((subnet) => {
    const used = usedOf.get(subnet.id) ?? 0
    return { ...subnet, used, free: countAddresses(subnet.cidr, subnet.gateway_ip) - used }
  })
}

export function vpcResource({ id, tags, enterprise_project_id: enterpriseProjectId }: VpcRow): Resource {
  return { type: 'vpc', id, tags, enterpriseProjectId }
}

export function subnetResource({ id, tags, enterprise_project_id: enterpriseProjectId }: SubnetDetail): Resource {
  return { type: 'subnet', id, tags, enterpriseProjectId }
}
