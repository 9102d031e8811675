import { type SqlBool, sql } from 'kysely'
import type { Db, ScalingPolicy } from '#db'
import { AppError } from '#kernel'
import type { ResponseOf } from '../../contract/operation.ts'
import type { showServerGroup } from '../../contract/operations/fleet/server-group.ts'
import type { listServerGroups, listTenantServerGroups } from '../../contract/operations/fleet/server-group-list.ts'
import { renderFlavor, renderImage, renderProductInfo } from './render.ts'
import { parseTagFilter } from './server-group-tag.ts'

export type ServerGroupDetail = ResponseOf<typeof showServerGroup>
export type ServerGroupPage = ResponseOf<typeof listServerGroups>
export type TenantServerGroupPage = ResponseOf<typeof listTenantServerGroups>
type ServerGroup = ServerGroupPage['items'][number]
type TenantServerGroup = TenantServerGroupPage['items'][number]

/** What is read beside a group. */
function selectGroups(db: Db) {
  return db
    .selectFrom('fleet.server_group as g')
    .innerJoin('iam.project as p', 'p.id', 'g.project_id')
    .leftJoin('vpc.subnet as s', 's.id', 'g.subnet_id')
    .leftJoin('fleet.scaling_policy as scaling', 'scaling.server_group_id', 'g.id')
    .selectAll('g')
    .select(['p.name as project_name', 's.name as subnet_name'])
    .select(sql<ScalingPolicy | null>`scaling.policy`.as('scaling_policy'))
    .select(sql<number>`(SELECT count(*)::int FROM fleet.server WHERE server_group_id = g.id)`.as('server_count'))
    .select(
      sql<number>`(SELECT count(DISTINCT coalesce(flavor_id, g.flavor_id))::int
        FROM fleet.server WHERE server_group_id = g.id)`.as('server_flavor_count'),
    )
    .select(
      sql<string[]>`ARRAY(SELECT id FROM fleet.server_group WHERE primary_server_group_id = g.id ORDER BY id)`.as(
        'secondary',
      ),
    )
}

type GroupRow = Awaited<ReturnType<ReturnType<typeof selectGroups>['executeTakeFirstOrThrow']>>

/** An empty text filters nothing. */
export interface GroupFilter {
  readonly name: string
  readonly id: string
  readonly appType: string
  readonly tags: string
  readonly enterpriseProjectId: string
  readonly isStandby: string
  readonly offset: number
  readonly limit: number
}

const MOST_TAG_PAIRS = 20

/** Newest first; the id decides between groups of the same instant, so that pages never overlap. */
async function listPage(
  db: Db,
  projectId: string,
  filter: GroupFilter,
): Promise<{ readonly count: number; readonly rows: readonly GroupRow[] }> {
  const tests = sql.join([sql`g.project_id = ${projectId}`, ...testsOf(filter)], sql` AND `)
  const isWanted = sql<SqlBool>`(${tests})`
  const [counted, rows] = await Promise.all([
    db
      .selectFrom('fleet.server_group as g')
      .select(({ fn }) => fn.countAll().as('count'))
      .where(isWanted)
      .execute(),
    selectGroups(db)
      .where(isWanted)
      .orderBy('g.created_at', 'desc')
      .orderBy('g.id')
      .offset(filter.offset)
      .limit(filter.limit)
      .execute(),
  ])
  return { count: Number(counted[0]?.count ?? 0), rows }
}

