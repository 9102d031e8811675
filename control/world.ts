import { randomUUID } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { insertAgent } from '#agents'
import type { Db } from '#db'
import { createServerGroup, type FleetDeps, findServerGroup, insertServer, listServersToRun } from '#fleet'
import type { Clock } from '#kernel'
import { giveAddress, HostRefused, type LifecycleDeps, listDeletedServers, makeMachine } from '#lifecycle'
import { createPort, insertSubnet, insertVpc, macOf } from '#vpc'
import type { Machine } from '../contract/compute/machine.ts'

const Id = Type.String({ minLength: 1, maxLength: 128 })

/**
 * A small world to have at the start: one account, one network, one group and its servers. Applied again, it changes
 * nothing; a server that was deleted stays deleted.
 */
export const World = Type.Object(
  {
    domain: Type.Object({ id: Id, name: Type.String({ minLength: 1 }) }),
    project: Type.Object({ id: Id, name: Type.String({ minLength: 1 }) }),
    user: Type.Object({ id: Id, name: Type.String({ minLength: 1 }), password: Type.String({ minLength: 8 }) }),
    access_key: Type.Object({ access: Type.String({ minLength: 10 }), secret: Type.String({ minLength: 20 }) }),
    vpc: Type.Object({ id: Id, name: Type.String(), cidr: Type.String() }),
    subnet: Type.Object({ id: Id, name: Type.String(), cidr: Type.String(), gateway_ip: Type.String() }),
    server_group: Type.Object({
      id: Id,
      name: Type.String(),
      os_type: Type.Enum(['Linux', 'Windows', 'Other']),
      ip_virtual: Type.Object({ enable: Type.Boolean() }),
      max_session: Type.Integer({ minimum: 1, maximum: 1024 }),
    }),
    servers: Type.Array(Type.Object({ id: Id, name: Type.String() }), { maxItems: 2000 }),
    /** Addresses that belong to something else in the subnet, such as the licence server of the demo. */
    reserved_addresses: Type.Array(Type.String()),
  },
  { additionalProperties: false },
)
export type World = Static<typeof World>

const validator = Compile(World)

export function parseWorld(text: string): World {
  const value: unknown = JSON.parse(text)
  if (validator.Check(value)) return value
  const [first] = validator.Errors(value)
  throw new Error(`the world file does not fit: ${first?.instancePath || 'the document'} ${first?.message}`)
}

export interface WorldDeps extends FleetDeps, Pick<LifecycleDeps, 'machines' | 'createJoinToken'> {
  listMachines(): Promise<readonly Machine[]>
  ensureAccount(world: World): Promise<void>
}

export async function ensureWorld(deps: WorldDeps, world: World): Promise<void> {
  await deps.ensureAccount(world)
  await ensureNetwork(deps, world)
  await ensureGroup(deps, world)
  const ids = world.servers.map(({ id }) => id)
  const deleted = new Set(await listDeletedServers(deps.db, ids))
  for (const [index, server] of world.servers.entries()) {
    if (!deleted.has(server.id)) await ensureServer(deps, world, server, index)
  }
  if (deps.machines) await ensureMachines(deps, ids)
}

function ensureNetwork({ db, clock }: { db: Db; clock: Clock }, world: World): Promise<void> {
  return db.transaction().execute(async (trx) => {
    const projectId = world.project.id
    await insertVpc(trx, { ...world.vpc, projectId }, clock.now())
    const { id, name, cidr, gateway_ip: gatewayIp } = world.subnet
    await insertSubnet(
      trx,
      { id, projectId, vpcId: world.vpc.id, name, cidr, gatewayIp, dhcpEnable: true },
      clock.now(),
    )
    for (const address of world.reserved_addresses) {
      const id = `reserved-${address}`
      const known = await trx.selectFrom('vpc.port').select('id').where('id', '=', id).executeTakeFirst()
      if (known) continue
      const port = { id, projectId, subnetId: world.subnet.id, deviceId: id, macAddress: macOf(id), fixedIp: address }
      await createPort(trx, port, clock.now())
    }
  })
}

async function ensureGroup(deps: WorldDeps, world: World): Promise<void> {
  const { id, name, os_type, ip_virtual, max_session } = world.server_group
  if (await findServerGroup(deps.db, world.project.id, id)) return
  const request = {
    name,
    os_type,
    ip_virtual,
    image_id: 'b1d0c3f2-5a4e-4c7d-8e9f-0a1b2c3d4e5f',
    image_type: 'private',
    product_id: 'workspace.appstream.general.xlarge.2',
    vpc_id: world.vpc.id,
    subnet_id: world.subnet.id,
    system_disk_type: 'SAS',
    system_disk_size: 80,
    is_vdi: false,
    route_policy: { max_session },
  } as const
  await createServerGroup(deps, world.project.id, request, id)
}

type NewServer = World['servers'][number]

async function ensureServer(deps: WorldDeps, world: World, server: NewServer, index: number): Promise<void> {
  const projectId = world.project.id
  // a millisecond between servers keeps the order of a newest-first list stable
  const at = new Date(deps.clock.now().getTime() + index)
  await deps.db.transaction().execute(async (trx) => {
    const known = await trx.selectFrom('fleet.server').select('id').where('id', '=', server.id).executeTakeFirst()
    if (known) return
    const portId = randomUUID()
    const nic = {
      addr: '',
      mac_addr: macOf(server.id),
      port_id: portId,
      vpc_id: world.vpc.id,
      subnet_id: world.subnet.id,
    }
    await insertServer(trx, {
      id: server.id,
      project_id: projectId,
      server_group_id: world.server_group.id,
      name: server.name,
      machine_name: server.name.slice(0, 14),
      status: 'UNREGISTER',
      vm_status: 'BUILD',
      instance_id: randomUUID(),
      port_id: portId,
      host_address: JSON.stringify(nic),
      job_id: null,
      job_type: null,
      job_status: null,
      job_time: null,
      created_at: at,
      updated_at: at,
    })
    await giveAddress(trx, { serverId: server.id, projectId }, at)
    await insertAgent(trx, server.id)
  })
}

const PARALLEL = 16

/** Machines do not outlive their provider. One that is off or being deleted is not missed. */
async function ensureMachines(deps: WorldDeps, serverIds: readonly string[]): Promise<void> {
  const known = new Set((await deps.listMachines()).map((machine) => machine.server_id))
  const missing = (await listServersToRun(deps.db, serverIds)).filter((id) => !known.has(id))
  for (let start = 0; start < missing.length; start += PARALLEL) {
    const some = missing.slice(start, start + PARALLEL)
    await Promise.all(some.map((id) => makeMachine(deps, id))).catch(tellAll)
  }
}

/** At a start it is the operator who reads why. */
function tellAll(error: unknown): never {
  throw error instanceof HostRefused ? (error.cause ?? error) : error
}
