import { sql } from 'kysely'
import type { Db, HostAddress, RoutePolicy, Tag } from '#db'
import { inGroups } from '#kernel'
import type { ResponseOf } from '../../contract/operation.ts'
import type { listServers, showServer } from '../../contract/operations/fleet/server.ts'
import { renderFlavor, renderProductInfo } from './render.ts'
import { isIdle } from './server.store.ts'
import { pickServers, type ServerFilter } from './server-pick.view.ts'

type ServerPage = ResponseOf<typeof listServers>
export type Server = ServerPage['items'][number]
type ServerDetail = ResponseOf<typeof showServer>

function selectServers(db: Db, projectId: string) {
  return db
    .selectFrom('fleet.server as s')
    .innerJoin('fleet.server_group as g', 'g.id', 's.server_group_id')
    .where('s.project_id', '=', projectId)
}

const own = <T>(column: string, groups = column) => sql<T>`coalesce(s.${sql.ref(column)}, g.${sql.ref(groups)})`

/** What is the server's own wins over what its group says now. */
const COLUMNS = [
  'g.name as server_group_name',
  'g.os_type',
  'g.enterprise_project_id',
  own<string>('flavor_id').as('flavor'),
  own<string>('image_id').as('image'),
  own<string>('availability_zone').as('zone'),
  own<string>('ou_name').as('ou'),
  own<string>('product_id').as('product'),
  own<string>('root_volume_type', 'system_disk_type').as('system_disk_type'),
  own<number>('root_volume_size', 'system_disk_size').as('system_disk_size'),
] as const

/** Newest first; the id decides between servers of the same instant, so that pages never overlap. */
export async function listServerPage(db: Db, projectId: string, filter: ServerFilter): Promise<ServerPage> {
  const { count, ids } = await pickServers(db, projectId, filter)
  const rows = await selectServers(db, projectId)
    .selectAll('s')
    .select(COLUMNS)
    .where(sql<boolean>`s.id = ANY(${ids}::text[])`)
    .orderBy('s.created_at', 'desc')
    .orderBy('s.id')
    .execute()
  return { count, items: rows.map(renderServer) }
}

export async function findServer(db: Db, projectId: string, serverId: string): Promise<ServerDetail | undefined> {
  const row = await selectServers(db, projectId)
    .selectAll('s')
    .select(COLUMNS)
    .where('s.id', '=', serverId)
    .executeTakeFirst()
  return row && renderServerDetail(row)
}

/** Undefined when there is no such server. */
export async function findMaintainStatus(db: Db, serverId: string): Promise<boolean | undefined> {
  const query = db.selectFrom('fleet.server').select('maintain_status').where('id', '=', serverId)
  return (await query.executeTakeFirst())?.maintain_status
}

type ServerRow = NonNullable<Awaited<ReturnType<typeof rowType>>>
function rowType(db: Db) {
  return selectServers(db, '').selectAll('s').select(COLUMNS).executeTakeFirst()
}

function renderServer(row: ServerRow): Server {
  return {
    id: row.id,
    name: row.name,
    machine_name: row.machine_name,
    description: row.description,
    server_group_id: row.server_group_id,
    server_group_name: row.server_group_name,
    flavor: renderFlavor(row.flavor),
    status: row.status as Server['status'],
    vm_status: row.vm_status as Server['vm_status'],
    task_status: row.task_status as Server['task_status'],
    create_time: row.created_at.toISOString(),
    update_time: row.updated_at.toISOString(),
    image_id: row.image,
    availability_zone: row.zone,
    domain: '',
    ou_name: row.ou,
    // a server of ours has no Windows SID to tell: what it is known by is stable, and its own
    sid: row.id,
    instance_id: row.instance_id,
    os_type: row.os_type,
    os_version: '',
    order_id: '',
    maintain_status: row.maintain_status,
    scaling_auto_create: false,
    ...lastJob(row),
    resource_pool_id: '',
    resource_pool_type: 'private',
    product_info: renderProductInfo({ ...row, product_id: row.product, flavor_id: row.flavor }),
    metadata: { charging_mode: '0' },
    session_count: row.session_count,
    freeze: [],
    host_address: row.host_address.addr === '' ? [] : [renderHostAddress(row.host_address)],
    enterprise_project_id: row.enterprise_project_id,
    tags: row.tags,
  }
}

function renderServerDetail(row: ServerRow): ServerDetail {
  const { addr, vpc_id } = row.host_address
  return {
    ...renderServer(row),
    addresses: addr === '' ? {} : { [vpc_id]: [renderAddress(row.host_address)] },
    root_volume: { type: row.system_disk_type, size: row.system_disk_size },
    data_volumes: [],
    security_groups: [],
  }
}

function lastJob(row: ServerRow) {
  if (row.job_id === null) return {}
  return {
    job_id: row.job_id,
    job_type: row.job_type as Exclude<Server['job_type'], undefined>,
    job_status: row.job_status as Exclude<Server['job_status'], undefined>,
    ...(row.job_time === null ? {} : { job_time: row.job_time.toISOString() }),
  }
}

function renderHostAddress(nic: HostAddress): Server['host_address'][number] {
  return {
    addr: nic.addr,
    version: nic.addr.includes(':') ? 6 : 4,
    'OS-EXT-IPS-MAC:mac_addr': nic.mac_addr,
    'OS-EXT-IPS:port_id': nic.port_id,
    'OS-EXT-IPS:type': 'FIXED',
    vpc_id: nic.vpc_id,
    subnet_id: nic.subnet_id,
    tenant_type: 'tenant',
  }
}

