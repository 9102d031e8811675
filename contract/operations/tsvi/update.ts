import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

const Item = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 128, description: 'Server id.' }),
    enable: Type.Boolean({
      description:
        'Reserved: checked to be a boolean and otherwise unused. What counts is ip_virtual of the server group, where the tenant allows it.',
    }),
  },
  { additionalProperties: false },
)

/** `PATCH …/batch-update-tsvi`, contract section 2: the main job. */
export const batchUpdateTsvi = defineOperation({
  id: 'BatchUpdateTsvi',
  module: 'tsvi',
  family: 'workspace',
  method: 'PATCH',
  path: '/v1/{project_id}/app-servers/actions/batch-update-tsvi',
  summary: 'Bring the virtual session IP configuration of 1 to 20 servers in line with their server groups.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:batchUpdateTsvi',
    level: 'Write',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: ['vpc:subnets:get', 'vpc:ports:update'],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    { items: Type.Array(Item, { minItems: 1, maxItems: 20, description: 'The servers; a repeated id counts once.' }) },
    { additionalProperties: false },
  ),
  status: 200,
  response: Type.Object({ job_id: Type.String({ description: 'For ShowJobDetail.' }) }),
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'tsvi.server_not_found', 'http.method_not_allowed', 'tsvi.server_busy'],
  example: {
    body: {
      items: [
        { id: '3f791197-d166-4c8e-81e4-38c40ffc1989', enable: true },
        { id: '62f48b59-0ebb-4b1e-ad35-f64948a0591b', enable: true },
      ],
    },
    response: { job_id: '575768277444198400' },
  },
})
