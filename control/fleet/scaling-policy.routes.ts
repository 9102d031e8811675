import { type Api, serve } from '#http'
import {
  createOrUpdateScalingPolicy,
  deleteScalingPolicy as remove,
  showScalingPolicy,
} from '../../contract/operations/fleet/scaling-policy.ts'
import { groupResource } from './group-permission.ts'
import { deleteScalingPolicy, requireScalingPolicy, saveScalingPolicy } from './scaling-policy.store.ts'
import type { FleetDeps } from './server-group.service.ts'
import { requireServerGroup } from './server-group.store.ts'

export function scalingPolicyRoutes(api: Api, { db, clock }: FleetDeps): void {
  serve(api, createOrUpdateScalingPolicy, async ({ params, body, authorize }) => {
    const { server_group_id, enable = true, ...rest } = body
    const group = await requireServerGroup(db, params.project_id, server_group_id)
    await authorize([groupResource(group)])
    const policy = { enable, ...rest }
    await saveScalingPolicy(db, group.id, policy, clock.now())
    return policy
  })

  serve(api, showScalingPolicy, async ({ params, query, authorize }) => {
    const group = await requireServerGroup(db, params.project_id, query.server_group_id)
    await authorize([groupResource(group)])
    return requireScalingPolicy(db, group.id)
  })

  serve(api, remove, async ({ params, query, authorize }) => {
    const group = await requireServerGroup(db, params.project_id, query.server_group_id)
    await authorize([groupResource(group)])
    await deleteScalingPolicy(db, group.id)
  })
}
