import type { Trx } from '#db'
import { busyWork, isIdle, listServerTargets, type ServerTarget } from '#fleet'
import type { Resource } from '#http'
import { AppError } from '#kernel'
import type { LifecycleDeps } from './deps.ts'
import { rulesOf } from './rules.ts'
import { insertTasks, isServerBusy, type TaskPlan } from './task.store.ts'
import { driveTask } from './task.work.ts'

/** What the beginning of tasks needs; less than their running. */
export type RequestDeps = Pick<LifecycleDeps, 'db' | 'clock' | 'queue' | 'machines' | 'timing'>

/** What is asked for, of servers that were found and that the caller may have this done to. */
export interface TaskRequest {
  readonly projectId: string
  readonly kind: string
  /** Where the tasks begin; the first state of the kind unless told. */
  readonly state?: string
  readonly request: object
  readonly job: TaskPlan['job']
  readonly targets: readonly ServerTarget[]
  /** Said in each sub-job. */
  readonly notice?: string
  /** Written first, in the same transaction. */
  readonly before?: (trx: Trx, at: Date) => Promise<void>
}

/** The servers of these ids, all of them: one answer for one that is unknown and one that is another project's. */
export async function requireServers(
  { db }: Pick<RequestDeps, 'db'>,
  projectId: string,
  ids: readonly string[],
): Promise<readonly ServerTarget[]> {
  const targets = await listServerTargets(db, projectId, ids)
  const found = new Set(targets.map((target) => target.id))
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length === 0) return targets
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
  throw new AppError('lifecycle.server_not_found', { serverIds: `${missing[0]?.slice(0, 64)}${more}` })
}

export function serverResource({ id, tags, enterprise_project_id }: ServerTarget): Resource {
  return { type: 'server', id, tags, enterpriseProjectId: enterprise_project_id }
}

/** Refuses what looks busy before anything is written; a race is decided by the database. */
export function refuseBusy(targets: readonly ServerTarget[]): void {
  const busy = targets.find((target) => !isIdle(target.task_status))
  if (busy) throw busyError(busy)
}

/**
 * One transaction that holds the tasks, the job if there is one, the marks on the servers and the queued work, or
 * nothing. Of two requests for one server, one wins and the other is refused naming what is under way.
 */
export async function startTasks(deps: RequestDeps, asked: TaskRequest): Promise<void> {
  const { targets, projectId } = asked
  if (targets.length === 0) return
  try {
    await deps.db.transaction().execute(async (trx) => {
      await asked.before?.(trx, deps.clock.now())
      await queueTasks(deps, trx, planOf(deps, asked))
    })
  } catch (error) {
    if (!isServerBusy(error)) throw error
    const ids = targets.map(({ id }) => id)
    const now = await listServerTargets(deps.db, projectId, ids)
    const [some] = targets
    const unmade = rulesOf(asked.kind).needsCreated ? now.find(isUnmade) : undefined
    if (unmade) throw new AppError('lifecycle.not_created', { serverId: unmade.id })
    throw busyError(now.find((target) => !isIdle(target.task_status)) ?? (some as ServerTarget))
  }
}

/** The tasks of a plan, and the work that drives them. */
export async function queueTasks({ clock, queue }: RequestDeps, trx: Trx, plan: TaskPlan): Promise<void> {
  const ids = await insertTasks(trx, plan, clock.now())
  const works = ids.map((id) => ({ id }))
  await queue.enqueue(trx, driveTask, works)
}

export function planOf({ timing }: Pick<RequestDeps, 'timing'>, asked: TaskRequest): TaskPlan {
  const { projectId, kind, request, job, targets, notice = '' } = asked
  const { first, states, needsCreated = false } = rulesOf(kind)
  const state = asked.state ?? first
  const rules = states[state]
  if (!rules) throw new Error(`a task of kind ${kind} has no state ${state}`)
  const servers = targets.map(({ id: serverId, name }) => ({ serverId, name, notice }))
  const { queued: queuedSeconds } = timing
  return { projectId, kind, state, shows: rules.shows, request, queuedSeconds, needsCreated, job, servers }
}

function isUnmade({ task_status, vm_status }: ServerTarget): boolean {
  return vm_status === 'BUILD_FAIL' && isIdle(task_status)
}

function busyError(target: ServerTarget): AppError {
  return new AppError('lifecycle.server_busy', { serverId: target.id, work: busyWork(target) })
}
