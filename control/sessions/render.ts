import type { ResponseOf } from '../../contract/operation.ts'
import type { listAppConnection, listUserConnection } from '../../contract/operations/sessions/connection.ts'
import type { listSessionByUserName, listSessions } from '../../contract/operations/sessions/session.ts'
import { inSeconds, inWords } from './session.ts'
import type { SessionRow } from './session.view.ts'

export type SessionInfo = ResponseOf<typeof listSessions>['items'][number]
export type AppSession = ResponseOf<typeof listSessionByUserName>['session_info_list'][number]
export type UserConnection = ResponseOf<typeof listUserConnection>['items'][number]
export type AppConnection = ResponseOf<typeof listAppConnection>['items'][number]

function record(row: SessionRow) {
  return {
    id: row.id,
    machine_name: row.machine_name,
    ...(row.client_ip === null ? {} : { client_ip: row.client_ip }),
    vm_ip: row.vm_ip,
    agent_version: row.agent_version,
    failed_code: '',
    tenant_id: row.project_id,
    virtual_ip: row.virtual_ip ?? '',
  }
}

function session(row: SessionRow) {
  return {
    ...record(row),
    os_session_id: row.host_session_id,
    machine_sid: row.server_id,
    login_user: row.user_name,
    session_type: row.session_type as SessionInfo['session_type'],
    app_server_group_id: row.server_group_id,
    session_state: row.state as SessionInfo['session_state'],
    failed_reason: '',
  }
}

/** A group with a primary is its standby; one without is a primary itself. */
function groups({ server_group_id, primary_server_group_id }: SessionRow) {
  if (primary_server_group_id === null) return { primary_server_group_id: server_group_id }
  return { primary_server_group_id, secondary_server_group_id: server_group_id }
}

function endTime({ end_time }: SessionRow): { end_time?: string } {
  return end_time === null ? {} : { end_time: inSeconds(end_time) }
}

export function renderSession(row: SessionRow): SessionInfo {
  return {
    ...session(row),
    app_server_group_name: row.server_group_name,
    start_time: inSeconds(row.start_time),
    ...endTime(row),
    last_update_status_time: inSeconds(row.state_at),
    ...groups(row),
  }
}

export function renderAppSession(row: SessionRow): AppSession {
  return {
    ...session(row),
    start_time: inWords(row.start_time),
    end_time: inWords(row.end_time),
    last_update_status_time: inWords(row.state_at),
  }
}

export function renderUserConnection(row: SessionRow): UserConnection {
  return {
    ...record(row),
    machine_sid: row.server_id,
    desktop_group_name: row.server_group_name,
    user_name: row.user_name,
    connect_type: row.session_type as UserConnection['connect_type'],
    connect_flag: '0',
    start_time: inSeconds(row.start_time),
    ...endTime(row),
    update_time: inSeconds(row.updated_at),
    failed_reason: '',
  }
}

export function renderAppConnection(row: SessionRow): AppConnection {
  return {
    ...record(row),
    sid: row.server_id,
    user_name: row.user_name,
    brokering_time: inSeconds(row.start_time),
    ...endTime(row),
    connection_failure_reason: '',
    aps_instance_id: row.server_id,
    aps_instance_name: row.server_name,
    ...groups(row),
  }
}
