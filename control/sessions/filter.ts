import type { BodyOf } from '../../contract/operation.ts'
import type { listAppConnection, listUserConnection } from '../../contract/operations/sessions/connection.ts'
import type { Period } from './period.ts'

/** Which sessions are meant. What is absent filters nothing. */
export interface SessionFilter {
  readonly period: Period
  readonly id?: string
  readonly userName?: string
  readonly userNamePart?: string
  readonly machineName?: string
  readonly serverId?: string
  readonly vmIp?: string
  readonly virtualIp?: string
  readonly agentVersion?: string
  readonly serverGroupId?: string
  readonly sessionType?: string
  readonly states?: readonly string[]
  /** In a state of failure, or in none. */
  readonly hasFailed?: boolean
  readonly updatedSince?: Date
  readonly tenantId?: string
  /** Asked for something that no record here has. */
  readonly isImpossible: boolean
}

/** Members with a text in them; an empty one is as good as absent. */
export function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== ''),
  ) as Partial<T>
}

type UserConnection = BodyOf<typeof listUserConnection>
type AppConnection = BodyOf<typeof listAppConnection>

/** What the agent of a Linux host cannot know, or has no failures of, is empty in every record. */
const UNKNOWN = [
  'wi_ip',
  'public_ip',
  'client_name',
  'client_type',
  'client_version',
  'app_group_name',
  'app_group_id',
  'app_name',
  'failed_code',
  'failed_reason',
  'connection_failure_reason',
] as const

export function asksForUnknown(members: Readonly<Record<string, unknown>>): boolean {
  return UNKNOWN.some((name) => (members[name] ?? '') !== '')
}

export function userConnectionFilter(body: UserConnection, period: Period, updatedSince?: Date): SessionFilter {
  const { id, user_name: userName, machine_name: machineName, vm_ip: vmIp, virtual_ip: virtualIp } = body
  const { agent_version: agentVersion, connect_type: sessionType, tenant_id: tenantId } = body
  const { machine_sid: serverId } = body
  const isOtherFlag = (body.connect_flag ?? '') !== '' && body.connect_flag !== '0'
  return {
    period,
    ...given({ id, userName, machineName, serverId, vmIp, virtualIp, agentVersion, sessionType, tenantId }),
    ...(updatedSince === undefined ? {} : { updatedSince }),
    isImpossible: isOtherFlag || asksForUnknown(body),
  }
}

/** Sessions of application groups only: a shared desktop is no use of an application. */
export function appConnectionFilter(body: AppConnection, period: Period): SessionFilter {
  const { id, user_name: userNamePart, machine_name: machineName, vm_ip: vmIp, virtual_ip: virtualIp } = body
  const { agent_version: agentVersion, tenant_id: tenantId, sid: serverId } = body
  return {
    period,
    ...given({ id, userNamePart, machineName, serverId, vmIp, virtualIp, agentVersion, tenantId }),
    sessionType: '2',
    isImpossible: asksForUnknown(body),
  }
}

/** What ListSessions takes beside its time, wherever it stands. */
export interface SessionWishes {
  readonly user_name?: string
  readonly app_server_group_id?: string
  readonly vm_ip?: string
  readonly public_ip?: string
  readonly machine_name?: string
  readonly session_state?: string
  readonly is_success?: 'true' | 'false'
}

export function sessionFilter(wishes: SessionWishes, period: Period): SessionFilter {
  const { user_name: userName, app_server_group_id: serverGroupId, vm_ip: vmIp, machine_name: machineName } = wishes
  const states = (wishes.session_state ?? '').split(',').filter((state) => state !== '')
  return {
    period,
    ...given({ userName, serverGroupId, vmIp, machineName }),
    ...(states.length === 0 ? {} : { states }),
    ...(wishes.is_success === undefined ? {} : { hasFailed: wishes.is_success === 'false' }),
    isImpossible: (wishes.public_ip ?? '') !== '',
  }
}
