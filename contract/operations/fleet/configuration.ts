import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

/** Contract section 7.2: how a client learns whether the tenant allows virtual IPs (`IP_VIRTUAL_ENABLE`). */
export const listCorpConfigInfo = defineOperation({
  id: 'ListCorpConfigInfo',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  isRead: true,
  path: '/v1/{project_id}/bundles/batch-query-config-info',
  summary: 'Read configuration values of the tenant; unknown keys are left out.',
  authentication: 'caller',
  permission: {
    action: 'workspace:tenants:listConfigInfo',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      items: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        minItems: 0,
        maxItems: 100,
        uniqueItems: true,
      }),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: Type.Object({
    config_infos: Type.Array(Type.Object({ config_key: Type.String(), config_value: Type.String() })),
  }),
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: {
    body: { items: ['IP_VIRTUAL_ENABLE'] },
    response: { config_infos: [{ config_key: 'IP_VIRTUAL_ENABLE', config_value: 'true' }] },
  },
})
