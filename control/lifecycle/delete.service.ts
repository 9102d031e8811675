import type { Trx } from '#db'
import { listServerTargets, portResource, type ServerTarget, showTask } from '#fleet'
import type { Check, Resource } from '#http'
import { finishSubJob, nextJobIds } from '#jobs'
import { firstOfDeletion } from './delete.ts'
import { renderFailure } from './failure.ts'
import { type RequestDeps, refuseBusy, requireServers, serverResource, startTasks } from './request.service.ts'
import { cancelCreating, listCreating } from './task.store.ts'

const BY_HAND =
  'A host that was brought by hand is not ended: switch it off before its addresses are given to another server.'

export interface Deletion {
  readonly projectId: string
  readonly ids: readonly string[]
  authorize(resources: readonly Resource[], further: readonly Check[]): Promise<void>
}

/** Begins the deletion of all of them, or of none, and returns the job's id. */
export async function deleteServers(deps: RequestDeps, deletion: Deletion): Promise<string> {
  return begin(deps, deletion, await requireServers(deps, deletion.projectId, deletion.ids))
}

/** The same for one; where there is no such server there is nothing to do, and no job: then the id is empty. */
export async function deleteServerIfThere(deps: RequestDeps, deletion: Deletion): Promise<string> {
  const targets = await listServerTargets(deps.db, deletion.projectId, deletion.ids)
  if (targets.length > 0) return begin(deps, deletion, targets)
  const unknown = (id: string): Resource => ({ type: 'server', id, tags: [], enterpriseProjectId: '0' })
  await deletion.authorize(deletion.ids.map(unknown), [])
  return ''
}

async function begin(deps: RequestDeps, deletion: Deletion, targets: readonly ServerTarget[]): Promise<string> {
  const { projectId, authorize } = deletion
  await authorize(targets.map(serverResource), dependencyChecks(projectId, targets))
  const ids = targets.map(({ id }) => id)
  const creating = new Set(await listCreating(deps.db, ids))
  refuseBusy(targets.filter(({ id }) => !creating.has(id)))
  const [id = ''] = await nextJobIds(deps.db, 1)
  await startTasks(deps, {
    ...{ projectId, kind: 'delete', request: {}, job: { id, type: 'DELETE_SERVER' }, targets },
    state: firstOfDeletion(deps.machines === null),
    notice: deps.machines === null ? BY_HAND : '',
    before: async (trx, at) => cancelCreations(trx, [...creating], at),
  })
  return id
}

/** The operation depends on reading and deleting each port (contract 8.2). */
function dependencyChecks(projectId: string, targets: readonly ServerTarget[]): readonly Check[] {
  return targets.map(portResource).flatMap((resource) => [
    { action: 'vpc:ports:get', projectId, resource },
    { action: 'vpc:ports:delete', projectId, resource },
  ])
}

/**
 * A creation under way ends with the deletion; the server is free for it in the same transaction. What its action still
 * makes of a host is taken away by its own work (`endLeftHost`).
 */
async function cancelCreations(trx: Trx, serverIds: readonly string[], at: Date): Promise<void> {
  if (serverIds.length === 0) return
  const why = { word: 'lifecycle.create_cancelled', facts: {} } as const
  for (const { serverId, subJobId } of await cancelCreating(trx, serverIds, why, at)) {
    if (subJobId !== null) await finishSubJob(trx, subJobId, { step: 'failed', at, failure: renderFailure(why) })
    await showTask(trx, serverId, { taskStatus: 'null', vmStatus: 'BUILD_FAIL', jobStatus: 'FAILED' }, at)
  }
}
