import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { ServerIds } from './power.ts'

/**
 * Operations that mean something on the cloud alone: they are asked, checked and permitted as every other, and then
 * refused with a sentence that says why (decision 0039). Contract 3.4.
 */
const REFUSALS = [
  ...CALLER_ERRORS,
  'http.method_not_allowed',
  'lifecycle.not_offered',
  'lifecycle.server_not_found',
] as const

const ON_SERVER = {
  level: 'Write',
  resource: 'server',
  conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
  dependencies: [],
} as const

const JobId = Type.Object({ job_id: Type.String() })

export const showServerVnc = defineOperation({
  id: 'ShowServerVnc',
  module: 'lifecycle',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/{server_id}/actions/vnc',
  summary: 'Get an address for a remote console; always refused here, no console is proxied.',
  authentication: 'caller',
  permission: { action: 'workspace:server:getVncUrl', ...ON_SERVER },
  params: Type.Object({ ...ProjectParams.properties, server_id: Type.String({ minLength: 1, maxLength: 128 }) }),
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ type: Type.Enum(['novnc', 'vnc']), url: Type.String(), protocol: Type.String() }),
  errors: ['http.invalid', ...REFUSALS],
  availability: 'refused',
})

export const batchRejoinDomain = defineOperation({
  id: 'BatchRejoinDomain',
  module: 'lifecycle',
  family: 'workspace',
  method: 'PATCH',
  path: '/v1/{project_id}/app-servers/actions/batch-rejoin-domain',
  summary: 'Join servers to their AD domain again; always refused here, no server is in a domain.',
  authentication: 'caller',
  permission: { action: 'workspace:server:batchRejoinDomain', ...ON_SERVER },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object({ items: ServerIds }, { additionalProperties: false }),
  status: 200,
  response: JobId,
  errors: [...BODY_ERRORS, ...REFUSALS],
  availability: 'refused',
})

export const batchMigrateHostsServer = defineOperation({
  id: 'BatchMigrateHostsServer',
  module: 'lifecycle',
  family: 'workspace',
  method: 'PATCH',
  path: '/v1/{project_id}/app-servers/hosts/batch-migrate',
  summary: 'Migrate servers to a dedicated host; always refused here, there are no dedicated hosts.',
  authentication: 'caller',
  permission: { action: 'workspace:server:batchMigrateHosts', ...ON_SERVER },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      server_ids: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 50, uniqueItems: true }),
      host_id: Type.String({ minLength: 1, maxLength: 128 }),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: JobId,
  errors: [...BODY_ERRORS, ...REFUSALS],
  availability: 'refused',
})
