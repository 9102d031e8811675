import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { SERVER_STATUSES } from './server.ts'
import { ServerGroupParams } from './server-group-fields.ts'

/** Contract section 4.3. Every status is there, with 0 where no server has it: an empty map is an error to Terraform. */
export const showServerGroupState = defineOperation({
  id: 'ShowServerGroupState',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-server-groups/{server_group_id}/state',
  summary: 'Count the servers of a group by status.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:getServerState',
    level: 'Read',
    resource: 'serverGroup',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: ServerGroupParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    aps_status: Type.Record(Type.Enum([...SERVER_STATUSES]), Type.Integer({ minimum: 0 })),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'fleet.server_group_not_found', 'http.method_not_allowed'],
  example: {
    response: { aps_status: { UNREGISTER: 0, REGISTERED: 2, MAINTAINING: 0, FREEZE: 0, STOPPED: 1, NONE: 0 } },
  },
})

/** Contract section 4.3. */
export const showServerGroupRestrict = defineOperation({
  id: 'ShowServerGroupRestrict',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-server-groups/resources/restrict',
  summary: 'How many sessions a server may have, and how many groups a project.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:getRestrict',
    level: 'Read',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ max_session: Type.Integer(), max_group_count: Type.Integer() }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: { response: { max_session: 1024, max_group_count: 1000 } },
})

/** Contract section 4.3. */
export const validateServerGroup = defineOperation({
  id: 'ValidateServerGroup',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  isRead: true,
  path: '/v1/{project_id}/app-server-groups/rules/validate',
  summary: 'Say whether a new group could have this name, and which rule is against it.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:validate',
    level: 'Write',
    resource: 'serverGroup',
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object({ name: Type.String({ maxLength: 1024 }) }, { additionalProperties: false }),
  status: 200,
  response: Type.Object({
    result: Type.Boolean(),
    validate_rule: Type.Optional(Type.Enum(['naming', 'duplicate'], { description: 'The rule that was broken.' })),
  }),
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: { body: { name: 'cad floor 2' }, response: { result: false, validate_rule: 'naming' } },
})
