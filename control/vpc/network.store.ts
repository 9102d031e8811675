import { sql } from 'kysely'
import type { Db } from '#db'
import { AppError } from '#kernel'
import { PREFIX_LIMITS, RESERVED_AT_END } from './address-block.ts'

export interface Vpc {
  readonly id: string
  readonly projectId: string
  readonly name: string
  readonly cidr: string
}

export interface NewSubnet {
  readonly id: string
  readonly projectId: string
  readonly vpcId: string
  readonly name: string
  readonly cidr: string
  readonly gatewayIp: string
  readonly dhcpEnable: boolean
}

export async function insertVpc(db: Db, vpc: Vpc, at: Date): Promise<void> {
  await db
    .insertInto('vpc.vpc')
    .values({ id: vpc.id, project_id: vpc.projectId, name: vpc.name, cidr: vpc.cidr, created_at: at })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Makes the subnet and a row for each address in it that is not the network's, the gateway's or the platform's. */
export async function insertSubnet(db: Db, subnet: NewSubnet, at: Date): Promise<void> {
  refuseOversize(subnet.cidr)
  const { id, projectId, vpcId, name, cidr, gatewayIp, dhcpEnable } = subnet
  const result = await db
    .insertInto('vpc.subnet')
    .values({
      id,
      project_id: projectId,
      vpc_id: vpcId,
      name,
      cidr,
      gateway_ip: gatewayIp,
      dhcp_enable: dhcpEnable,
      created_at: at,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  if (result.numInsertedOrUpdatedRows !== 1n) return
  await sql`
    INSERT INTO vpc.address (subnet_id, address)
    SELECT ${id}, host(${cidr}::inet + n)::inet
    FROM generate_series(1, (2 ^ (32 - masklen(${cidr}::inet)))::bigint - 1 - ${RESERVED_AT_END}::int) AS n
    WHERE ${cidr}::inet + n <> set_masklen(${gatewayIp}::inet, masklen(${cidr}::inet))`.execute(db)
}

function refuseOversize(cidr: string): void {
  const prefix = Number(cidr.split('/')[1])
  if (prefix >= PREFIX_LIMITS.shortest && prefix <= PREFIX_LIMITS.longest) return
  throw new RangeError(
    `subnet ${cidr}: the prefix must be from /${PREFIX_LIMITS.shortest} to /${PREFIX_LIMITS.longest}`,
  )
}

export interface SubnetRow {
  readonly id: string
  readonly cidr: string
  readonly gatewayIp: string
  readonly dhcpEnable: boolean
}

function selectSubnets(db: Db) {
  return db
    .selectFrom('vpc.subnet')
    .select(['id', 'dhcp_enable as dhcpEnable'])
    .select(sql<string>`text(cidr)`.as('cidr'))
    .select(sql<string>`host(gateway_ip)`.as('gatewayIp'))
}

/** Shares the row until the end of the transaction: whoever puts something into it is seen by who deletes it. */
export async function requireSubnet(db: Db, projectId: string, vpcId: string, subnetId: string): Promise<SubnetRow> {
  const subnet = await selectSubnets(db)
    .where('id', '=', subnetId)
    .where('vpc_id', '=', vpcId)
    .where('project_id', '=', projectId)
    .forShare()
    .executeTakeFirst()
  if (!subnet) throw new AppError('vpc.subnet_not_found', { subnetId, vpcId })
  return subnet
}

/** For a subnet another table already names, which keeps it. */
export async function getSubnet(db: Db, subnetId: string): Promise<SubnetRow> {
  const subnet = await selectSubnets(db).where('id', '=', subnetId).executeTakeFirst()
  if (!subnet) throw new Error(`subnet ${subnetId} is gone, and something is still in it`)
  return subnet
}
