import { type Db, isUniqueViolation } from '#db'
import { allowsVirtualIp, listServerTargets, type ServerTarget } from '#fleet'
import type { Check, Resource } from '#http'
import type { Queue } from '#jobs'
import { AppError, type Clock } from '#kernel'
import type { BodyOf } from '../../contract/operation.ts'
import type { batchUpdateTsvi } from '../../contract/operations/tsvi/update.ts'
import { effectiveEnable, noticeOf } from './plan.ts'
import { insertUpdates, type NewUpdate } from './update.store.ts'
import { startJob } from './update.work.ts'

export interface RequestDeps {
  readonly db: Db
  readonly clock: Clock
  readonly queue: Pick<Queue, 'enqueue'>
}

export interface UpdateRequest {
  readonly projectId: string
  readonly items: BodyOf<typeof batchUpdateTsvi>['items']
  authorize(resources: readonly Resource[], further: readonly Check[]): Promise<void>
}

/**
 * Everything that happens before the answer: find, authorize, and one transaction that either holds the job, its
 * sub-jobs, the marks on the servers and the queued work, or nothing. Returns the job's id.
 */
export async function requestUpdate(deps: RequestDeps, request: UpdateRequest): Promise<string> {
  const wanted = new Map(request.items.map((item) => [item.id, item.enable]))
  const targets = await requireTargets(deps.db, request.projectId, [...wanted.keys()])
  await request.authorize(targets.map(resourceOf), dependencyChecks(request.projectId, targets))
  const busy = targets.find((target) => target.task_status === 'updating_tsvi')
  if (busy) throw busyError(busy)
  try {
    return await startUpdates(deps, request.projectId, targets, wanted)
  } catch (error) {
    if (!(error instanceof LostRace) && !isUniqueViolation(error, 'update_running')) throw error
    throw await whoIsBusy(deps.db, request.projectId, targets)
  }
}

async function requireTargets(db: Db, projectId: string, ids: readonly string[]): Promise<ServerTarget[]> {
  const found = new Map((await listServerTargets(db, projectId, ids)).map((target) => [target.id, target]))
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
    throw new AppError('tsvi.server_not_found', { serverIds: `${missing[0]?.slice(0, 64)}${more}` })
  }
  return ids.map((id) => found.get(id) as ServerTarget)
}

class LostRace extends Error {}

function startUpdates(
  { db, clock, queue }: RequestDeps,
  projectId: string,
  targets: readonly ServerTarget[],
  wanted: ReadonlyMap<string, boolean>,
): Promise<string> {
  const updates = targets.map((target) => planOf(target, wanted.get(target.id) ?? true))
  return db.transaction().execute(async (trx) => {
    const jobId = await insertUpdates(trx, projectId, updates, clock.now())
    if (jobId === undefined) throw new LostRace()
    await queue.enqueue(trx, startJob, [{ id: jobId }])
    return jobId
  })
}

function planOf(target: ServerTarget, requested: boolean): NewUpdate {
  const tenantAllows = allowsVirtualIp(target.tenant_value)
  const enable = effectiveEnable(tenantAllows, target.group_enable)
  return { serverId: target.id, name: target.name, enable, notice: noticeOf(requested, tenantAllows, enable) }
}

function resourceOf({ id, tags, enterprise_project_id }: ServerTarget): Resource {
  return { type: 'server', id, tags, enterpriseProjectId: enterprise_project_id }
}

/** The operation depends on reading each subnet and updating each port (contract 8.2). */
function dependencyChecks(projectId: string, targets: readonly ServerTarget[]): Check[] {
  const subnets = new Map(targets.map((target) => [target.subnet_id, target]))
  const resource = (type: 'subnet' | 'port', id: string, enterpriseProjectId: string): Resource => ({
    type,
    id,
    tags: [],
    enterpriseProjectId,
  })
  return [
    ...[...subnets].map(([id, { enterprise_project_id: eps }]) => ({
      action: 'vpc:subnets:get',
      projectId,
      resource: resource('subnet', id, eps),
    })),
    ...targets.map(({ port_id, enterprise_project_id: eps }) => ({
      action: 'vpc:ports:update',
      projectId,
      resource: resource('port', port_id, eps),
    })),
  ]
}

function busyError({ id, job_id, job_type }: ServerTarget): AppError {
  return new AppError('tsvi.server_busy', { serverId: id, jobId: job_id ?? 'unknown', jobType: job_type ?? 'unknown' })
}

const IDLE = new Set(['null', 'updating_tsvi_failed'])

/** After a lost race: the server that is busy now names its job. */
async function whoIsBusy(db: Db, projectId: string, targets: readonly ServerTarget[]): Promise<AppError> {
  const now = await listServerTargets(
    db,
    projectId,
    targets.map((target) => target.id),
  )
  const busy = now.find((target) => !IDLE.has(target.task_status)) ?? now[0] ?? targets[0]
  return busyError(busy as ServerTarget)
}
