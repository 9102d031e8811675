import type { Db } from '#db'
import { type Api, serve } from '#http'
import {
  showServerGroupRestrict,
  showServerGroupState,
  validateServerGroup,
} from '../../contract/operations/fleet/server-group-state.ts'
import { getCatalogue } from './catalogue.store.ts'
import { groupResource } from './group-permission.ts'
import type { FleetDeps } from './server-group.service.ts'
import { isNameTaken, requireServerGroup } from './server-group.store.ts'
import { isGroupName } from './server-group.ts'
import { countByStatus } from './server-group-state.view.ts'

export function serverGroupStateRoutes(api: Api, { db }: FleetDeps): void {
  serve(api, showServerGroupState, async ({ params, authorize }) => {
    const group = await requireServerGroup(db, params.project_id, params.server_group_id)
    await authorize([groupResource(group)])
    return countByStatus(db, group.id)
  })

  serve(api, showServerGroupRestrict, async () => getCatalogue().limits)

  serve(api, validateServerGroup, async ({ params, body, authorize }) => {
    await authorize([{ type: 'serverGroup', id: '*', tags: [], enterpriseProjectId: null }])
    const broken = await findBrokenRule(db, params.project_id, body.name)
    return broken === undefined ? { result: true } : { result: false, validate_rule: broken }
  })
}

async function findBrokenRule(db: Db, projectId: string, name: string): Promise<'naming' | 'duplicate' | undefined> {
  if (!isGroupName(name)) return 'naming'
  return (await isNameTaken(db, projectId, name)) ? 'duplicate' : undefined
}
