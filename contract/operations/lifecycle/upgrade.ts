import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { ServerIds } from './power.ts'

/** Contract 3.4: the items are the `sid`s of servers, which are their ids here (decision 0038). */
export const batchUpgradeHdaVersion = defineOperation({
  id: 'BatchUpgradeHdaVersion',
  module: 'lifecycle',
  family: 'workspace',
  method: 'PATCH',
  path: '/v1/{project_id}/app-servers/access-agent/actions/upgrade',
  summary: 'Bring the agents of 1 to 20 servers to the latest version.',
  authentication: 'caller',
  permission: {
    action: 'workspace:accessAgent:batchUpgrade',
    level: 'Write',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object({ items: ServerIds }, { additionalProperties: false }),
  status: 200,
  response: Type.Object({ job_id: Type.String() }),
  errors: [
    ...BODY_ERRORS,
    ...CALLER_ERRORS,
    'http.method_not_allowed',
    'lifecycle.server_busy',
    'lifecycle.server_not_found',
  ],
})
