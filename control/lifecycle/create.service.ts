import { randomUUID } from 'node:crypto'
import { insertAgent } from '#agents'
import { type Db, isForeignKeyViolation, type Trx } from '#db'
import {
  allowsVirtualIp,
  type FleetDeps,
  findImageContradiction,
  findPlaceContradiction,
  findServerGroup,
  holdActiveTenant,
  insertServers,
  listConfiguration,
  maxSessions,
  readPlace,
  requireQuota,
  requireSaleableProduct,
  type ServerGroupRow,
  type Subnet,
  zoneOf,
} from '#fleet'
import type { Check, Resource } from '#http'
import { nextJobIds } from '#jobs'
import { AppError } from '#kernel'
import { effectiveEnable } from '#tsvi'
import { countFree, macOf } from '#vpc'
import type { CreateRequest } from './create.ts'
import { type CreateBody, findRefusal } from './create-request.ts'
import { type Names, newNames } from './new-server.ts'
import { planOf, queueTasks, type RequestDeps } from './request.service.ts'

export type CreateDeps = RequestDeps & Pick<FleetDeps, 'requireSubnet'>

export interface Creation {
  readonly projectId: string
  readonly body: CreateBody
  authorize(resources: readonly Resource[], further: readonly Check[]): Promise<void>
}

/** Everything that was found of what the servers are made from. */
interface Plan {
  readonly group: ServerGroupRow
  readonly subnet: Subnet
  readonly flavorId: string
  readonly zone: string
  readonly enable: boolean
}

/**
 * Checks everything that can be known before, and begins: the rows of the servers, the job with a sub-job each and the
 * queued work are there together. Returns the job's id. Whoever makes servers holds the tenant and shares the subnet
 * meanwhile: two at once do not both take what is left of the quota, and the subnet is there when the servers are.
 */
export async function createServers(deps: CreateDeps, { projectId, body, authorize }: Creation): Promise<string> {
  const group = await findServerGroup(deps.db, projectId, body.server_group_id)
  if (!group) throw new AppError('fleet.server_group_not_found', { serverGroupId: body.server_group_id })
  await authorize(resourcesOf(group), await dependencyChecks(deps, projectId, body))
  const [jobId = ''] = await nextJobIds(deps.db, 1)
  try {
    await deps.db.transaction().execute(async (trx) => {
      const plan = await planServers(deps, trx, projectId, body, group)
      await begin(deps, trx, { projectId, body, plan, jobId })
    })
  } catch (error) {
    if (!isForeignKeyViolation(error, 'server_server_group_id_fkey')) throw error
    throw new AppError('fleet.server_group_not_found', { serverGroupId: group.id }, { cause: error })
  }
  return jobId
}

function resourcesOf({ id, tags, enterprise_project_id: enterpriseProjectId }: ServerGroupRow): readonly Resource[] {
  return [
    { type: 'server', id: '*', tags: [], enterpriseProjectId },
    { type: 'serverGroup', id, tags, enterpriseProjectId },
  ]
}

/** What of the published dependencies there is here: reading the network, and making a port in it. */
async function dependencyChecks({ db }: CreateDeps, projectId: string, body: CreateBody): Promise<readonly Check[]> {
  const { vpc, subnet, port } = await readPlace(db, projectId, body)
  return [
    { action: 'vpc:vpcs:get', projectId, resource: vpc },
    { action: 'vpc:subnets:get', projectId, resource: subnet },
    { action: 'vpc:ports:create', projectId, resource: port },
  ]
}

