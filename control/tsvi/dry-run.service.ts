import { sql } from 'kysely'
import type { Db } from '#db'
import { isIdle, listServerTargets, type ServerTarget } from '#fleet'
import type { Clock } from '#kernel'
import { countFree } from '#vpc'
import { ERRORS } from '../../contract/errors.ts'
import type { ResponseOf } from '../../contract/operation.ts'
import type { batchUpdateTsvi } from '../../contract/operations/tsvi/update.ts'
import { type Forecast, forecast, sumBySubnet } from './forecast.ts'
import { busyError, dependencyChecks, planOf, requireAll, resourceOf, type UpdateRequest } from './request.service.ts'
import { readTarget, standingOf, type Target } from './target.ts'
import type { NewUpdate } from './update.store.ts'

export type DryRun = NonNullable<ResponseOf<typeof batchUpdateTsvi>['dry_run']>

interface Planned {
  readonly target: Target
  readonly update: NewUpdate
  readonly forecast: Forecast
}

/**
 * What the same request would do, asked for with the same permission. All is read in one picture of the database, in a
 * transaction that cannot write.
 */
export async function dryRun(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  { projectId, items, authorize }: UpdateRequest,
): Promise<DryRun> {
  const wanted = new Map(items.map((item) => [item.id, item.enable]))
  const ids = [...wanted.keys()]
  const found = requireAll(ids, await listServerTargets(db, projectId, ids))
  await authorize(found.map(resourceOf), dependencyChecks(projectId, found))
  return readOnly(db, async (trx) => {
    const targets = requireAll(ids, await listServerTargets(trx, projectId, ids))
    const planned: Planned[] = []
    for (const server of targets) planned.push(await plan(trx, projectId, server, wanted.get(server.id) ?? true))
    return {
      servers: planned.map(render),
      subnets: await demandsOf(trx, planned, clock.now()),
      refused_by: targets.flatMap(refusal),
    }
  })
}

/** As SQL, because the embedded database's dialect does not say it by itself. */
export function readOnly<T>(db: Db, read: (trx: Db) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`.execute(trx)
    return read(trx)
  })
}

async function demandsOf(db: Db, planned: readonly Planned[], at: Date): Promise<DryRun['subnets']> {
  const demands = planned.map(({ target, forecast }) => ({ subnetId: target.subnet.id, needed: forecast.needed }))
  const subnets: DryRun['subnets'] = []
  for (const { subnetId: id, needed } of sumBySubnet(demands)) {
    const free = await countFree(db, id, at)
    subnets.push({ id, addresses_needed: needed, addresses_free: free, enough: needed <= free })
  }
  return subnets
}

async function plan(db: Db, projectId: string, server: ServerTarget, requested: boolean): Promise<Planned> {
  const update = planOf(server, requested)
  const target = await readTarget(db, { projectId, serverId: server.id })
  const { count, owned } = target
  const { reboot_policy: rebootPolicy, session_count: sessions } = server
  const input = { standing: standingOf(target), enable: update.enable, count, owned, rebootPolicy, sessions }
  return { target, update, forecast: forecast(input) }
}

function render({ target, update, forecast }: Planned): DryRun['servers'][number] {
  return {
    id: update.serverId,
    name: update.name,
    enable: update.enable,
    notice: update.notice,
    changes: forecast.changes,
    reason: forecast.reason,
    reboots: forecast.reboots,
    sessions_affected: forecast.sessionsAffected,
    subnet_id: target.subnet.id,
    addresses_owned: target.owned.length,
    addresses_needed: forecast.needed,
    addresses_leaving: forecast.leaving,
  }
}

/** A server with another task under way refuses the whole call. */
function refusal(target: ServerTarget): DryRun['refused_by'] {
  if (isIdle(target.task_status)) return []
  const error = busyError(target)
  return [{ server_id: target.id, error_code: ERRORS['tsvi.server_busy'].code, error_msg: error.message }]
}
