import { sql } from 'kysely'
import { announce, disownAgent, findAgent, writtenCte } from '#agents'
import type { Trx } from '#db'
import { findHost, setHostAddress } from '#fleet'
import { AppError, secondsAfter } from '#kernel'
import { switchedOff } from '#tsvi'
import { deletePort, ensurePort, getSubnet, macOf } from '#vpc'
import type { Actions } from './action.ts'
import type { CreateRequest } from './create.ts'
import { type LifecycleDeps, requireMachines } from './deps.ts'
import { holdTask } from './task.store.ts'
import { isCancelled, type Task, type TaskEvent } from './task.ts'

export const CREATE_ACTIONS: Actions = {
  // its turn has come; what makes hosts is asked in `spawning`
  scheduling: async () => ({ type: 'acted' }),
  networking: connect,
  spawning: spawn,
  updating_sid: look,
  cleaning: clean,
}

/** A port with an address, once; and where no update will follow, what the agent needs to know to serve sessions. */
async function connect({ db, clock, managedUids }: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const { subnet_id: subnetId } = (await requireHost(db, task.serverId)).nic
  const subnet = await getSubnet(db, subnetId)
  try {
    return await db.transaction().execute(async (trx) => {
      // a port for a creation that was called off would be nobody's
      if (!(await holdTask(trx, task))) return undefined
      await giveAddress(trx, task, clock.now())
      if (!(task.request as CreateRequest).enable) await tellFirst(trx, task, switchedOff(subnet, managedUids))
      return { type: 'acted' }
    })
  } catch (error) {
    if (!(error instanceof AppError) || error.word !== 'vpc.addresses_exhausted') throw error
    return { type: 'impossible', failure: { word: 'lifecycle.addresses_exhausted', facts: { subnetId } } }
  }
}

/** The port of a server and its address, as the server shows it; what is there already stays. */
export async function giveAddress(
  trx: Trx,
  { serverId, projectId }: Pick<Task, 'serverId' | 'projectId'>,
  at: Date,
): Promise<void> {
  const { portId, nic } = await requireHost(trx, serverId)
  const mac_addr = macOf(serverId)
  const port = { id: portId, projectId, subnetId: nic.subnet_id, deviceId: serverId, macAddress: mac_addr }
  const addr = await ensurePort(trx, port, at)
  await setHostAddress(trx, serverId, { ...nic, addr, mac_addr })
}

async function tellFirst(trx: Trx, { serverId }: Task, virtual_ip: ReturnType<typeof switchedOff>): Promise<void> {
  await sql`
    WITH seen AS (SELECT 1 AS is_new FROM agents.agent WHERE server_id = ${serverId} AND generation = 0 FOR UPDATE),
    ${writtenCte(serverId, { virtual_ip, reboot: null, probe: null })}
    SELECT ${announce} FROM written`.execute(trx)
}

async function spawn(deps: LifecycleDeps, task: Task): Promise<TaskEvent> {
  const linked = await look(deps, task)
  if (linked) return linked
  await makeMachine(deps, task.serverId)
  return { type: 'acted' }
}

/** Makes the host of a server, with a token for its agent, unless there is one; one that is there and off is booted. */
export async function makeMachine(
  deps: Pick<LifecycleDeps, 'db' | 'createJoinToken' | 'machines'>,
  serverId: string,
): Promise<void> {
  const { name, nic } = await requireHost(deps.db, serverId)
  const { cidr, gatewayIp: gateway_ip } = await getSubnet(deps.db, nic.subnet_id)
  const join_token = await deps.createJoinToken(serverId)
  const machines = requireMachines(deps)
  const made = await machines.create(serverId, { name, address: nic.addr, cidr, gateway_ip, join_token })
  if (!made.running) await machines.start(serverId)
}

/**
 * A creation can be called off while its host is being made, and the deletion may look for the host too early: whoever
 * drives the task, again after a crash, takes away what was made for nobody. Such a server id never comes back.
 */
export async function endLeftHost({ machines }: LifecycleDeps, task: Task | undefined): Promise<void> {
  if (task && isCancelled(task)) await machines?.remove(task.serverId)
}

/** The agent may have linked before the task came to wait for it. */
async function look({ db }: LifecycleDeps, task: Task): Promise<TaskEvent | undefined> {
  const bootId = (await findAgent(db, task.serverId))?.boot_id ?? null
  return bootId === null ? undefined : { type: 'linked', bootId }
}

/** What a creation that failed has taken goes back; the server's row stays, so that it is seen what became of it. */
async function clean(deps: LifecycleDeps, task: Task): Promise<TaskEvent> {
  await disownAgent(deps.db, task.serverId)
  await deps.machines?.remove(task.serverId)
  const now = deps.clock.now()
  await deps.db.transaction().execute((trx) => takeAddress(deps, trx, task.serverId, now))
  return { type: 'acted' }
}

/** Gives back the port of a server and all its addresses. */
export async function takeAddress(deps: LifecycleDeps, trx: Trx, serverId: string, at: Date): Promise<void> {
  const { portId, nic } = await requireHost(trx, serverId)
  await deletePort(trx, { portId, deviceId: serverId }, at, secondsAfter(at, deps.quarantineSeconds))
  await setHostAddress(trx, serverId, { ...nic, addr: '' })
}

async function requireHost(db: LifecycleDeps['db'], serverId: string) {
  const host = await findHost(db, serverId)
  if (host) return host
  throw new Error(`server ${serverId} of a running task is gone`)
}