async function planServers(
  deps: CreateDeps,
  trx: Trx,
  projectId: string,
  body: CreateBody,
  group: ServerGroupRow,
): Promise<Plan> {
  const at = deps.clock.now()
  await holdActiveTenant(trx, projectId, at)
  const asked = body.availability_zone ?? ''
  const zone = zoneOf(asked, group.availability_zone)
  const { flavorId } = requireSaleableProduct(body.product_id, zone)
  const subnet = await deps.requireSubnet(trx, projectId, body.vpc_id, body.subnet_id)
  const { image_id, os_type } = group
  const image = findImageContradiction({ image_id, os_type, system_disk_size: body.root_volume.size })
  const place = findPlaceContradiction({ asked, zone, volumeType: body.root_volume.type })
  const detail = findRefusal(body, { group, subnet, flavorId }) ?? place ?? image
  if (detail !== undefined) throw new AppError('lifecycle.create_refused', { detail })
  await requireQuota(trx, projectId, {
    ...{ productId: body.product_id, count: body.subscription_num },
    ...{ diskSize: body.root_volume.size, diskCount: 1 },
  })
  const plan = { group, subnet, flavorId, zone, enable: await isEnabled(trx, projectId, group) }
  await requireAddresses(trx, plan, body, at)
  return plan
}

async function isEnabled(db: Db, projectId: string, group: ServerGroupRow): Promise<boolean> {
  const [tenant] = await listConfiguration(db, projectId, ['IP_VIRTUAL_ENABLE'])
  return effectiveEnable(allowsVirtualIp(tenant?.config_value), group.ip_virtual_enable)
}

/** A look before the leap, for a clear answer: who comes too late all the same fails alone, as a sub-job. */
async function requireAddresses(trx: Trx, plan: Plan, body: CreateBody, at: Date): Promise<void> {
  const { group, subnet, enable } = plan
  const count = body.subscription_num
  const each = 1 + (enable ? maxSessions({ ...group, product_id: body.product_id }) : 0)
  const free = await countFree(trx, subnet.id, at)
  if (free >= count * each) return
  const facts = { subnetId: subnet.id, free, count, each, needed: count * each }
  throw new AppError('lifecycle.addresses_short', facts)
}

interface Beginning {
  readonly projectId: string
  readonly body: CreateBody
  readonly plan: Plan
  readonly jobId: string
}

async function begin(deps: CreateDeps, trx: Trx, beginning: Beginning): Promise<void> {
  const { projectId, body, plan, jobId } = beginning
  const at = deps.clock.now()
  const servers = Array.from({ length: body.subscription_num }, (_, index) => {
    // a millisecond between servers keeps the order of a newest-first list stable
    return { id: randomUUID(), names: newNames(at), at: new Date(at.getTime() + index) }
  })
  await insertServers(
    trx,
    servers.map((server) => rowOf(beginning, server)),
  )
  for (const { id } of servers) await insertAgent(trx, id)
  const request: CreateRequest = { enable: plan.enable, byHand: deps.machines === null }
  const notice = request.byHand ? 'The host is brought by hand: run berth join-token with the id of the server.' : ''
  await queueTasks(deps, trx, {
    ...planOf(deps, { projectId, kind: 'create', request, job: { id: jobId, type: 'CREATE_SERVER' }, targets: [] }),
    servers: servers.map(({ id: serverId, names }) => ({ serverId, name: names.name, notice })),
  })
}

interface NewServer {
  readonly id: string
  readonly names: Names
  readonly at: Date
}

/** Its port has an id already; the port itself, and an address, come with the step `networking`. */
function rowOf({ projectId, body, plan }: Beginning, { id, names, at }: NewServer) {
  const { group, flavorId, zone } = plan
  const port_id = randomUUID()
  const nic = { addr: '', mac_addr: macOf(id), port_id, vpc_id: body.vpc_id, subnet_id: body.subnet_id }
  return {
    id,
    project_id: projectId,
    server_group_id: group.id,
    name: names.name,
    machine_name: names.machineName,
    status: 'UNREGISTER',
    vm_status: 'BUILD',
    instance_id: randomUUID(),
    port_id,
    host_address: JSON.stringify(nic),
    product_id: body.product_id,
    flavor_id: flavorId,
    image_id: group.image_id,
    availability_zone: zone,
    ou_name: body.ou_name || group.ou_name,
    root_volume_type: body.root_volume.type,
    root_volume_size: body.root_volume.size,
    job_id: null,
    job_type: null,
    job_status: null,
    job_time: null,
    created_at: at,
    updated_at: at,
  }
}
