import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { ServerIds } from './power.ts'

const PERMISSION = {
  level: 'Write',
  resource: 'server',
  conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
  dependencies: ['vpc:ports:delete', 'vpc:ports:get'],
} as const

/** Contract section 3.4. */
export const deleteServer = defineOperation({
  id: 'DeleteServer',
  module: 'lifecycle',
  family: 'workspace',
  method: 'DELETE',
  path: '/v1/{project_id}/app-servers/{server_id}',
  summary: 'Delete a server, its host, its port and its addresses.',
  authentication: 'caller',
  permission: { action: 'workspace:server:delete', ...PERMISSION },
  params: Type.Object({ ...ProjectParams.properties, server_id: Type.String({ minLength: 1, maxLength: 128 }) }),
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    job_id: Type.String({ description: 'For ShowJobDetail; empty when there is no such server.' }),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed', 'lifecycle.server_busy'],
})

/** Contract section 3.4. A server that is not there refuses the whole call. */
export const batchDeleteServer = defineOperation({
  id: 'BatchDeleteServer',
  module: 'lifecycle',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/app-servers/actions/batch-delete',
  summary: 'Delete 1 to 20 servers, one sub-job each.',
  authentication: 'caller',
  permission: { action: 'workspace:server:batchDelete', ...PERMISSION },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object({ items: ServerIds }, { additionalProperties: false }),
  status: 200,
  response: Type.Object({ job_id: Type.String({ description: 'For ShowJobDetail.' }) }),
  errors: [
    ...BODY_ERRORS,
    ...CALLER_ERRORS,
    'http.method_not_allowed',
    'lifecycle.server_busy',
    'lifecycle.server_not_found',
  ],
})
