import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

const MaintainStatus = 'A server with the maintenance mark takes no new sessions; those it has go on.'

/** Contract sections 1.9 and 3.4. Only the fields that are sent are changed. */
export const updateServer = defineOperation({
  id: 'UpdateServer',
  module: 'fleet',
  family: 'workspace',
  method: 'PATCH',
  path: '/v1/{project_id}/app-servers/{server_id}',
  summary: 'Change name, description or maintenance mark of a server.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:update',
    level: 'Write',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: Type.Object({ ...ProjectParams.properties, server_id: Type.String({ minLength: 1, maxLength: 128 }) }),
  query: NoQuery,
  body: Type.Object(
    {
      name: Type.Optional(
        Type.String({
          pattern: '^[\\w\\u4e00-\\u9fa5-]{1,64}$',
          description: '1 to 64 letters, digits, _, -, or CJK characters.',
        }),
      ),
      description: Type.Optional(Type.String({ maxLength: 255, description: 'Empty: none any more.' })),
      maintain_status: Type.Optional(Type.Boolean({ description: MaintainStatus })),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: null,
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'fleet.server_not_found', 'http.method_not_allowed'],
})

/** Contract section 3.4: the published example sends the mark as a string. */
export const batchChangeServerMaintainMode = defineOperation({
  id: 'BatchChangeServerMaintainMode',
  module: 'fleet',
  family: 'workspace',
  method: 'PATCH',
  path: '/v1/{project_id}/app-servers/actions/batch-maint',
  summary: 'Set or clear the maintenance mark of servers, of all or of none.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:batchChangeMaintainMode',
    level: 'Write',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      items: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
        description: 'Server ids.',
      }),
      maintain_status: Type.Union([Type.Boolean(), Type.Enum(['true', 'false'])], { description: MaintainStatus }),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: null,
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'fleet.server_not_found', 'http.method_not_allowed'],
})
