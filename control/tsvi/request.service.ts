import type { Db } from '#db'
import {
  allowsVirtualIp,
  busyWork,
  createTargetReader,
  isIdle,
  portResource,
  type ServerTarget,
  subnetResource,
} from '#fleet'
import type { Check, Resource } from '#http'
import { nextJobIds, type Queue } from '#jobs'
import { AppError, type Clock, inGroups } from '#kernel'
import type { BodyOf } from '../../contract/operation.ts'
import type { batchUpdateTsvi } from '../../contract/operations/tsvi/update.ts'
import { effectiveEnable, noticeOf } from './plan.ts'
import { insertUpdates, isServerBusy, type NewUpdate, type UpdatePlan } from './update.store.ts'
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

/** Starts the job of a request and returns its id. */
export type RequestUpdate = (request: UpdateRequest) => Promise<string>

/** Requests of the same moment are started in one transaction; more at once would only make the first wait. */
const MOST_AT_ONCE = 64

/**
 * Everything that happens before the answer: find, authorize, and one transaction that either holds the job, its
 * sub-jobs, the marks on the servers and the queued work, or nothing.
 */
export function createRequestUpdate(deps: RequestDeps): RequestUpdate {
  const readTargets = createTargetReader(deps.db)
  const start = inGroups<UpdatePlan, string>(MOST_AT_ONCE, (plans) => startUpdates(deps, plans))
  const nextJobId = inGroups<void, string>(MOST_AT_ONCE, (calls) => nextJobIds(deps.db, calls.length))

  return async ({ projectId, items, authorize }) => {
    const wanted = new Map(items.map((item) => [item.id, item.enable]))
    const [found, jobId] = await Promise.all([readTargets(projectId, [...wanted.keys()]), nextJobId()])
    const targets = requireAll([...wanted.keys()], found)
    await authorize(targets.map(resourceOf), dependencyChecks(projectId, targets))
    const busy = targets.find((target) => target.task_status === 'updating_tsvi')
    if (busy) throw busyError(busy)
    const plan = { jobId, projectId, updates: plansOf(targets, wanted) }
    return startOrName(
      () => start(plan),
      targets,
      () => readTargets(projectId, [...wanted.keys()]),
    )
  }
}

/** A start that lost a race for a server is tried once more if that one is free again; else the refusal names it. */
async function startOrName(
  start: () => Promise<string>,
  before: readonly ServerTarget[],
  look: () => Promise<readonly ServerTarget[]>,
): Promise<string> {
  const lost = await jobOrRefusal(start)
  if (typeof lost === 'string') return lost
  const busy = (await look()).find((target) => !isIdle(target.task_status))
  if (busy) throw busyError(busy)
  const again = await jobOrRefusal(start)
  if (typeof again === 'string') return again
  throw whoWasBusy(await look(), before) ?? again
}

/** The job's id, or the error that says a server is busy. */
async function jobOrRefusal(start: () => Promise<string>): Promise<string | Error> {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof Error && isServerBusy(error))) throw error
    return error
  }
}

/** One answer for a server that is unknown and one that is another project's. */
export function requireAll(ids: readonly string[], targets: readonly ServerTarget[]): readonly ServerTarget[] {
  const found = new Set(targets.map((target) => target.id))
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length === 0) return targets
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
  throw new AppError('tsvi.server_not_found', { serverIds: `${missing[0]?.slice(0, 64)}${more}` })
}

/** All of these or none: where a server is busy, `inGroups` tries each alone. */
async function startUpdates(
  { db, clock, queue }: RequestDeps,
  plans: readonly UpdatePlan[],
): Promise<readonly string[]> {
  const jobIds = plans.map((plan) => plan.jobId)
  const works = jobIds.map((id) => ({ id }))
  await db
    .transaction()
    .execute((trx) => Promise.all([insertUpdates(trx, plans, clock.now()), queue.enqueue(trx, startJob, works)]))
  return jobIds
}

function plansOf(targets: readonly ServerTarget[], wanted: ReadonlyMap<string, boolean>): readonly NewUpdate[] {
  return targets.map((target) => planOf(target, wanted.get(target.id) ?? true))
}

export function planOf(target: ServerTarget, requested: boolean): NewUpdate {
  const tenantAllows = allowsVirtualIp(target.tenant_value)
  const enable = effectiveEnable(tenantAllows, target.group_enable)
  return { serverId: target.id, name: target.name, enable, notice: noticeOf(requested, tenantAllows, enable) }
}

export function resourceOf({ id, tags, enterprise_project_id }: ServerTarget): Resource {
  return { type: 'server', id, tags, enterpriseProjectId: enterprise_project_id }
}

/** The operation depends on reading each subnet and updating each port (contract 8.2). */
export function dependencyChecks(projectId: string, targets: readonly ServerTarget[]): Check[] {
  const subnets = new Map(targets.map((target) => [target.subnet_id, subnetResource(target)]))
  return [
    ...[...subnets.values()].map((resource) => ({ action: 'vpc:subnets:get', projectId, resource })),
    ...targets.map((target) => ({ action: 'vpc:ports:update', projectId, resource: portResource(target) })),
  ]
}

export function busyError(target: ServerTarget): AppError {
  return new AppError('tsvi.server_busy', { serverId: target.id, work: busyWork(target) })
}

/** The server that is busy, or else was: every job that began since the first look has left its id. */
function whoWasBusy(now: readonly ServerTarget[], before: readonly ServerTarget[]): AppError | undefined {
  const jobs = new Map(before.map((target) => [target.id, target.job_id]))
  const busy =
    now.find((target) => !isIdle(target.task_status)) ?? now.find((target) => target.job_id !== jobs.get(target.id))
  return busy && busyError(busy)
}
