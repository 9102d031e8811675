import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation, type Permission } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { ScalingPolicy } from './scaling-policy-fields.ts'

const PATH = '/v1/{project_id}/scaling-policy'

const ServerGroupId = Type.String({ minLength: 1, maxLength: 128 })

const ERRORS = [...CALLER_ERRORS, 'fleet.server_group_not_found', 'http.method_not_allowed'] as const

function permission<Action extends string>(action: Action, level: Permission['level']) {
  return {
    action: `workspace:scalingPolicy:${action}` as const,
    level,
    resource: 'serverGroup',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  } as const
}

const EXAMPLE = {
  enable: true,
  max_scaling_amount: 10,
  single_expansion_count: 1,
  scaling_policy_by_session: { session_usage_threshold: 85, shrink_after_session_idle_minutes: 60 },
}

/** Contract section 4.3. The names of the three actions are ours: none is published. */
export const createOrUpdateScalingPolicy = defineOperation({
  id: 'CreateOrUpdateScalingPolicy',
  module: 'fleet',
  family: 'workspace',
  method: 'PUT',
  path: PATH,
  summary: 'Set the scaling policy of a server group. It is kept and shown; nothing acts on it yet.',
  authentication: 'caller',
  permission: permission('update', 'Write'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object({ server_group_id: ServerGroupId, ...ScalingPolicy.properties }, { additionalProperties: false }),
  status: 200,
  response: ScalingPolicy,
  errors: [...BODY_ERRORS, ...ERRORS],
  example: { body: { server_group_id: '5d2f0a7c-8e41-4b19-a6d3-3c9b7f1e2a64', ...EXAMPLE }, response: EXAMPLE },
})

export const showScalingPolicy = defineOperation({
  id: 'ShowScalingPolicy',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: PATH,
  summary: 'Show the scaling policy of a server group.',
  authentication: 'caller',
  permission: permission('get', 'Read'),
  params: ProjectParams,
  query: Type.Object({ server_group_id: ServerGroupId }),
  body: null,
  status: 200,
  response: ScalingPolicy,
  errors: ['http.invalid', ...ERRORS, 'fleet.scaling_policy_not_found'],
  example: { response: EXAMPLE },
})

export const deleteScalingPolicy = defineOperation({
  id: 'DeleteScalingPolicy',
  module: 'fleet',
  family: 'workspace',
  method: 'DELETE',
  path: PATH,
  summary: 'Delete the scaling policy of a server group.',
  authentication: 'caller',
  permission: permission('delete', 'Write'),
  params: ProjectParams,
  query: Type.Object({ server_group_id: ServerGroupId }),
  body: null,
  status: 200,
  response: null,
  errors: ['http.invalid', ...ERRORS, 'fleet.scaling_policy_not_found'],
})