function renderAddress(nic: HostAddress): ServerDetail['addresses'][string][number] {
  const { vpc_id: _, subnet_id: __, tenant_type: ___, version, ...address } = renderHostAddress(nic)
  return { ...address, version: String(version) }
}

/** What an update has to know of a server, its group and its tenant, in one read. */
export interface ServerTarget {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly tags: readonly Tag[]
  readonly task_status: string
  readonly status: string
  readonly vm_status: string
  readonly job_id: string | null
  readonly job_type: string | null
  readonly session_count: number
  readonly job_status: string | null
  readonly ip_virtual_enable: boolean
  /** The last update failed: what was in force before it may not be any more. */
  readonly ip_virtual_in_doubt: boolean
  readonly port_id: string
  readonly enterprise_project_id: string
  readonly group_enable: boolean
  readonly reboot_policy: string
  readonly subnet_id: string
  /** Null where the subnet is not there. */
  readonly subnet_tags: readonly Tag[] | null
  /** Of the VPC of the subnet: what is in a network belongs to it, not to the group. */
  readonly network_enterprise_project_id: string | null
  readonly product_id: string
  readonly extra_session_size: number
  readonly route_policy: RoutePolicy
  /** The project's own IP_VIRTUAL_ENABLE, null where the default holds. */
  readonly tenant_value: string | null
}

/** What a host is made from. */
export interface Host {
  readonly name: string
  readonly portId: string
  readonly nic: HostAddress
}

export async function findHost(db: Db, serverId: string): Promise<Host | undefined> {
  return db
    .selectFrom('fleet.server')
    .select(['name', 'port_id as portId', 'host_address as nic'])
    .where('id', '=', serverId)
    .executeTakeFirst()
}

/** What a busy server is busy with, for whoever is refused: the job where there is one, else the task. */
export function busyWork({ job_id, job_type, job_status, task_status }: ServerTarget): string {
  // a task without a job leaves the last one where it is
  const isOver = job_status === 'SUCCESS' || job_status === 'FAILED'
  return job_id === null || (isOver && !isIdle(task_status))
    ? `a task without a job (${task_status})`
    : `job ${job_id} (${job_type})`
}

/** The servers of these ids that are the project's, in the order of the ids. */
export async function listServerTargets(db: Db, projectId: string, ids: readonly string[]): Promise<ServerTarget[]> {
  return pick(await readTargets(db, ids), projectId, ids)
}

/** `listServerTargets` with the database given. */
export type TargetReader = (projectId: string, ids: readonly string[]) => Promise<readonly ServerTarget[]>

const MOST_READS = 64

/** Reads for all callers of the moment in one statement; each is given what is its project's, and nothing else. */
export function createTargetReader(db: Db): TargetReader {
  const read = inGroups<readonly string[], TargetsById>(MOST_READS, async (groups) => {
    const found = await readTargets(db, groups.flat())
    return groups.map(() => found)
  })
  return async (projectId, ids) => pick(await read(ids), projectId, ids)
}

type TargetsById = ReadonlyMap<string, ServerTarget>

function pick(found: TargetsById, projectId: string, ids: readonly string[]): ServerTarget[] {
  return ids.flatMap((id) => found.get(id) ?? []).filter((target) => target.project_id === projectId)
}

/** The one of its NIC. */
const SUBNET_ID = sql<string>`coalesce(s.host_address ->> 'subnet_id', g.subnet_id)`

/** By id alone, so that whatever the planner knows of the tables it takes the primary key. */
async function readTargets(db: Db, ids: readonly string[]): Promise<TargetsById> {
  const rows = await db
    .selectFrom('fleet.server as s')
    .innerJoin('fleet.server_group as g', 'g.id', 's.server_group_id')
    .leftJoin('fleet.configuration as c', (join) =>
      join.onRef('c.project_id', '=', 's.project_id').on('c.config_key', '=', 'IP_VIRTUAL_ENABLE'),
    )
    .leftJoin('vpc.subnet as n', (join) => join.on('n.id', '=', SUBNET_ID))
    .leftJoin('vpc.vpc as v', 'v.id', 'n.vpc_id')
    .select(['s.id', 's.project_id', 's.name', 's.tags', 's.task_status', 's.status', 's.vm_status'])
    .select(['s.job_id', 's.job_type', 's.job_status', 's.session_count'])
    .select([
      's.ip_virtual_enable',
      's.ip_virtual_in_doubt',
      's.port_id',
      'g.enterprise_project_id',
      'g.ip_virtual_enable as group_enable',
    ])
    .select(['g.reboot_policy', 'g.extra_session_size', 'g.route_policy'])
    .select([SUBNET_ID.as('subnet_id'), 'n.tags as subnet_tags'])
    .select('v.enterprise_project_id as network_enterprise_project_id')
    .select(sql<string>`coalesce(s.product_id, g.product_id)`.as('product_id'))
    .select('c.config_value as tenant_value')
    .where(sql<boolean>`s.id = ANY(${ids}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** Those of these servers that shall have a host that runs: they are not off, nor is that or their end under way. */
export async function listServersToRun(db: Db, serverIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM fleet.server
    WHERE id = ANY(${serverIds}::text[]) AND task_status NOT IN ('deleting', 'delete_failed', 'powering-off')
      AND (vm_status <> 'SHUTOFF' OR task_status = 'powering-on')
    ORDER BY id`.execute(db)
  return rows.map(({ id }) => id)
}
