import { Type } from 'typebox'
import { CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { Limit, Offset, ProjectParams } from '../field.ts'
import { Instant, RECORD, SESSION_BODY_ERRORS, Seconds, ServerSid, wanted } from './field.ts'

const UNKNOWN = 'Not known here: any value finds nothing.'

/** Filters of login records, and of nothing else. */
export const UserConnectionFilter = Type.Object(
  {
    id: wanted(64),
    user_name: wanted(255),
    machine_name: wanted(255),
    machine_sid: wanted(128, 'The sid of the server.'),
    vm_ip: wanted(50),
    wi_ip: wanted(50, UNKNOWN),
    public_ip: wanted(50, UNKNOWN),
    virtual_ip: wanted(50, 'The address of the session.'),
    client_name: wanted(255, UNKNOWN),
    client_type: wanted(255, UNKNOWN),
    client_version: wanted(255, UNKNOWN),
    agent_version: wanted(50),
    connect_type: wanted(32, '1 shared desktop, 2 application.'),
    connect_flag: wanted(50, 'Always 0.'),
    failed_code: wanted(255, UNKNOWN),
    failed_reason: wanted(255, UNKNOWN),
    login_start_time: Type.Optional(Instant),
    login_end_time: Type.Optional(Instant),
    update_time: Type.Optional(Instant),
    tenant_id: wanted(255),
  },
  { additionalProperties: false },
)

/** Filters of application records. */
export const AppConnectionFilter = Type.Object(
  {
    id: wanted(64),
    sid: wanted(128, 'The sid of the server.'),
    machine_name: wanted(1024),
    user_name: wanted(1024, 'A part of the name.'),
    app_group_name: wanted(1024, UNKNOWN),
    app_group_id: wanted(64, UNKNOWN),
    app_name: wanted(1024, UNKNOWN),
    client_name: wanted(1024, UNKNOWN),
    client_type: wanted(255, UNKNOWN),
    client_version: wanted(50, UNKNOWN),
    agent_version: wanted(50),
    vm_ip: wanted(50),
    wi_ip: wanted(50, UNKNOWN),
    public_ip: wanted(50, UNKNOWN),
    virtual_ip: wanted(50, 'The address of the session.'),
    failed_code: wanted(255, UNKNOWN),
    connection_failure_reason: wanted(1024, UNKNOWN),
    tenant_id: wanted(255),
    brokering_start_time: Type.Optional(Instant),
    brokering_end_time: Type.Optional(Instant),
  },
  { additionalProperties: false },
)

const VirtualIp = Type.String({ description: 'Empty without one.' })

const UserConnectionInfo = Type.Object({
  ...RECORD,
  machine_sid: ServerSid,
  desktop_group_name: Type.String({ description: 'Name of the server group.' }),
  user_name: Type.String(),
  connect_type: Type.Enum(['1', '2']),
  connect_flag: Type.String(),
  start_time: Seconds,
  end_time: Type.Optional(Seconds),
  update_time: Seconds,
  virtual_ip: VirtualIp,
  failed_reason: Type.String(),
})

const AppConnectionInfo = Type.Object({
  ...RECORD,
  sid: ServerSid,
  user_name: Type.String(),
  brokering_time: Seconds,
  end_time: Type.Optional(Seconds),
  connection_failure_reason: Type.String(),
  virtual_ip: VirtualIp,
  aps_instance_id: Type.String({ description: 'Id of the server.' }),
  aps_instance_name: Type.String(),
  primary_server_group_id: Type.Optional(Type.String()),
  secondary_server_group_id: Type.Optional(Type.String()),
})

const Page = Type.Object({ offset: Offset, limit: Limit })
const ERRORS = [...SESSION_BODY_ERRORS, ...CALLER_ERRORS, 'http.method_not_allowed'] as const

/** Contract section 6. */
export const listUserConnection = defineOperation({
  id: 'ListUserConnection',
  module: 'sessions',
  family: 'workspace',
  method: 'POST',
  isRead: true,
  path: '/v1/{project_id}/session/user-connection',
  summary: 'List login records of at most 30 days, the last ones unless told, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:session:listUserConnection',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Page,
  body: UserConnectionFilter,
  status: 200,
  response: Type.Object({ count: Type.Integer(), items: Type.Array(UserConnectionInfo) }),
  errors: ERRORS,
})

/** Contract section 6. */
export const listAppConnection = defineOperation({
  id: 'ListAppConnection',
  module: 'sessions',
  family: 'workspace',
  method: 'POST',
  isRead: true,
  path: '/v1/{project_id}/session/app-connection',
  summary: 'List uses of applications of at most 30 days, the last ones unless told, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:session:listAppConnection',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Page,
  body: AppConnectionFilter,
  status: 200,
  response: Type.Object({ count: Type.Integer(), items: Type.Array(AppConnectionInfo) }),
  errors: ERRORS,
})
