import { type Api, serve } from '#http'
import { createServerGroup as create, showServerGroup as show } from '../../contract/operations/fleet/server-group.ts'
import {
  deleteServerGroups as remove,
  updateServerGroup as update,
} from '../../contract/operations/fleet/server-group-change.ts'
import { listServerGroups, listTenantServerGroups } from '../../contract/operations/fleet/server-group-list.ts'
import { groupResource, imageCheck, placeChecks, tagCheck, unknownGroup } from './group-permission.ts'
import { readPlace } from './network-permission.ts'
import { scalingPolicyRoutes } from './scaling-policy.routes.ts'
import { createServerGroup, type FleetDeps } from './server-group.service.ts'
import { findServerGroup } from './server-group.store.ts'
import { listServerGroupPage, listTenantGroupPage, requireServerGroupDetail } from './server-group.view.ts'
import { changeServerGroup, removeServerGroup } from './server-group-change.service.ts'
import { serverGroupStateRoutes } from './server-group-state.routes.ts'
import { serverGroupTagRoutes } from './server-group-tag.routes.ts'

/** Everything that is about server groups. */
export function serverGroupRoutes(api: Api, deps: FleetDeps): void {
  oneGroupRoutes(api, deps)
  listRoutes(api, deps)
  serverGroupStateRoutes(api, deps)
  serverGroupTagRoutes(api, deps)
  scalingPolicyRoutes(api, deps)
}

function oneGroupRoutes(api: Api, deps: FleetDeps): void {
  const { db } = deps

  serve(api, create, async ({ params, body, authorize }) => {
    const tags = body.tags ?? []
    const enterprise_project_id = body.enterprise_project_id || '0'
    const group = groupResource({ id: '*', tags: [], enterprise_project_id })
    const places = placeChecks(params.project_id, await readPlace(db, params.project_id, body))
    await authorize([], [tagCheck(create, params.project_id, group, tags), ...places])
    return createServerGroup(deps, params.project_id, body)
  })

  serve(api, show, async ({ params, authorize }) => {
    const group = await requireServerGroupDetail(db, params.project_id, params.server_group_id)
    await authorize([groupResource(group)])
    return group
  })

  serve(api, update, async ({ params, body, authorize }) => {
    const group = await requireServerGroupDetail(db, params.project_id, params.server_group_id)
    await authorize([groupResource(group)], body.image_id === undefined ? [] : [imageCheck(params.project_id)])
    await changeServerGroup(deps, params.project_id, params.server_group_id, body)
  })

  serve(api, remove, async ({ params, authorize }) => {
    const group = await findServerGroup(db, params.project_id, params.server_group_id)
    await authorize([group ? groupResource(group) : unknownGroup(params.server_group_id)])
    if (group) await removeServerGroup(deps, params.project_id, params.server_group_id)
  })
}

function listRoutes(api: Api, { db }: FleetDeps): void {
  serve(api, listServerGroups, ({ params, query }) =>
    listServerGroupPage(db, params.project_id, {
      name: query.server_group_name ?? '',
      id: query.server_group_id ?? '',
      appType: query.app_type ?? '',
      tags: query.tags ?? '',
      enterpriseProjectId: query.enterprise_project_id ?? '',
      isStandby: query.is_secondary_server_group ?? '',
      offset: query.offset ?? 0,
      limit: query.limit ?? 10,
    }),
  )

  serve(api, listTenantServerGroups, ({ params, query }) =>
    listTenantGroupPage(db, params.project_id, {
      name: query.sever_group_name ?? '',
      id: '',
      appType: query.app_type ?? '',
      tags: '',
      enterpriseProjectId: '',
      isStandby: query.is_secondary_server_group ?? '',
      offset: query.offset ?? 0,
      limit: query.limit ?? 10,
    }),
  )
}
