import type { Db, Trx } from '#db'
import type { Resource } from '#http'
import { AppError, type Clock } from '#kernel'
import { changeServer, type ServerChange, setMaintainStatus } from './server.store.ts'
import { listServerTargets, type ServerTarget } from './server.view.ts'

export interface ServerDeps {
  readonly db: Db
  readonly clock: Clock
  /** Tells whoever speaks with these servers, at commit, that their maintenance mark changed. */
  announceMaintenance(trx: Trx, serverIds: readonly string[]): Promise<void>
}

type Authorize = (resources: readonly Resource[]) => Promise<void>

/** Changes the fields that are given. The mark is in force before the answer, for whoever starts a session then. */
export async function updateServer(
  { db, clock, announceMaintenance }: ServerDeps,
  { projectId, serverId, change }: { projectId: string; serverId: string; change: ServerChange },
  authorize: Authorize,
): Promise<void> {
  await authorize((await requireServers(db, projectId, [serverId])).map(resourceOf))
  await db.transaction().execute(async (trx) => {
    if (!(await changeServer(trx, serverId, change, clock.now()))) throw notFound(serverId)
    if (change.maintainStatus !== undefined) await announceMaintenance(trx, [serverId])
  })
}

/** All of the servers get the mark, or lose it, or none does. */
export async function changeMaintainMode(
  { db, clock, announceMaintenance }: ServerDeps,
  { projectId, ids, maintainStatus }: { projectId: string; ids: readonly string[]; maintainStatus: boolean },
  authorize: Authorize,
): Promise<void> {
  await authorize((await requireServers(db, projectId, ids)).map(resourceOf))
  await db.transaction().execute(async (trx) => {
    const there = new Set(await setMaintainStatus(trx, ids, maintainStatus, clock.now()))
    const gone = ids.find((id) => !there.has(id))
    if (gone !== undefined) throw notFound(gone)
    await announceMaintenance(trx, ids)
  })
}

/** The servers of these ids, or an error that names the first that is none of the project: unknown or another's. */
export async function requireServers(
  db: Db,
  projectId: string,
  ids: readonly string[],
): Promise<readonly ServerTarget[]> {
  const targets = await listServerTargets(db, projectId, ids)
  const found = new Set(targets.map((target) => target.id))
  const missing = ids.find((id) => !found.has(id))
  if (missing !== undefined) throw notFound(missing)
  return targets
}

/** A server as what a permission is asked for. */
export function resourceOf({
  id,
  tags,
  enterprise_project_id,
}: Pick<ServerTarget, 'id' | 'tags' | 'enterprise_project_id'>): Resource {
  return { type: 'server', id, tags, enterpriseProjectId: enterprise_project_id }
}

function notFound(serverId: string): AppError {
  return new AppError('fleet.server_not_found', { serverId })
}
