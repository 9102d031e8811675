import { randomUUID } from 'node:crypto'
import type { Db, Trx } from '#db'
import { isOpenEnterpriseProject } from '#iam'
import { AppError, type Clock } from '#kernel'
import type { ResponseOf } from '../../contract/operation.ts'
import type { createServerGroup as operation } from '../../contract/operations/fleet/server-group.ts'
import { getCatalogue } from './catalogue.store.ts'
import { findProduct, requireSaleableProduct } from './product.ts'
import { countServerGroups, holdServerGroup, insertServerGroup, type ServerGroupRow } from './server-group.store.ts'
import {
  findBroken,
  findContradiction,
  type GroupRequest,
  type ImageUse,
  kindOf,
  listedImageRules,
  type Subnet,
  setNumbers,
} from './server-group.ts'
import { requireServerGroupDetail } from './server-group.view.ts'
import { holdActiveTenant } from './tenant.store.ts'

export interface FleetDeps {
  readonly db: Db
  readonly clock: Clock
  /** What a group needs to know of its subnet; `vpc` answers. Throws `vpc.subnet_not_found` unless the subnet is of this VPC and project. */
  requireSubnet(db: Db, projectId: string, vpcId: string, subnetId: string): Promise<Subnet>
}

export async function createServerGroup(
  deps: FleetDeps,
  projectId: string,
  request: GroupRequest,
  id: string = randomUUID(),
): Promise<ResponseOf<typeof operation>> {
  const product = requireSaleableProduct(request.product_id)
  const catalogue = getCatalogue()
  const at = deps.clock.now()
  return deps.db.transaction().execute(async (trx) => {
    await holdActiveTenant(trx, projectId, at)
    await requireRoomForGroup(trx, projectId, catalogue.limits.max_group_count)
    const subnet = await deps.requireSubnet(trx, projectId, request.vpc_id, request.subnet_id)
    const primary = await requirePrimary(trx, projectId, request.primary_server_group_id)
    await requireEnterpriseProject(trx, projectId, request.enterprise_project_id)
    const detail = findContradiction(request, { catalogue, product, subnet, primary })
    if (detail !== undefined) throw new AppError('fleet.server_group_refused', { detail })
    const storage = primary && { storage_mount_policy: primary.storage_mount_policy }
    await insertServerGroup(trx, { ...rowOf(id, projectId, request, at), ...storage })
    // read before the commit: a refusal after it would say that nothing was made
    return requireServerGroupDetail(trx, projectId, id)
  })
}

/** Whoever makes a group holds the tenant: nobody counts beside it. */
async function requireRoomForGroup(trx: Trx, projectId: string, most: number): Promise<void> {
  if ((await countServerGroups(trx, projectId)) >= most) throw new AppError('fleet.server_groups_exhausted', { most })
}

/** The default one, '0' or nothing, is always there; another has to be the account's, and enabled. */
async function requireEnterpriseProject(db: Db, projectId: string, id: string | undefined): Promise<void> {
  if (id === undefined || id === '' || id === '0' || (await isOpenEnterpriseProject(db, projectId, id))) return
  throw new AppError('fleet.enterprise_project_not_found', { enterpriseProjectId: id })
}

/** It stays as it is until the group is there: what it hands on to its standby groups reaches this one too. */
async function requirePrimary(
  trx: Trx,
  projectId: string,
  primaryId: string | undefined,
): Promise<ServerGroupRow | undefined> {
  if (primaryId === undefined || primaryId === '') return undefined
  const primary = await holdServerGroup(trx, projectId, primaryId)
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

/** Why an image of the catalogue of now cannot be used so; undefined when it can, or is not listed. */
export function findImageContradiction(use: ImageUse): string | undefined {
  return findBroken(listedImageRules(use, getCatalogue()))
}
