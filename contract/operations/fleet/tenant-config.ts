import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

const PATH = '/v2/{project_id}/tenant-configs'
const Values = Type.Array(Type.Object({ key: Type.String(), value: Type.String() }))

/** Contract section 7.2: switches of the tenant, `IP_VIRTUAL_ENABLE` among them. */
export const listTenantConfigs = defineOperation({
  id: 'ListTenantConfigs',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: PATH,
  summary: 'List the switches of the tenant.',
  authentication: 'caller',
  permission: {
    action: 'workspace:tenants:ListConfig',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({ name: Type.Optional(Type.String({ maxLength: 255 })) }),
  body: null,
  status: 200,
  response: Type.Object({
    function_configs: Type.Array(
      Type.Object({ id: Type.String(), name: Type.String(), status: Type.Enum(['ON', 'OFF']), values: Values }),
    ),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: {
    response: {
      function_configs: [{ id: 'IP_VIRTUAL_ENABLE', name: 'IP_VIRTUAL_ENABLE', status: 'ON', values: [] }],
    },
  },
})

/** Contract section 7.2. The name of the action is ours: none is published. A switch has no values here. */
export const updateTenantConfig = defineOperation({
  id: 'UpdateTenantConfig',
  module: 'fleet',
  family: 'workspace',
  method: 'PUT',
  path: PATH,
  summary: 'Set a switch of the tenant. Servers follow IP_VIRTUAL_ENABLE with batch-update-tsvi.',
  authentication: 'caller',
  permission: {
    action: 'workspace:tenants:updateConfig',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      function_config: Type.Object(
        {
          id: Type.Optional(Type.String({ maxLength: 255 })),
          name: Type.Optional(Type.String({ maxLength: 255 })),
          status: Type.Enum(['ON', 'OFF']),
          values: Type.Optional(Type.Array(Type.Object({}), { maxItems: 0 })),
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: null,
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'fleet.configuration_unknown', 'http.method_not_allowed'],
})

/** Contract section 7.2: the same switches in the form of the app center. */
export const listTenantProfiles = defineOperation({
  id: 'ListTenantProfiles',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-center/profiles',
  summary: 'Show the switches of the tenant as a map.',
  authentication: 'caller',
  permission: {
    action: 'workspace:appcenter:listTenantProfiles',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Record(Type.String(), Type.Boolean()),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: { response: { IP_VIRTUAL_ENABLE: true } },
})
