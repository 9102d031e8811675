import { sql } from 'kysely'
import type { Db } from '#db'
import { AppError } from '#kernel'
import type { ResponseOf } from '../../contract/operation.ts'
import type { showServerGroup } from '../../contract/operations/fleet/server-group.ts'
import { renderFlavor, renderProductInfo } from './render.ts'

export type ServerGroupDetail = ResponseOf<typeof showServerGroup>

async function findDetailRow(db: Db, projectId: string, id: string) {
  return db
    .selectFrom('fleet.server_group as g')
    .innerJoin('iam.project as p', 'p.id', 'g.project_id')
    .leftJoin('vpc.subnet as s', 's.id', 'g.subnet_id')
    .selectAll('g')
    .select(['p.name as project_name', 's.name as subnet_name'])
    .select(sql<number>`(SELECT count(*)::int FROM fleet.server WHERE server_group_id = g.id)`.as('server_count'))
    .select(
      sql<string[]>`ARRAY(SELECT id FROM fleet.server_group WHERE primary_server_group_id = g.id ORDER BY id)`.as(
        'secondary',
      ),
    )
    .where('g.id', '=', id)
    .where('g.project_id', '=', projectId)
    .executeTakeFirst()
}

/** Everything ShowServerGroup returns; CreateServerGroup answers the part its response schema names. */
export async function requireServerGroupDetail(db: Db, projectId: string, id: string): Promise<ServerGroupDetail> {
  const row = await findDetailRow(db, projectId, id)
  if (!row) throw new AppError('fleet.server_group_not_found', { serverGroupId: id })
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    image_id: row.image_id,
    os_type: row.os_type as ServerGroupDetail['os_type'],
    product_id: row.product_id,
    subnet_id: row.subnet_id,
    system_disk_type: row.system_disk_type as ServerGroupDetail['system_disk_type'],
    system_disk_size: row.system_disk_size,
    is_vdi: row.is_vdi,
    ...(row.extra_session_type === ''
      ? {}
      : { extra_session_type: row.extra_session_type, extra_session_size: row.extra_session_size }),
    app_type: row.app_type as ServerGroupDetail['app_type'],
    create_time: row.created_at.toISOString(),
    update_time: row.updated_at.toISOString(),
    storage_mount_policy: row.storage_mount_policy,
    enterprise_project_id: row.enterprise_project_id,
    primary_server_group_ids: row.primary_server_group_id === null ? [] : [row.primary_server_group_id],
    secondary_server_group_ids: row.secondary,
    server_group_status: row.server_group_status,
    site_type: 'CENTER',
    site_id: 'center',
    app_server_flavor_count: row.server_count > 0 ? 1 : 0,
    app_server_count: row.server_count,
    app_group_count: 0,
    image_name: row.image_id,
    subnet_name: row.subnet_name ?? '',
    product_info: renderProductInfo(row),
    tags: row.tags,
    ou_name: row.ou_name,
    flavors: [renderFlavor(row.flavor_id)],
    project_name: row.project_name,
    image_min_disk: 0,
    route_policy: row.route_policy,
    image_product_id: row.image_product_id,
    image_type: row.image_type,
    ip_virtual: { enable: row.ip_virtual_enable },
    reboot_policy: row.reboot_policy as ServerGroupDetail['reboot_policy'],
  }
}