function testsOf(filter: GroupFilter) {
  const pairs = parseTagFilter(filter.tags)
  if (pairs.length > MOST_TAG_PAIRS) {
    throw new AppError('http.invalid', { where: 'query tags', detail: `takes at most ${MOST_TAG_PAIRS} pairs` })
  }
  return [
    filter.name === '' ? undefined : sql`strpos(g.name, ${filter.name}) > 0`,
    filter.id === '' ? undefined : sql`g.id = ${filter.id}`,
    filter.appType === '' ? undefined : sql`g.app_type = ${filter.appType}`,
    filter.enterpriseProjectId === '' ? undefined : sql`g.enterprise_project_id = ${filter.enterpriseProjectId}`,
    filter.isStandby === '' ? undefined : sql`(g.primary_server_group_id IS NOT NULL) = ${filter.isStandby === 'true'}`,
    ...pairs.map(
      (pair) => sql`EXISTS (SELECT FROM jsonb_array_elements(g.tags) AS tag
        WHERE (tag ->> 'key') || '=' || coalesce(tag ->> 'value', '') = ${pair})`,
    ),
  ].filter((test) => test !== undefined)
}

export async function listServerGroupPage(db: Db, projectId: string, filter: GroupFilter): Promise<ServerGroupPage> {
  const { count, rows } = await listPage(db, projectId, filter)
  return { count, items: rows.map(renderGroup) }
}

export async function listTenantGroupPage(
  db: Db,
  projectId: string,
  filter: GroupFilter,
): Promise<TenantServerGroupPage> {
  const { count, rows } = await listPage(db, projectId, filter)
  return { count, items: rows.map((row) => ({ ...renderBase(row), app_group_count: 0 })) }
}

/** Everything ShowServerGroup returns; CreateServerGroup answers the part its response schema names. */
export async function requireServerGroupDetail(db: Db, projectId: string, id: string): Promise<ServerGroupDetail> {
  const row = await selectGroups(db).where('g.id', '=', id).where('g.project_id', '=', projectId).executeTakeFirst()
  if (!row) throw new AppError('fleet.server_group_not_found', { serverGroupId: id })
  return {
    ...renderGroup(row),
    flavors: [renderFlavor(row.flavor_id)],
    project_name: row.project_name,
    image_min_disk: renderImage(row.image_id).image_min_disk,
    route_policy: row.route_policy,
    image_product_id: row.image_product_id,
    image_type: row.image_type,
    ip_virtual: { enable: row.ip_virtual_enable },
    reboot_policy: row.reboot_policy as ServerGroupDetail['reboot_policy'],
  }
}

function renderBase(row: GroupRow): Omit<TenantServerGroup, 'app_group_count'> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    image_id: row.image_id,
    os_type: row.os_type as ServerGroup['os_type'],
    product_id: row.product_id,
    subnet_id: row.subnet_id,
    system_disk_type: row.system_disk_type as ServerGroup['system_disk_type'],
    system_disk_size: row.system_disk_size,
    is_vdi: row.is_vdi,
    ...extraSessionsOf(row),
    app_type: row.app_type as ServerGroup['app_type'],
    create_time: row.created_at.toISOString(),
    update_time: row.updated_at.toISOString(),
    storage_mount_policy: row.storage_mount_policy as ServerGroup['storage_mount_policy'],
    enterprise_project_id: row.enterprise_project_id,
    primary_server_group_ids: row.primary_server_group_id === null ? [] : [row.primary_server_group_id],
    secondary_server_group_ids: row.secondary,
    server_group_status: row.server_group_status,
    site_type: 'CENTER',
    site_id: 'center',
  }
}

function extraSessionsOf({ extra_session_type, extra_session_size }: GroupRow) {
  if (extra_session_type === '') return {}
  return { extra_session_type: extra_session_type as 'GPU' | 'CPU', extra_session_size }
}

function renderGroup(row: GroupRow): ServerGroup {
  return {
    ...renderBase(row),
    app_server_flavor_count: row.server_flavor_count,
    app_server_count: row.server_count,
    // there are no app groups
    app_group_count: 0,
    image_name: renderImage(row.image_id).image_name,
    subnet_name: row.subnet_name ?? '',
    product_info: renderProductInfo(row),
    ...(row.scaling_policy === null ? {} : { scaling_policy: row.scaling_policy }),
    tags: row.tags,
    ou_name: row.ou_name,
  }
}
