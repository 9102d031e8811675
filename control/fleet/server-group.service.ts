import { randomUUID } from 'node:crypto'
import type { Db } from '#db'
import { isOpenEnterpriseProject } from '#iam'
import { AppError, type Clock } from '#kernel'
import type { ResponseOf } from '../../contract/operation.ts'
import type { createServerGroup as operation } from '../../contract/operations/fleet/server-group.ts'
import { findProduct, PRODUCTS, type Product } from './product.ts'
import { findServerGroup, insertServerGroup, type ServerGroupRow } from './server-group.store.ts'
import { findContradiction, type GroupRequest, kindOf, setNumbers } from './server-group.ts'
import { requireServerGroupDetail } from './server-group.view.ts'

/** What a group needs to know of its subnet; `vpc` answers, bound in `compose.ts`. */
export interface Subnet {
  readonly id: string
  readonly dhcpEnable: boolean
}

export interface FleetDeps {
  readonly db: Db
  readonly clock: Clock
  /** Throws `vpc.subnet_not_found` unless the subnet is of this VPC and project. */
  requireSubnet(db: Db, projectId: string, vpcId: string, subnetId: string): Promise<Subnet>
}

export async function createServerGroup(
  deps: FleetDeps,
  projectId: string,
  request: GroupRequest,
  id: string = randomUUID(),
): Promise<ResponseOf<typeof operation>> {
  const product = requireProduct(request.product_id)
  await deps.db.transaction().execute(async (trx) => {
    const subnet = await deps.requireSubnet(trx, projectId, request.vpc_id, request.subnet_id)
    const primary = await requirePrimary(trx, projectId, request.primary_server_group_id)
    await requireEnterpriseProject(trx, projectId, request.enterprise_project_id)
    const detail = findContradiction(request, { product, subnet, primary })
    if (detail !== undefined) throw new AppError('fleet.server_group_refused', { detail })
    await insertServerGroup(trx, rowOf(id, projectId, request, deps.clock.now()))
  })
  return requireServerGroupDetail(deps.db, projectId, id)
}

/** Throws `fleet.product_unknown` unless the catalogue has it. */
export function requireProduct(productId: string): Product {
  const product = findProduct(productId)
  if (product) return product
  const known = PRODUCTS.map((product) => product.productId).join(', ')
  throw new AppError('fleet.product_unknown', { productId: productId.slice(0, 64), known })
}

/** The default one, '0' or nothing, is always there; another has to be the account's, and enabled. */
async function requireEnterpriseProject(db: Db, projectId: string, id: string | undefined): Promise<void> {
  if (id === undefined || id === '' || id === '0' || (await isOpenEnterpriseProject(db, projectId, id))) return
  throw new AppError('fleet.enterprise_project_not_found', { enterpriseProjectId: id })
}

async function requirePrimary(
  db: Db,
  projectId: string,
  primaryId: string | undefined,
): Promise<ServerGroupRow | undefined> {
  if (primaryId === undefined || primaryId === '') return undefined
  const primary = await findServerGroup(db, projectId, primaryId)
  if (!primary) throw new AppError('fleet.server_group_not_found', { serverGroupId: primaryId })
  return primary
}

function rowOf(id: string, projectId: string, request: GroupRequest, at: Date) {
  return {
    ...kindOf(request),
    id,
    project_id: projectId,
    name: request.name,
    description: request.description ?? '',
    image_id: request.image_id,
    image_type: request.image_type,
    image_product_id: request.image_product_id ?? '',
    product_id: request.product_id,
    flavor_id: request.flavor_id ?? findProduct(request.product_id)?.flavorId ?? '',
    vpc_id: request.vpc_id,
    subnet_id: request.subnet_id,
    system_disk_type: request.system_disk_type,
    system_disk_size: request.system_disk_size,
    availability_zone: request.availability_zone ?? '',
    ou_name: request.ou_name ?? '',
    extra_session_type: request.extra_session_type ?? '',
    extra_session_size: request.extra_session_size ?? 0,
    route_policy: JSON.stringify(setNumbers(request.route_policy)),
    primary_server_group_id: request.primary_server_group_id || null,
    reboot_policy: request.reboot_policy ?? 'on_change',
    server_group_status: request.server_group_status ?? true,
    enterprise_project_id: request.enterprise_project_id || '0',
    tags: JSON.stringify(request.tags ?? []),
    created_at: at,
    updated_at: at,
  }
}
