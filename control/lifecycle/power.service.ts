import type { ServerTarget } from '#fleet'
import type { Resource } from '#http'
import { AppError } from '#kernel'
import { firstOfReboot, type RebootRequest } from './reboot.ts'
import { type RequestDeps, refuseBusy, requireServers, serverResource, startTasks } from './request.service.ts'

export interface PowerRequest {
  readonly projectId: string
  readonly ids: readonly string[]
  authorize(resources: readonly Resource[]): Promise<void>
}

type HaltType = 'SOFT' | 'HARD'

/** Reboots them all or refuses: one that is stopped is not rebooted. */
export async function rebootServers(deps: RequestDeps, asked: PowerRequest, type: HaltType): Promise<void> {
  const targets = await requireIdle(deps, asked)
  if (type === 'HARD') requirePower(deps, 'pull the plug of a server')
  const off = targets.find(isOff)
  if (off) throw new AppError('lifecycle.server_off', { serverId: off.id })
  const request: RebootRequest = { type, hasPlug: deps.machines !== null }
  const { projectId } = asked
  await startTasks(deps, { projectId, kind: 'reboot', state: firstOfReboot(request), request, job: null, targets })
}

/** Starts those that are not up. */
export async function startServers(deps: RequestDeps, asked: PowerRequest): Promise<void> {
  const targets = (await requireIdle(deps, asked)).filter((target) => !isUp(target))
  if (targets.length > 0) requirePower(deps, 'start a server')
  await startTasks(deps, { projectId: asked.projectId, kind: 'start', request: {}, job: null, targets })
}

/** Stops those that are not stopped. */
export async function stopServers(deps: RequestDeps, asked: PowerRequest, type: HaltType): Promise<void> {
  const targets = (await requireIdle(deps, asked)).filter((target) => !isOff(target))
  if (targets.length > 0) requirePower(deps, 'stop a server')
  await startTasks(deps, { projectId: asked.projectId, kind: 'stop', request: { type }, job: null, targets })
}

async function requireIdle(deps: RequestDeps, asked: PowerRequest): Promise<readonly ServerTarget[]> {
  const targets = await requireServers(deps, asked.projectId, asked.ids)
  await asked.authorize(targets.map(serverResource))
  refuseBusy(targets)
  return targets
}

function requirePower({ machines }: RequestDeps, what: string): void {
  if (machines === null) throw new AppError('lifecycle.no_power', { what })
}

function isUp({ status, vm_status }: ServerTarget): boolean {
  return status === 'REGISTERED' && vm_status === 'ACTIVE'
}

function isOff({ vm_status }: ServerTarget): boolean {
  return vm_status === 'SHUTOFF'
}
