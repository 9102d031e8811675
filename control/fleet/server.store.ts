import { type Insertable, type RawBuilder, sql } from 'kysely'
import type { Db, HostAddress, ServerTable, Trx } from '#db'
import type { JobType } from '#jobs'
import type { ServerStatus, TaskStatus, VmStatus } from '../../contract/operations/fleet/server.ts'

export async function insertServer(db: Db, row: Insertable<ServerTable>): Promise<boolean> {
  const result = await db
    .insertInto('fleet.server')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** All of them or none. */
export async function insertServers(trx: Trx, rows: readonly Insertable<ServerTable>[]): Promise<void> {
  await trx
    .insertInto('fleet.server')
    .values([...rows])
    .execute()
}

export async function setHostAddress(trx: Trx, serverId: string, nic: HostAddress): Promise<void> {
  const host_address = JSON.stringify(nic)
  await trx.updateTable('fleet.server').set({ host_address }).where('id', '=', serverId).execute()
}

/** Takes along its agent and its updates; its jobs stay. */
export async function deleteServer(trx: Trx, serverId: string): Promise<void> {
  await trx.deleteFrom('fleet.server').where('id', '=', serverId).execute()
}

/** Task statuses that say nothing is under way. */
const IDLE_STATUSES: readonly TaskStatus[] = [
  'null',
  'updating_tsvi_failed',
  'rebuild_fail',
  'migrate_failed',
  'delete_failed',
  'upgrad_access_agent_fail',
  'upgrad_access_agent_success',
  'install_app_failed',
]

const IDLE = sql<boolean>`task_status IN (${sql.join(IDLE_STATUSES.map((status) => sql.lit(status)))})`

export function isIdle(taskStatus: string): boolean {
  return (IDLE_STATUSES as readonly string[]).includes(taskStatus)
}

export interface Task {
  /** Null where the API has no job for it: then the server goes on naming its last one. */
  readonly jobType: JobType | null
  readonly taskStatus: TaskStatus
  /** What the server is shown as from now on; absent leaves what was. */
  readonly power?: Power
  /** It means nothing on a server whose creation failed: such a one counts as busy. */
  readonly needsCreated?: boolean
  readonly at: Date
}

/**
 * The part of a statement that marks the servers of new sub-jobs which have no task under way, as the CTE
 * `marked (id)`. It needs the CTE `sub_job (job_id, resource_id)` beside it; a server that is missing in the result is
 * busy. The rows are locked in one order, whoever comes: two groups never wait for each other.
 */
export function startTasksCtes(task: Task): RawBuilder<unknown> {
  return sql`idle AS (
      SELECT server.id, sub_job.job_id
      FROM sub_job JOIN fleet.server ON server.id = sub_job.resource_id
      WHERE ${IDLE} ${task.needsCreated ? sql`AND vm_status <> 'BUILD_FAIL'` : sql``}
      ORDER BY server.id
      FOR NO KEY UPDATE OF server
    ),
    marked AS (
      UPDATE fleet.server
      SET task_status = ${task.taskStatus}, updated_at = ${task.at}::timestamptz
          ${jobOf(task)} ${powerOf(task.power ?? {})}
      FROM idle WHERE server.id = idle.id
      RETURNING server.id
    )`
}

function jobOf({ jobType, at }: Task): RawBuilder<unknown> {
  if (jobType === null) return sql``
  return sql`, job_id = idle.job_id, job_type = ${jobType}, job_status = 'RUNNING', job_time = ${at}::timestamptz`
}

function powerOf({ status, vmStatus }: Power): RawBuilder<unknown> {
  return sql`${status === undefined ? sql`` : sql`, status = ${status}`}
    ${vmStatus === undefined ? sql`` : sql`, vm_status = ${vmStatus}`}`
}

export interface TaskEnd {
  readonly taskStatus: TaskStatus
  readonly jobStatus: 'SUCCESS' | 'FAILED'
  /** The configuration that is now in force; absent leaves what was, and that in doubt. */
  readonly ipVirtualEnable?: boolean
  readonly at: Date
}

/**
 * A server that is being created, or whose creation or new disk has failed, becomes ready with the first update that
 * succeeds; one that is being created is a failed creation if that fails. Before, its sessions would not have the
 * addresses they shall have.
 */
const IS_MADE_READY = sql`job_type = 'CREATE_SERVER' OR vm_status IN ('BUILD_FAIL', 'REBUILD_FAIL')`

function createdAs(isSuccess: boolean) {
  if (!isSuccess) {
    return { vm_status: sql<string>`CASE WHEN job_type = 'CREATE_SERVER' THEN 'BUILD_FAIL' ELSE vm_status END` }
  }
  return {
    status: sql<string>`CASE WHEN ${IS_MADE_READY} THEN 'REGISTERED' ELSE status END`,
    vm_status: sql<string>`CASE WHEN ${IS_MADE_READY} THEN 'ACTIVE' ELSE vm_status END`,
  }
}

export async function endTask(db: Db, serverId: string, jobId: string, end: TaskEnd): Promise<void> {
  await db
    .updateTable('fleet.server')
    .set({
      task_status: end.taskStatus,
      job_status: end.jobStatus,
      job_time: end.at,
      updated_at: end.at,
      ip_virtual_in_doubt: end.ipVirtualEnable === undefined,
      ...createdAs(end.jobStatus === 'SUCCESS'),
      ...(end.ipVirtualEnable === undefined ? {} : { ip_virtual_enable: end.ipVirtualEnable }),
    })
    .where('id', '=', serverId)
    .where('job_id', '=', jobId)
    .execute()
}

/** What a server is shown as while a task is under way on it, and at its end. */
export interface Shown extends Power {
  readonly taskStatus: TaskStatus
  /** At the end of a task that has a job. */
  readonly jobStatus?: 'SUCCESS' | 'FAILED'
}

export async function showTask(db: Db, serverId: string, shown: Shown, at: Date): Promise<void> {
  const { taskStatus, status, vmStatus, jobStatus } = shown
  await db
    .updateTable('fleet.server')
    .set({
      task_status: taskStatus,
      ...(status === undefined ? {} : { status }),
      ...(vmStatus === undefined ? {} : { vm_status: vmStatus }),
      ...(jobStatus === undefined ? {} : { job_status: jobStatus, job_time: at }),
      // nobody is left on a server that is off
      ...(vmStatus === 'SHUTOFF' ? { session_count: 0 } : {}),
      updated_at: at,
    })
    .where('id', '=', serverId)
    .execute()
}

/** Holds a server of this status until the transaction ends: no task begins meanwhile. False when it is of another. */
export async function holdServer(trx: Trx, serverId: string, taskStatus: TaskStatus): Promise<boolean> {
  const row = await trx
    .selectFrom('fleet.server')
    .select('id')
    .where('id', '=', serverId)
    .where('task_status', '=', taskStatus)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row !== undefined
}

export interface Power {
  readonly status?: ServerStatus
  readonly vmStatus?: VmStatus
}

/** What has failed stays so through the reboots of an update: its success is what makes the server ready. */
function unlessFailed(vmStatus: VmStatus) {
  return sql<string>`CASE WHEN vm_status IN ('BUILD_FAIL', 'REBUILD_FAIL') THEN vm_status ELSE ${vmStatus} END`
}

export async function updatePower(db: Db, serverId: string, { status, vmStatus }: Power, at: Date): Promise<void> {
  await db
    .updateTable('fleet.server')
    .set({
      ...(status === undefined ? {} : { status }),
      ...(vmStatus === undefined ? {} : { vm_status: unlessFailed(vmStatus) }),
      updated_at: at,
    })
    .where('id', '=', serverId)
    .execute()
}

/** What an agent's sign of life does not repair: work that failed half way, after which a server is not whole. */
const IS_WHOLE = sql<boolean>`(vm_status NOT IN ('BUILD_FAIL', 'REBUILD_FAIL', 'DELETING')
  AND task_status NOT IN ('rebuild_fail', 'delete_failed'))`

/**
 * An agent proved itself: its server is up. Unless a task has its hands on the server's power and says itself when it
 * is ready: a reboot that is still to come, a stop, or a creation that is not at its end or never came there; and
 * unless it is not whole.
 */
export async function noteLinked(db: Db, serverId: string, at: Date): Promise<void> {
  await sql`
    UPDATE fleet.server SET status = 'REGISTERED', vm_status = 'ACTIVE', updated_at = ${at}::timestamptz
    WHERE id = ${serverId} AND (${IDLE} OR task_status = 'updating_tsvi') AND ${IS_CREATED} AND ${IS_WHOLE}`.execute(db)
}

const IS_CREATED = sql`(job_type IS DISTINCT FROM 'CREATE_SERVER' OR job_status = 'SUCCESS')`

export async function updateSessionCount(db: Db, serverId: string, count: number): Promise<void> {
  await db
    .updateTable('fleet.server')
    .set({ session_count: count })
    .where('id', '=', serverId)
    .where('session_count', '!=', count)
    .execute()
}

/** What a server must be to be given up: shown as ready, and nothing under way that would explain its silence. */
export const isReadyAndIdle: RawBuilder<boolean> = sql`server.status = 'REGISTERED' AND server.${IDLE}`

/**
 * The part of a statement that gives up the servers of the CTE `silent (server_id)`, whose rows it has locked and found
 * `isReadyAndIdle`: the CTE `lost (id)`. A reboot that nobody waits for any more has failed.
 */
export function loseServersCte(at: Date): RawBuilder<unknown> {
  return sql`lost AS (
      UPDATE fleet.server
      SET status = 'NONE', updated_at = ${at}::timestamptz,
          vm_status = CASE WHEN vm_status IN ('REBOOT', 'HARD_REBOOT') THEN 'ERROR' ELSE vm_status END
      FROM silent WHERE server.id = silent.server_id
      RETURNING server.id
    )`
}

/**
 * The part of a statement that takes servers back that were given up, for silence or in a reboot: the CTE
 * `returned (id)`. Those that a failed task left broken are not.
 */
export function returnServersCte(serverIds: readonly string[], at: Date): RawBuilder<unknown> {
  return sql`returned AS (
      UPDATE fleet.server
      SET status = 'REGISTERED', vm_status = 'ACTIVE', updated_at = ${at}::timestamptz
      WHERE id = ANY(${serverIds}::text[]) AND status = 'NONE' AND ${IS_WHOLE}
      RETURNING id
    )`
}

/** Fields of a server that its owner changes; what is absent stays. */
export interface ServerChange {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly maintainStatus?: boolean | undefined
}

/** False when there is no such server. One that is changed into what it was keeps the time of its last change. */
export async function changeServer(db: Db, serverId: string, change: ServerChange, at: Date): Promise<boolean> {
  const { name = null, description = null, maintainStatus = null } = change
  const { rows } = await sql`
    WITH held AS (
      SELECT id, (${name}::text IS NOT NULL AND name <> ${name}::text)
        OR (${description}::text IS NOT NULL AND description <> ${description}::text)
        OR (${maintainStatus}::boolean IS NOT NULL AND maintain_status <> ${maintainStatus}::boolean) AS differs
      FROM fleet.server WHERE id = ${serverId} FOR NO KEY UPDATE
    )
    UPDATE fleet.server
    SET name = coalesce(${name}::text, name), description = coalesce(${description}::text, description),
        maintain_status = coalesce(${maintainStatus}::boolean, maintain_status),
        updated_at = CASE WHEN held.differs THEN ${at}::timestamptz ELSE updated_at END
    FROM held WHERE server.id = held.id
    RETURNING server.id`.execute(db)
  return rows.length === 1
}

/** Marks the servers, or unmarks them; returns those there are. The rows are locked in one order, whoever comes. */
export async function setMaintainStatus(
  db: Db,
  serverIds: readonly string[],
  maintainStatus: boolean,
  at: Date,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH held AS (
      SELECT id FROM fleet.server WHERE id = ANY(${serverIds}::text[]) ORDER BY id FOR NO KEY UPDATE
    ),
    changed AS (
      UPDATE fleet.server SET maintain_status = ${maintainStatus}::boolean, updated_at = ${at}::timestamptz
      FROM held WHERE server.id = held.id AND maintain_status <> ${maintainStatus}::boolean
    )
    SELECT id FROM held`.execute(db)
  return rows.map((row) => row.id)
}

export async function setImage(db: Db, serverId: string, imageId: string, at: Date): Promise<void> {
  await db.updateTable('fleet.server').set({ image_id: imageId, updated_at: at }).where('id', '=', serverId).execute()
}
