import type { Db } from '#db'
import type { ResponseOf } from '../../contract/operation.ts'
import { SERVER_STATUSES } from '../../contract/operations/fleet/server.ts'
import type { showServerGroupState } from '../../contract/operations/fleet/server-group-state.ts'
import type { listServerGroupTag } from '../../contract/operations/fleet/server-group-tag.ts'

type ServerGroupState = ResponseOf<typeof showServerGroupState>

/** Every status, with 0 where no server of the group has it. */
export async function countByStatus(db: Db, groupId: string): Promise<ServerGroupState> {
  const rows = await db
    .selectFrom('fleet.server')
    .select(({ fn }) => ['status', fn.countAll().as('count')])
    .where('server_group_id', '=', groupId)
    .groupBy('status')
    .execute()
  const counts = new Map(rows.map(({ status, count }) => [status, Number(count)]))
  const entries = SERVER_STATUSES.map((status) => [status, counts.get(status) ?? 0] as const)
  return { aps_status: Object.fromEntries(entries) as ServerGroupState['aps_status'] }
}

/** Each key of the project's groups with the values it has there, both in the order of the alphabet. */
export async function listTags(db: Db, projectId: string): Promise<ResponseOf<typeof listServerGroupTag>['tags']> {
  const rows = await db.selectFrom('fleet.server_group').select('tags').where('project_id', '=', projectId).execute()
  const byKey = Map.groupBy(
    rows.flatMap(({ tags }) => tags),
    ({ key }) => key,
  )
  return [...byKey]
    .map(([key, tags]) => ({ key, values: [...new Set(tags.map(({ value }) => value ?? ''))].sort() }))
    .sort((left, right) => (left.key < right.key ? -1 : 1))
}
