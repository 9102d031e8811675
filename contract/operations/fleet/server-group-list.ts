import { Type } from 'typebox'
import { CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { Limit, Offset, ProjectParams } from '../field.ts'
import { BaseServerGroup, ServerGroup } from './server-group-fields.ts'

const AppTypeFilter = Type.Optional(Type.Enum(['', 'COMMON_APP', 'SESSION_DESKTOP_APP']))
const StandbyFilter = Type.Optional(
  Type.Enum(['true', 'false'], { description: 'Standby groups only, or all others; without it all groups.' }),
)

/** Contract section 4.3. The name matches in part, an empty value filters nothing. */
export const listServerGroups = defineOperation({
  id: 'ListServerGroups',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-server-groups',
  summary: 'List server groups, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:list',
    level: 'List',
    resource: 'serverGroup',
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({
    offset: Offset,
    limit: Limit,
    server_group_name: Type.Optional(Type.String({ maxLength: 1024 })),
    server_group_id: Type.Optional(Type.String({ maxLength: 128 })),
    app_type: AppTypeFilter,
    tags: Type.Optional(
      Type.String({ maxLength: 8192, description: 'key1=value1,key2=value2: groups with all of these, at most 20.' }),
    ),
    enterprise_project_id: Type.Optional(Type.String({ maxLength: 128 })),
    is_secondary_server_group: StandbyFilter,
  }),
  body: null,
  status: 200,
  response: Type.Object({ count: Type.Integer(), items: Type.Array(ServerGroup) }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
})

/** Contract section 4.3. The name of the filter is misspelt as published. */
export const listTenantServerGroups = defineOperation({
  id: 'ListTenantServerGroups',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-server-groups/actions/list',
  summary: 'List the server groups that app groups can be bound to, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:listDetail',
    level: 'List',
    resource: 'serverGroup',
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({
    offset: Offset,
    limit: Limit,
    sever_group_name: Type.Optional(Type.String({ maxLength: 64 })),
    app_type: AppTypeFilter,
    is_secondary_server_group: StandbyFilter,
  }),
  body: null,
  status: 200,
  response: Type.Object({
    count: Type.Integer(),
    items: Type.Array(Type.Object({ ...BaseServerGroup.properties, app_group_count: Type.Integer() })),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
})
