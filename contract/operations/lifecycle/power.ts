import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

/** Ids of a batch: each once (contract 3.4). */
export const ServerIds = Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
  minItems: 1,
  maxItems: 20,
  uniqueItems: true,
  description: 'Server ids, 1 to 20, no one twice.',
})

const HaltType = Type.Enum(['SOFT', 'HARD'], {
  description: 'SOFT asks the host to do it, and pulls the plug when it does not; HARD pulls the plug at once.',
})

const Items = Type.Object({ items: ServerIds }, { additionalProperties: false })
const Halt = Type.Object({ items: ServerIds, type: HaltType }, { additionalProperties: false })

const ON_SERVER = {
  level: 'Write',
  resource: 'server',
  conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
  dependencies: [],
} as const

/** 409 is not declared by the published definitions, and clients are ready for it (decision 0034). */
const POWER_ERRORS = [
  ...BODY_ERRORS,
  ...CALLER_ERRORS,
  'http.method_not_allowed',
  'lifecycle.no_power',
  'lifecycle.server_busy',
  'lifecycle.server_not_found',
] as const

const COMMON = {
  module: 'lifecycle',
  family: 'workspace',
  method: 'PATCH',
  authentication: 'caller',
  params: ProjectParams,
  query: NoQuery,
  status: 200,
  response: null,
} as const

/** Contract section 3.4; there is no job: `task_status` of each server says where it stands. */
export const batchRebootServer = defineOperation({
  ...COMMON,
  id: 'BatchRebootServer',
  path: '/v1/{project_id}/app-servers/actions/batch-reboot',
  summary: 'Reboot 1 to 20 servers.',
  permission: { action: 'workspace:server:batchReboot', ...ON_SERVER },
  body: Halt,
  errors: [...POWER_ERRORS, 'lifecycle.server_off'],
})

/** Contract section 3.4. A server that is up stays as it is. */
export const batchStartServer = defineOperation({
  ...COMMON,
  id: 'BatchStartServer',
  path: '/v1/{project_id}/app-servers/actions/batch-start',
  summary: 'Start 1 to 20 servers.',
  permission: { action: 'workspace:server:batchStart', ...ON_SERVER },
  body: Items,
  errors: POWER_ERRORS,
})

/** Contract section 3.4. A server that is stopped stays as it is. */
export const batchStopServer = defineOperation({
  ...COMMON,
  id: 'BatchStopServer',
  path: '/v1/{project_id}/app-servers/actions/batch-stop',
  summary: 'Stop 1 to 20 servers.',
  permission: { action: 'workspace:server:batchStop', ...ON_SERVER },
  body: Halt,
  errors: POWER_ERRORS,
})
