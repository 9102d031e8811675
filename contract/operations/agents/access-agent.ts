import { Type } from 'typebox'
import { CALLER_ERRORS, defineOperation, type Permission } from '../../operation.ts'
import { Limit, NoQuery, Offset, ProjectParams } from '../field.ts'
import { SERVER_STATUSES } from '../fleet/server.ts'

/** Contract 8.2: one permission for all that is read of access agents. */
const LIST_AGENTS: Permission = {
  action: 'workspace:accessAgent:list',
  level: 'List',
  resource: null,
  conditionKeys: [],
  dependencies: [],
}

const READ_ERRORS = ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'] as const

/** The access agent (HDA) is Berth's own agent. SBC is the kind of servers that are no virtual desktops. */
const LatestVersion = Type.Object({ hda_type: Type.Enum(['SBC', 'OA_APP', 'PT_APP']), latest_version: Type.String() })

/** `sid` is the server's id. */
export const listServerHdaDetails = defineOperation({
  id: 'ListServerHdaDetails',
  module: 'agents',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/access-agent/list',
  summary: 'List the agents of servers, newest server first.',
  authentication: 'caller',
  permission: LIST_AGENTS,
  params: ProjectParams,
  query: Type.Object({
    offset: Offset,
    limit: Limit,
    server_group_id: Type.Optional(Type.String({ maxLength: 128 })),
    server_name: Type.Optional(Type.String({ maxLength: 128, description: 'Part of the name.' })),
  }),
  body: null,
  status: 200,
  response: Type.Object({
    count: Type.Integer(),
    items: Type.Array(
      Type.Object({
        server_id: Type.String(),
        machine_name: Type.String(),
        server_name: Type.String(),
        server_group_id: Type.String(),
        server_group_name: Type.String(),
        sid: Type.String(),
        session_count: Type.Integer(),
        status: Type.Enum([...SERVER_STATUSES]),
        maintain_status: Type.Boolean(),
        current_version: Type.String({ description: 'Empty until the agent has enrolled.' }),
      }),
    ),
  }),
  errors: READ_ERRORS,
})

export const listAccessAgentLatestVersion = defineOperation({
  id: 'ListAccessAgentLatestVersion',
  module: 'agents',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/access-agent/actions/show-latest-version',
  summary: 'List the latest version of each kind of agent.',
  authentication: 'caller',
  permission: LIST_AGENTS,
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ items: Type.Array(LatestVersion) }),
  errors: READ_ERRORS,
})

/** No definition is published: the answer is assumed to be an item of ListAccessAgentLatestVersion. */
export const showAccessAgentLatestVersion = defineOperation({
  id: 'ShowAccessAgentLatestVersion',
  module: 'agents',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/access-agent/latest-version',
  summary: 'Show the latest version of the agent.',
  authentication: 'caller',
  permission: LIST_AGENTS,
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: LatestVersion,
  errors: READ_ERRORS,
})

/** No definition is published: the name of the field is assumed. */
export const showHdaUpgradeFlag = defineOperation({
  id: 'ShowHdaUpgradeFlag',
  module: 'agents',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/access-agent/upgrade-flag',
  summary: 'Tell whether the agent of any server is of another version than the latest.',
  authentication: 'caller',
  permission: LIST_AGENTS,
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ upgrade_flag: Type.Boolean() }),
  errors: READ_ERRORS,
})

export const UPGRADE_STATUSES = ['RUNNING', 'SUCCESS', 'FAILED'] as const

export const listServerHdaUpgradeRecords = defineOperation({
  id: 'ListServerHdaUpgradeRecords',
  module: 'agents',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/access-agent/upgrade-record',
  summary: 'List upgrades of agents, the last one first.',
  authentication: 'caller',
  permission: LIST_AGENTS,
  params: ProjectParams,
  query: Type.Object({ offset: Offset, limit: Limit }),
  body: null,
  status: 200,
  response: Type.Object({
    count: Type.Integer(),
    items: Type.Array(
      Type.Object({
        server_id: Type.String(),
        machine_name: Type.String(),
        server_name: Type.String(),
        server_group_name: Type.String(),
        sid: Type.String(),
        current_version: Type.String({ description: 'What it was when the upgrade began.' }),
        target_version: Type.String(),
        upgrade_status: Type.Enum([...UPGRADE_STATUSES]),
        upgrade_time: Type.String({ description: 'UTC, yyyy-MM-dd HH:mm:ss.' }),
      }),
    ),
  }),
  errors: READ_ERRORS,
})
