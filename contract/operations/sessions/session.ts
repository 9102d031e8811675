import { Type } from 'typebox'
import { CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { Limit, NoQuery, Offset, ProjectParams } from '../field.ts'
import {
  Instant,
  IsSuccess,
  RECORD,
  SESSION_BODY_ERRORS,
  SESSION_STATES,
  Seconds,
  ServerSid,
  SessionStates,
  VirtualIp,
  wanted,
} from './field.ts'

const SESSION = {
  ...RECORD,
  os_session_id: Type.String({ description: 'Id of the session on the host.' }),
  machine_sid: ServerSid,
  login_user: Type.String(),
  session_type: Type.Enum(['1', '2'], { description: '1 shared desktop, 2 application.' }),
  app_server_group_id: Type.String(),
  session_state: Type.Enum([...SESSION_STATES]),
  failed_reason: Type.String(),
  virtual_ip: VirtualIp,
}

const SessionInfo = Type.Object({
  ...SESSION,
  app_server_group_name: Type.String(),
  start_time: Seconds,
  end_time: Type.Optional(Seconds),
  last_update_status_time: Seconds,
  primary_server_group_id: Type.Optional(Type.String()),
  secondary_server_group_id: Type.Optional(Type.String()),
})

const Words = Type.String({ description: 'yyyy-MM-dd HH:mm:ss in UTC; 0001-01-01 00:00:00 for what has not happened.' })

const AppSession = Type.Object({
  ...SESSION,
  start_time: Words,
  end_time: Words,
  last_update_status_time: Words,
})

/** Filters that ListSessions takes from its query and ExportSessions from its body. */
export const SESSION_FILTERS = {
  user_name: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  app_server_group_id: wanted(64),
  vm_ip: wanted(64, 'Address of the server.'),
  public_ip: wanted(64, 'Not known here: any value finds nothing.'),
  machine_name: wanted(128),
  session_state: Type.Optional(SessionStates),
  is_success: Type.Optional(IsSuccess),
}

/** Contract section 6. */
export const listSessions = defineOperation({
  id: 'ListSessions',
  module: 'sessions',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/session/list-sessions',
  summary: 'List the sessions that began within a time, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:session:listSessions',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({
    query_begin_time: Instant,
    query_end_time: Instant,
    ...SESSION_FILTERS,
    offset: Offset,
    limit: Limit,
  }),
  body: null,
  status: 200,
  response: Type.Object({ count: Type.Integer(), items: Type.Array(SessionInfo) }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
})

/** Contract section 6. */
export const listSessionByUserName = defineOperation({
  id: 'ListSessionByUserName',
  module: 'sessions',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/session/user-session-info',
  summary: 'List the sessions that a user has now, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:session:listSessionByUserName',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({ user_name: Type.String({ minLength: 1, maxLength: 64 }) }),
  body: null,
  status: 200,
  response: Type.Object({ session_info_list: Type.Array(AppSession) }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
})

/** Contract section 6. The published answer is empty. */
export const logoffUserSession = defineOperation({
  id: 'LogoffUserSession',
  module: 'sessions',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/session/logoff',
  summary: 'End sessions on their hosts, after a warning and a delay. Done once the host reports them no more.',
  authentication: 'caller',
  permission: {
    action: 'workspace:session:logoffUserSession',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      session_ids: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
          minItems: 1,
          maxItems: 999,
          description:
            'Ids of ListSessions. Optional in the published schema, and needed: without ids nothing is meant.',
        }),
      ),
      delay_time: Type.Integer({ minimum: 0, maximum: 999999, description: 'Seconds from now.' }),
      message_type: Type.Integer({ minimum: 0, maximum: 4, description: '0 info, 1 warning, 2 serious.' }),
      title: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
      message: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
      transaction_id: Type.Optional(Type.String({ minLength: 1, maxLength: 31 })),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: null,
  errors: [
    ...SESSION_BODY_ERRORS,
    ...CALLER_ERRORS,
    'sessions.not_found',
    'sessions.agent_too_old',
    'http.method_not_allowed',
  ],
})
